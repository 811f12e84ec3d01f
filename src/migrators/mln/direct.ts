/**
 * Moves the guest by an mln of its own, for which it has the project's password. MLN says nothing of a
 * move but that it took it: what comes of that is for a locator to see. It can't be stopped.
 */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { durationText } from '../../core/option-types.ts';
import { elapsedMs } from '../../core/time.ts';
import { writeAtomically } from '../../system/files.ts';
import { endMarked, REQUEST_MARK, requestMark, underway } from '../../system/marks.ts';
import { runProgram } from '../../system/programs.ts';
import type {
  Attempt,
  Locator,
  Migrator,
  MigratorContext,
  Move,
  Preflight,
  Stopper,
} from '../migrator.ts';
import { FIRST_WAIT_MS, longerWait } from '../waits.ts';
import { checkWords, preflightOf, type Sent, sentOf, upgradeWords } from './client.ts';
import type { MlnOptions } from './options.ts';
import { type Target, targetOf } from './projects.ts';

type Known = Exclude<Target, { wrong: string }>;

/** Between asking mln to end and ending it by force. */
const GRACE_MS = 2_000;
const PRIVATE = 0o600;
const UNASKED = new AbortController().signal;
const LOCATELESS = 'without locate nobody sees what comes of it';
const UNSTOPPABLE = "MLN can't be stopped: the move goes on";

export class MlnDirect implements Migrator, Stopper {
  readonly #options: MlnOptions;
  readonly #context: MigratorContext;
  /** Absent where the conf names none. */
  readonly #locator: Locator | undefined;

  constructor(options: MlnOptions, context: MigratorContext, locator: Locator | undefined) {
    this.#options = options;
    this.#context = context;
    this.#locator = locator;
  }

  async preflight({ from, to }: Move, signal: AbortSignal): Promise<Preflight> {
    const target = await this.#target(to);
    if ('wrong' in target) return { ok: false, reason: target.wrong };
    const daemon = await this.#daemon(target, from);
    const blame = this.#options.daemon === 'source' ? { ofSource: true as const } : {};
    if ('wrong' in daemon) return { ok: false, reason: daemon.wrong, ...blame };
    const { serviceHost } = daemon;
    const timeoutMs = this.#options.ask_timeout;
    const program = { argv: checkWords(serviceHost), timeoutMs, graceMs: GRACE_MS, signal };
    const ended = await runProgram(program, this.#context.clock);
    const said = preflightOf(ended, serviceHost, timeoutMs);
    return said.ok ? said : { ...said, ...blame };
  }

  async migrate(
    move: Move,
    signal: AbortSignal,
    tell: (text: string) => void = () => undefined,
  ): Promise<Attempt> {
    if (signal.aborted) return failed('cancelled before MLN was asked');
    const target = await this.#target(move.to);
    if ('wrong' in target) return failed(target.wrong);
    const daemon = await this.#daemon(target, move.from);
    if ('wrong' in daemon) return failed(daemon.wrong);
    const began = this.#context.clock.now();
    try {
      await this.#note(move);
      const sent = await this.#send(move, target, daemon.serviceHost, signal);
      if (sent.kind === 'refused') return failed(sent.text);
      tell(sent.text);
      return await this.#watch(move, sent, { began, signal, tell });
    } catch (error) {
      // Nothing was sent: it is thrown before.
      return failed(`the state folder can't be written (${(error as NodeJS.ErrnoException).code})`);
    } finally {
      await this.#forget(move.request);
    }
  }

  /** What an earlier life of the daemon began may go on until `timeout`, unless the guest is there. */
  async underway(request: string): Promise<boolean> {
    const asked = await this.#noted(request);
    if (!asked) return false;
    const ageMs = Math.abs(this.#context.clock.now().wallMs - asked.wallMs);
    const { timeout: timeoutMs, mln_timeout: clientMs } = this.#options;
    if (ageMs > clientMs + GRACE_MS) await this.stop(request);
    if (await underway(requestMark(request))) return true;
    const seen = await this.#locator?.locate(UNASKED);
    const arrived = seen?.kind === 'at' && seen.host === asked.to;
    if (seen && !arrived && ageMs <= timeoutMs) return true;
    await this.#forget(request);
    return false;
  }

  /** Of MLN's work nothing can be stopped but the client that asks for it. */
  async stop(request: string): Promise<void> {
    await endMarked(requestMark(request), GRACE_MS, this.#context.clock);
  }

  #target(host: string): Promise<Target> {
    return targetOf(host, this.#options, this.#context);
  }

  async #daemon(target: Known, from: string): Promise<Target> {
    return this.#options.daemon === 'target' ? target : this.#target(from);
  }

  /** The project is in a file for as long as mln runs; its output is never kept. */
  async #send(move: Move, target: Known, daemon: string, signal: AbortSignal): Promise<Sent> {
    const { mln_timeout: timeoutMs, cold } = this.#options;
    const file = target.file ?? this.#path(move.request, 'mln');
    if (target.made !== undefined) await writeAtomically(file, target.made, PRIVATE);
    const program = {
      argv: upgradeWords(file, daemon, cold),
      env: { [REQUEST_MARK]: move.request },
      ...{ timeoutMs, graceMs: GRACE_MS, signal },
    };
    return sentOf(await runProgram(program, this.#context.clock), daemon, timeoutMs);
  }

  async #watch(
    { to }: Move,
    { kind, text }: Sent,
    { began, signal, tell }: Watching,
  ): Promise<Attempt> {
    if (!this.#locator) return { ok: kind === 'taken', text: `${text}; ${LOCATELESS}` };
    const { clock } = this.#context;
    const { timeout: timeoutMs } = this.#options;
    let waitMs = FIRST_WAIT_MS;
    for (let stopping = false; ; waitMs = longerWait(waitMs)) {
      const seen = await this.#locator.locate(UNASKED);
      if (seen.kind === 'at' && seen.host === to) return { ok: true, text: `seen at ${to}` };
      const leftMs = timeoutMs - elapsedMs(began, clock.now());
      if (leftMs <= 0) return failed(`${text}; not seen at ${to} in ${durationText(timeoutMs)}`);
      if (signal.aborted && !stopping) tell(UNSTOPPABLE);
      stopping = signal.aborted;
      await clock.sleep(Math.min(waitMs, leftMs), stopping ? UNASKED : signal);
    }
  }

  /** On disk before mln is asked, so that the daemon's next life knows of it. */
  async #note({ request, to }: Move): Promise<void> {
    const { wallMs } = this.#context.clock.now();
    await writeAtomically(this.#path(request, 'asked'), `${to} ${Math.round(wallMs)}\n`, PRIVATE);
  }

  async #noted(request: string): Promise<{ to: string; wallMs: number } | undefined> {
    const text = await readFile(this.#path(request, 'asked'), 'utf8').catch(() => '');
    const [, to, wallMs] = /^(\S{1,253}) (\d{1,16})\n$/.exec(text) ?? [];
    return to === undefined ? undefined : { to, wallMs: Number(wallMs) };
  }

  /** A disk that can't be written now is asked again by the next look. */
  async #forget(request: string): Promise<void> {
    const paths = [this.#path(request, 'mln'), this.#path(request, 'asked')];
    await Promise.all(paths.map((path) => rm(path, { force: true }).catch(() => undefined)));
  }

  #path(request: string, what: 'mln' | 'asked'): string {
    return join(this.#context.stateFolder, `mln-${request.replaceAll('/', '_')}.${what}`);
  }
}

interface Watching {
  readonly began: ReturnType<MigratorContext['clock']['now']>;
  readonly signal: AbortSignal;
  readonly tell: (text: string) => void;
}

function failed(text: string): Attempt {
  return { ok: false, text };
}
