/**
 * Holds the daemon back from beginning a move: a POST whose answer stays open for as long as it
 * is meant (wire/control.ts). A daemon that is restarted is asked again. Node's own `http` is used,
 * since what is wanted here is the connection's life, not an answer.
 */
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { join } from 'node:path';
import type { Clock } from '../core/clock.ts';
import { ACT_SOCKET, type InhibitOrder } from '../wire/control.ts';
import { refused, unreachable } from './client.ts';
import type { CliError } from './exit.ts';

export interface InhibitorOptions {
  readonly folder: string;
  readonly why: string;
  readonly clock: Clock;
  /** Told when the hold is lost and when it is had again, after it was had once. */
  changed(held: boolean): void;
}

export interface Inhibitor {
  /** What came of the first try: undefined where no move begins from now on. */
  readonly first: Promise<CliError | undefined>;
  /** Lets moves begin again. */
  release(): Promise<void>;
}

const FIRST_WAIT_MS = 250;
const LONGEST_WAIT_MS = 10_000;
const ANSWER_TIMEOUT_MS = 30_000;
const ANSWER_MAX_CHARACTERS = 64 * 1024;

export function inhibit(options: InhibitorOptions): Inhibitor {
  const released = new AbortController();
  const { promise: first, settle } = deferred<CliError | undefined>();
  const ended = keep(options, released.signal, settle);
  return {
    first,
    async release() {
      released.abort();
      await ended;
    },
  };
}

/** One hold after the other; of what `settle` is told only the first counts. */
async function keep(
  { folder, why, clock, changed }: InhibitorOptions,
  released: AbortSignal,
  settle: (problem: CliError | undefined) => void,
): Promise<void> {
  let waitMs = FIRST_WAIT_MS;
  for (let tries = 0; !released.aborted; tries += 1) {
    let held = false;
    const began = () => {
      held = true;
      settle(undefined);
      if (tries > 0) changed(true);
    };
    settle(await hold(folder, why, released, began));
    if (held && !released.aborted) changed(false);
    waitMs = held ? FIRST_WAIT_MS : Math.min(waitMs * 2, LONGEST_WAIT_MS);
    await clock.sleep(waitMs, released);
  }
}

/**
 * Settles when the hold has ended, with undefined; or when there was none, with the reason.
 * `began` runs when the daemon has said that it holds.
 */
function hold(
  folder: string,
  why: string,
  released: AbortSignal,
  began: () => void,
): Promise<CliError | undefined> {
  return new Promise((resolve) => {
    const call = post(folder, { why });
    const failed = (error: unknown) =>
      resolve(unreachable(error, folder, ACT_SOCKET, ANSWER_TIMEOUT_MS));
    const letGo = () => call.destroy();
    released.addEventListener('abort', letGo, { once: true });
    call.on('error', failed);
    call.on('close', () => {
      released.removeEventListener('abort', letGo);
      resolve(undefined);
    });
    call.on('response', (response) => {
      call.setTimeout(0);
      if (response.statusCode !== 200) return void readRefusal(response, resolve);
      began();
      // It ends when the daemon does, orderly or not, or when we let go.
      response.on('error', () => undefined).resume();
    });
  });
}

function post(folder: string, order: InhibitOrder): ClientRequest {
  const body = JSON.stringify(order);
  const call = request({
    socketPath: join(folder, ACT_SOCKET),
    path: '/v1/inhibit',
    method: 'POST',
    agent: false,
    headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
  });
  const late = () => call.destroy(Object.assign(new Error('time-out'), { code: 'ETIMEDOUT' }));
  call.setTimeout(ANSWER_TIMEOUT_MS, late);
  call.end(body);
  return call;
}

function readRefusal(response: IncomingMessage, resolve: (problem: CliError) => void): void {
  let text = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    text = `${text}${chunk}`.slice(0, ANSWER_MAX_CHARACTERS);
  });
  response.on('error', () => undefined);
  response.on('close', () => resolve(refused(response.statusCode ?? 0, parsed(text))));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** A promise and the function that settles it; only its first call counts. */
function deferred<T>(): { readonly promise: Promise<T>; settle(value: T): void } {
  let settle: (value: T) => void = () => undefined;
  const promise = new Promise<T>((resolve) => {
    settle = resolve;
  });
  return { promise, settle: (value) => settle(value) };
}
