/**
 * How many lines may come in a second, in all and from one guest. Who is over it is delayed and loses
 * nothing: its connection isn't read for as long as its lines are too many. Each limit is a bucket that
 * holds a second's lines and may be overdrawn by what was read at once.
 */
import type { Clock } from '../../core/clock.ts';
import type { Tell } from '../notice.ts';
import { Seldom } from './seldom.ts';

export interface RateLimits {
  /** Lines a second of all guests together; 0: as many as come. */
  readonly total: number;
  readonly perGuest: number;
}

/** More guests than these, and those that were silent for long are let go of. */
const GUESTS_MAX = 4096;
/** How often it is looked whether one that was over the limit no longer is. */
const LOOK_MS = 1000;
/** Only so full is a bucket that its guest isn't over it any more: it would be said all the time. */
const FULL_AGAIN = 0.5;

interface Bucket {
  readonly rate: number;
  lines: number;
  filledMs: number;
  /** Lines that came over the limit since that was last said; undefined while it isn't over it. */
  over: number | undefined;
}

export interface RateParts {
  readonly clock: Clock;
  readonly tell: Tell;
  /** Ends the looking. */
  readonly signal: AbortSignal;
}

export class Rates {
  readonly #limits: RateLimits;
  readonly #parts: RateParts;
  readonly #total: Bucket | undefined;
  readonly #guests = new Map<string, Bucket>();
  /** Whoever sends invents the names. */
  readonly #seldom: Seldom;
  /** Lines that had to wait since the start. */
  delayed = 0;

  constructor(limits: RateLimits, parts: RateParts) {
    this.#limits = limits;
    this.#parts = parts;
    this.#seldom = new Seldom(parts.clock);
    this.#total = limits.total > 0 ? this.#bucket(limits.total) : undefined;
  }

  /** For how many milliseconds nothing more may come from whoever sent these lines; mostly 0. */
  delayMs(lines: ReadonlyMap<string, number>): number {
    const nowMs = this.#parts.clock.monotonicMs();
    let delayMs = 0;
    let all = 0;
    let over = 0;
    for (const [name, count] of lines) {
      all += count;
      if (this.#limits.perGuest === 0) continue;
      const waitMs = this.#draw(this.#bucketOf(name, nowMs), count, nowMs, name);
      if (waitMs > 0) over += count;
      delayMs = Math.max(delayMs, waitMs);
    }
    const waitMs = this.#total ? this.#draw(this.#total, all, nowMs) : 0;
    this.delayed += waitMs > 0 ? all : over;
    return Math.max(delayMs, waitMs);
  }

  #draw(bucket: Bucket, count: number, nowMs: number, guest?: string): number {
    fill(bucket, nowMs);
    bucket.lines -= count;
    if (bucket.lines >= 0) return 0;
    if (bucket.over === undefined) {
      bucket.over = 0;
      const said = this.#seldom.pass(guest ?? '');
      const fields = { limit: bucket.rate, ...(said?.unsaid ? { not_said: said.unsaid } : {}) };
      if (said) this.#say('warn', 'too many lines, the sender has to wait', fields, guest);
      void this.#untilFull(bucket, guest, said !== undefined);
    }
    bucket.over += count;
    return Math.ceil((-bucket.lines / bucket.rate) * 1000);
  }

  /** Whose beginning wasn't said, its end isn't either. */
  async #untilFull(bucket: Bucket, guest: string | undefined, said: boolean): Promise<void> {
    const { clock, signal } = this.#parts;
    do {
      await clock.sleep(LOOK_MS, signal);
      fill(bucket, clock.monotonicMs());
    } while (bucket.lines < bucket.rate * FULL_AGAIN && !signal.aborted);
    const delayed = bucket.over ?? 0;
    bucket.over = undefined;
    if (said) this.#say('info', 'no longer too many lines', { delayed }, guest);
  }

  #bucketOf(name: string, nowMs: number): Bucket {
    const known = this.#guests.get(name);
    if (known) return known;
    if (this.#guests.size >= GUESTS_MAX) this.#makeRoom(nowMs);
    const bucket = this.#bucket(this.#limits.perGuest);
    this.#guests.set(name, bucket);
    return bucket;
  }

  /** A full bucket says what none would. Where all are in use, the oldest has to go. */
  #makeRoom(nowMs: number): void {
    for (const [name, bucket] of this.#guests) {
      fill(bucket, nowMs);
      if (bucket.lines >= bucket.rate) this.#guests.delete(name);
    }
    const [oldest] = this.#guests.keys();
    if (oldest !== undefined && this.#guests.size >= GUESTS_MAX) this.#guests.delete(oldest);
  }

  #bucket(rate: number): Bucket {
    return { rate, lines: rate, filledMs: this.#parts.clock.monotonicMs(), over: undefined };
  }

  #say(
    level: 'warn' | 'info',
    text: string,
    fields: Readonly<Record<string, number>>,
    guest: string | undefined,
  ): void {
    this.#parts.tell({
      level,
      text,
      fields: { ...(guest === undefined ? {} : { guest }), ...fields },
    });
  }
}

function fill(bucket: Bucket, nowMs: number): void {
  const came = ((nowMs - bucket.filledMs) / 1000) * bucket.rate;
  bucket.lines = Math.min(bucket.rate, bucket.lines + came);
  bucket.filledMs = nowMs;
}
