/**
 * Follows a request to its outcome by asking for it again and again. It changes nothing: whoever
 * stops following leaves the request as it is.
 */
import { formatSpan } from '../core/text.ts';
import type { PastRequest, RequestReport } from '../wire/control.ts';
import { isRequest } from './answers.ts';
import { viewOf } from './ask.ts';
import type { Client } from './client.ts';
import { CliError, EXIT } from './exit.ts';
import { clean } from './render/clean.ts';
import { phaseText, requestLine } from './render/request.ts';
import type { Terminal } from './terminal.ts';

export interface Following {
  readonly client: Client;
  readonly request: string;
  readonly terminal: Terminal;
  readonly timeoutMs: number;
  /** Nothing is printed on the way. */
  readonly quiet: boolean;
}

const EVERY_MS = 500;
/** A daemon may be restarted in the middle of a move; the request outlives it. */
const AWAY_MAX_MS = 60_000;

/** Settles with the request as it ended, not cleaned. */
export async function follow(following: Following): Promise<PastRequest> {
  const { terminal, timeoutMs } = following;
  const { clock } = terminal;
  const stop = terminal.interrupted();
  const progress = new Progress(following);
  const beganMs = clock.monotonicMs();
  let heardMs = beganMs;
  try {
    for (;;) {
      const answer = await ask(following, clock.monotonicMs() - heardMs);
      if (answer) heardMs = clock.monotonicMs();
      if (answer && 'past' in answer) return answer.past;
      if (answer) progress.show(clean(answer.open), clock.monotonicMs() - beganMs);
      if (stop.aborted) throw leaving(following, EXIT.interrupted, 'not followed any further');
      if (clock.monotonicMs() - beganMs > timeoutMs) {
        throw leaving(following, EXIT.failed, `not over after ${formatSpan(timeoutMs)}`);
      }
      await clock.sleep(EVERY_MS, stop);
    }
  } finally {
    progress.clear();
  }
}

async function ask({ client, request }: Following, awayMs: number) {
  try {
    return await client.look(`/v1/requests/${encodeURIComponent(request)}`, isRequest);
  } catch (error) {
    const away = error instanceof CliError && error.status === EXIT.noDaemon;
    if (away && awayMs <= AWAY_MAX_MS) return undefined;
    throw error;
  }
}

function leaving({ request }: Following, status: 1 | 130, text: string): CliError {
  return new CliError(status, `${text}; the request goes on`, [
    `see vmmanage status, or vmmanage cancel ${request}`,
  ]);
}

/** One line that is written over on a terminal; elsewhere a line whenever something changes. */
class Progress {
  readonly #terminal: Terminal;
  readonly #quiet: boolean;
  #said = '';
  #shown = false;

  constructor({ terminal, quiet }: Following) {
    this.#terminal = terminal;
    this.#quiet = quiet;
  }

  show(request: RequestReport, tookMs: number): void {
    if (this.#quiet) return;
    const text = phaseText(request);
    if (request.phase === 'unconfirmed' && this.#said !== text) this.#say(this.#blocked(request));
    else if (!this.#terminal.tty && this.#said !== text) this.#say(text);
    this.#said = text;
    if (this.#terminal.tty) this.#draw(`${text}, ${formatSpan(Math.floor(tookMs / 1000) * 1000)}`);
  }

  clear(): void {
    if (this.#shown) this.#terminal.write(CLEAR_LINE);
    this.#shown = false;
  }

  #say(text: string): void {
    this.clear();
    this.#terminal.out(text);
  }

  #draw(text: string): void {
    this.#terminal.write(`${CLEAR_LINE}${text.slice(0, this.#terminal.width - 1)}`);
    this.#shown = true;
  }

  #blocked(request: RequestReport): string {
    const now = new Date(this.#terminal.clock.now().wallMs).toISOString();
    return requestLine(request, now, viewOf(this.#terminal));
  }
}

const CLEAR_LINE = '\r\x1b[K';
