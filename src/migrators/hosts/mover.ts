/**
 * Moves the guest by asking the host it is on, and follows what becomes of it. A connection lost
 * on the way is no failure: the guest stands still for seconds, and the network switches. It
 * decides no outcome, and never asks a second time for the same.
 */
import type { Clock } from '../../core/clock.ts';
import type { HeldByProvider } from '../../core/events.ts';
import { durationText } from '../../core/option-types.ts';
import { elapsedMs } from '../../core/time.ts';
import { oneLine } from '../../system/said.ts';
import type { Attempt, Locator, Migrator, Move, Preflight, Stopper } from '../migrator.ts';
import { FIRST_WAIT_MS, longerWait } from '../waits.ts';
import type { Capacity, Transfer, Veto, Where } from './answer.ts';
import { against, type HostCalls, laterText, type Reply } from './calls.ts';
import { ofEach } from './of-each.ts';
import { ulidMs } from './ulid.ts';

export interface HostsMoverParts {
  readonly calls: HostCalls;
  readonly locator: Locator;
  readonly clock: Clock;
  readonly hosts: readonly string[];
  /** For a whole move. */
  readonly timeoutMs: number;
}

type Tell = (text: string) => void;

/** So often in a row a host must know nothing of a request before that is believed. */
const UNKNOWNS = 2;
const UNASKED = new AbortController().signal;

export class HostsMover implements Migrator, Stopper {
  readonly #parts: HostsMoverParts;
  /** The latest request whose attempt is known to have ended. */
  #over: string | undefined;

  constructor(parts: HostsMoverParts) {
    this.#parts = parts;
  }

  /** Asks the source too: a move that it can't be asked for shouldn't begin. */
  async preflight({ from, to }: Move, signal: AbortSignal): Promise<Preflight> {
    const { calls } = this.#parts;
    const [target, here, source] = await Promise.all([
      calls.capacity(to, signal),
      calls.where(from, signal),
      calls.capacity(from, signal),
    ]);
    const ofSource = whyNotHere(here, from) ?? whyNotFrom(source, from);
    const reason = whyNotTo(target) ?? ofSource;
    if (reason === undefined) return { ok: true };
    const held = holdOf(source, from) ?? holdOf(target, to);
    const blame = ofSource === undefined ? {} : { ofSource: true as const };
    return { ok: false, reason: ofSource ?? reason, ...blame, ...(held ? { held } : {}) };
  }

  async migrate(move: Move, signal: AbortSignal, tell: Tell = () => undefined): Promise<Attempt> {
    if (signal.aborted) return this.#end(move, failed('cancelled before it was asked for'));
    const asked = await this.#parts.calls.migrate(move);
    const refused = asked.kind === 'veto' || (asked.kind === 'silent' && asked.never);
    if (refused) {
      const held = asked.kind === 'veto' ? vetoedHold(asked.veto, move) : {};
      const blame = isOfSource(asked, move) ? { ofSource: true as const } : {};
      return this.#end(move, { ...failed(`${move.from}: ${against(asked)}`), ...blame, ...held });
    }
    return new Following(this.#parts, move, tell).toItsEnd(asked, signal, (attempt) =>
      this.#end(move, attempt),
    );
  }

  /** A host that can't be asked may be at it, until the time for a move has passed. */
  async underway(request: string): Promise<boolean> {
    if (this.#over === request) return false;
    const { hosts, calls, clock, timeoutMs } = this.#parts;
    const replies = await ofEach(hosts, (host) => calls.status(host, request));
    const states = replies.map((reply) =>
      reply.kind === 'answer' ? reply.value.state : undefined,
    );
    if (states.some((state) => state === 'accepted' || state === 'moving')) return true;
    if (states.some((state) => state !== undefined && state !== 'unknown')) return false;
    const ageMs = clock.now().wallMs - (ulidMs(request) ?? -Infinity);
    return states.includes(undefined) && ageMs <= timeoutMs;
  }

  async stop(request: string): Promise<void> {
    const { hosts, calls } = this.#parts;
    await ofEach(hosts, (host) => calls.cancel(host, request));
  }

  #end({ request }: Move, attempt: Attempt): Attempt {
    this.#over = request;
    return attempt;
  }
}

/** One attempt, from its being asked for to its end. */
class Following {
  readonly #parts: HostsMoverParts;
  readonly #move: Move;
  readonly #tell: Tell;
  #unknowns = 0;
  #stopping = false;

  constructor(parts: HostsMoverParts, move: Move, tell: Tell) {
    this.#parts = parts;
    this.#move = move;
    this.#tell = tell;
  }

  /** `ended` is told of an end that is known; the end of patience is none. */
  async toItsEnd(
    asked: Reply<Transfer>,
    signal: AbortSignal,
    ended: (attempt: Attempt) => Attempt,
  ): Promise<Attempt> {
    const { clock, timeoutMs } = this.#parts;
    const began = clock.now();
    let waitMs = FIRST_WAIT_MS;
    for (let reply = asked; ; reply = await this.#ask()) {
      const end = await this.#judge(reply);
      if (end) return ended(end);
      if (elapsedMs(began, clock.now()) >= timeoutMs) return this.#giveUp();
      await clock.sleep(waitMs, this.#stopping ? UNASKED : signal);
      this.#stopping = signal.aborted;
      waitMs = longerWait(waitMs);
    }
  }

  /** An attempt where it has ended. */
  async #judge(reply: Reply<Transfer>): Promise<Attempt | undefined> {
    const { from } = this.#move;
    if (reply.kind !== 'answer') return this.#lookFor(against(reply));
    const { state, reason } = reply.value;
    const why = reason === undefined ? '' : `: ${oneLine(reason)}`;
    this.#unknowns = state === 'unknown' ? this.#unknowns + 1 : 0;
    switch (state) {
      case 'done':
        return { ok: true, text: `${from}: done${why}${downtime(reply.value)}` };
      case 'failed':
        return failed(`${from}: ${reason === undefined ? 'it failed' : oneLine(reason)}`);
      case 'cancelled':
        return failed(`cancelled${why}`);
      case 'unknown':
        if (this.#unknowns < UNKNOWNS) return undefined;
        return failed(`${from} knows nothing of this request`);
      default:
        this.#tell(progressText(reply.value, from));
        return undefined;
    }
  }

  /** The source says nothing: it may be gone, or its network, or ours. */
  async #lookFor(why: string): Promise<Attempt | undefined> {
    const { from, to } = this.#move;
    this.#unknowns = 0;
    this.#tell(`${from}: ${why}; asking again`);
    const seen = await this.#parts.locator.locate(UNASKED);
    const arrived = seen.kind === 'at' && seen.host === to;
    return arrived ? { ok: true, text: `seen at ${to}; ${from}: ${why}` } : undefined;
  }

  /** A tool that couldn't be stopped at one moment may be at the next. */
  #ask(): Promise<Reply<Transfer>> {
    const { calls } = this.#parts;
    const { from, request } = this.#move;
    return this.#stopping ? calls.cancel(from, request) : calls.status(from, request);
  }

  async #giveUp(): Promise<Attempt> {
    await this.#parts.calls.cancel(this.#move.from, this.#move.request);
    return failed(`no end after ${durationText(this.#parts.timeoutMs)}; asked to stop`);
  }
}

function whyNotTo(target: Reply<Capacity>): string | undefined {
  if (target.kind !== 'answer') return against(target);
  const { state, reason, in: receives, maxIn } = target.value;
  const held = heldText(target.value);
  if (held !== undefined) return held;
  if (state !== 'up') return `${state}${reason === undefined ? '' : `: ${oneLine(reason)}`}`;
  return isFull(receives, maxIn) ? `receives ${receives} already, ${maxIn} at most` : undefined;
}

function whyNotHere(here: Reply<Where>, from: string): string | undefined {
  if (here.kind !== 'answer') return `${from}, where the guest is: ${against(here)}`;
  if (here.value.here === 'yes' && here.value.target === undefined) return undefined;
  if (here.value.here === 'no') return `${from} doesn't have the guest`;
  return `${from}: the guest is moving already`;
}

/** A host that is drained may well be left. One that can't say how it is will say it to `migrate`. */
function whyNotFrom(source: Reply<Capacity>, from: string): string | undefined {
  if (source.kind !== 'answer') return undefined;
  const { out, maxOut } = source.value;
  const held = heldText(source.value);
  if (held !== undefined) return `${from}: ${held}`;
  return isFull(out, maxOut) ? `${from} sends ${out} already, ${maxOut} at most` : undefined;
}

function heldText({ hold, retryAfterS }: Capacity): string | undefined {
  return hold === undefined ? undefined : `held: ${oneLine(hold)}${laterText(retryAfterS)}`;
}

function holdOf(asked: Reply<Capacity>, host: string): HeldByProvider | undefined {
  if (asked.kind !== 'answer' || asked.value.hold === undefined) return undefined;
  return heldFor(host, asked.value.hold, asked.value.retryAfterS);
}

/** A source that passes a veto of the target's on puts that host's name before its words. */
/** What the source says of itself, or that it says nothing: another target would have fared alike. */
const OF_SOURCE: readonly string[] = ['busy', 'name', 'out', 'stay'];

function isOfSource(asked: Reply<unknown>, { to }: Move): boolean {
  if (asked.kind !== 'veto') return true;
  const { veto, reason } = asked.veto;
  return OF_SOURCE.includes(veto) && !isPassedOn(reason, to);
}

function isPassedOn(reason: string, to: string): boolean {
  return reason.startsWith(`${to}: `);
}

function vetoedHold({ veto, reason, retryAfterS }: Veto, { from, to }: Move) {
  if (veto !== 'hold') return {};
  const passedOn = isPassedOn(reason, to);
  const why = passedOn ? reason.slice(to.length + 2) : reason;
  return { held: heldFor(passedOn ? to : from, why, retryAfterS) };
}

function heldFor(host: string, why: string, retryAfterS: number | undefined): HeldByProvider {
  const forMs = retryAfterS === undefined ? {} : { forMs: retryAfterS * 1000 };
  return { host, why: oneLine(why), ...forMs };
}

function isFull(n: number | undefined, most: number | undefined): boolean {
  return n !== undefined && most !== undefined && n >= most;
}

function failed(text: string): Attempt {
  return { ok: false, text };
}

function downtime({ downtimeMs }: Transfer): string {
  return downtimeMs === undefined ? '' : `, downtime ${downtimeMs} ms`;
}

function progressText({ state, percent, reason }: Transfer, from: string): string {
  const far = percent === undefined ? '' : ` ${percent}%`;
  const why = reason === undefined ? '' : `: ${oneLine(reason)}`;
  return state === 'accepted' ? `accepted by ${from}${why}` : `moving${far}${why}`;
}
