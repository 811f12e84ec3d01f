/**
 * Carries errands out: asks migrators and locators, and posts what they say. It judges nothing;
 * an errand that is in hand when the daemon ends is found again at the next start.
 */
import type { Clock } from '../core/clock.ts';
import type { Happening, MoveErrand } from '../core/events.ts';
import type { Sighting } from '../core/sighting.ts';
import type { CloneSite } from '../migrators/clone/site.ts';
import type { Attempt, Migrator, Move, Preflight } from '../migrators/migrator.ts';
import { withDeadline } from '../system/deadline.ts';
import type { Look, Witnesses } from './witnesses.ts';

export interface Ways {
  /** The migrator that serves the site of a host. */
  migratorFor(host: string): Migrator;
  readonly locator: Pick<Witnesses, 'locate' | 'looks'>;
  /** Whether any migrator may still have this request's attempt under way. */
  underway(request: string): Promise<boolean>;
  /** Ends an attempt that an earlier life of the daemon began, where a migrator can. */
  stop(request: string): Promise<void>;
  /** The clouds among them. */
  readonly cloneSites: readonly CloneSite[];
}

export interface MoverParts {
  readonly clock: Clock;
  readonly vm: string;
  post(happening: Happening): Promise<unknown>;
  /** Whether a hook of an earlier life of the daemon still runs for this request. */
  hookUnderway(request: string): Promise<boolean>;
}

/** Boot time is told in steps of 10 ms, so a pause up to two of them may be none. */
const UNREST_MS = 20;
/** Migrators have time-outs of their own, which are options; this is for one that forgot. */
const LONGEST_ERRAND_MS = 3_600_000;

export class Mover {
  readonly #parts: MoverParts;
  #ways: Ways;
  /** Attempts that this process has under way, by request. */
  readonly #attempts = new Map<string, AbortController>();
  readonly #ending = new AbortController();
  /** When the open request's guest is looked for again, for `status`; wall time. */
  nextLookMs: number | undefined;
  /** How far the attempt of this process is, in its migrator's words; for `status` alone. */
  progress: string | undefined;

  constructor(ways: Ways, parts: MoverParts) {
    this.#ways = ways;
    this.#parts = parts;
  }

  /** After a reload; what is under way ends in the old ways. */
  use(ways: Ways): void {
    this.#ways = ways;
  }

  get cloneSites(): readonly CloneSite[] {
    return this.#ways.cloneSites;
  }

  /** Looks and waits stop; an attempt goes on without us and is reconciled at the next start. */
  end(): void {
    this.#ending.abort();
  }

  perform(errand: MoveErrand): void {
    switch (errand.do) {
      case 'preflight':
        void this.#preflight(this.#move(errand));
        break;
      case 'migrate':
        void this.#migrate(this.#move(errand));
        break;
      case 'cancel':
        void this.#cancel(errand.request);
        break;
      case 'locate':
        void this.#locateFor(errand.request, errand.look, errand.afterMs);
        break;
    }
  }

  /** Where the guest is now, as far as anybody tells. */
  locate(): Promise<Sighting> {
    return this.#within(LONGEST_ERRAND_MS, (signal) => this.#ways.locator.locate(signal));
  }

  /** What each locator said at the latest look. */
  get looks(): readonly Look[] {
    return this.#ways.locator.looks;
  }

  #move({ request, from, to }: { request: string; from: string; to: string }): Move {
    return { request, vm: this.#parts.vm, from, to };
  }

  async #preflight(move: Move): Promise<void> {
    const migrator = this.#ways.migratorFor(move.to);
    const answer: Preflight = await this.#within(LONGEST_ERRAND_MS, (signal) =>
      migrator.preflight(move, signal),
    );
    if (this.#ending.signal.aborted) return;
    const { request, to } = move;
    await this.#post({ at: this.#now(), type: 'preflighted', request, to, ...answer });
  }

  async #migrate(move: Move): Promise<void> {
    const attempt = new AbortController();
    this.#attempts.set(move.request, attempt);
    const frozenBefore = this.#frozenMs();
    const tell = (text: string) => {
      this.progress = text;
    };
    const migrator = this.#ways.migratorFor(move.to);
    const said: Attempt = await migrator.migrate(move, attempt.signal, tell);
    this.progress = undefined;
    this.#attempts.delete(move.request);
    if (this.#ending.signal.aborted) return;
    const { request, to } = move;
    const frozenMs = Math.round(this.#frozenMs() - frozenBefore);
    const blackout = frozenMs > UNREST_MS ? { blackoutMs: frozenMs } : {};
    await this.#post({ at: this.#now(), type: 'attempted', request, to, ...said, ...blackout });
  }

  async #cancel(request: string): Promise<void> {
    const own = this.#attempts.get(request);
    if (own) own.abort();
    else await this.#ways.stop(request);
  }

  async #locateFor(request: string, look: number, afterMs: number): Promise<void> {
    this.nextLookMs = this.#now().wallMs + afterMs;
    await this.#parts.clock.sleep(afterMs, this.#ending.signal);
    this.nextLookMs = undefined;
    if (this.#ending.signal.aborted) return;
    // Asked before the look: an attempt that ends between the two must not make "still at the
    // source" of a look that came before its end.
    const ended = await this.#hasEnded(request);
    const sighting = await this.locate();
    if (this.#ending.signal.aborted) return;
    await this.#post({ at: this.#now(), type: 'located', sighting, request, look, ended });
  }

  async #hasEnded(request: string): Promise<boolean> {
    if (this.#attempts.has(request)) return false;
    if (await this.#parts.hookUnderway(request)) return false;
    return !(await this.#ways.underway(request));
  }

  /** Boot time grows through a pause that monotonic time doesn't count (DESIGN.md §7). */
  #frozenMs(): number {
    return this.#now().bootMs - this.#parts.clock.monotonicMs();
  }

  #now() {
    return this.#parts.clock.now();
  }

  #within<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline(ms, this.#ending.signal, this.#parts.clock, work);
  }

  /** The engine keeps facts until they are written; only its end makes it refuse them. */
  async #post(happening: Happening): Promise<void> {
    await this.#parts.post(happening).catch((error: unknown) => {
      if (!this.#ending.signal.aborted) throw error;
    });
  }
}
