/**
 * Reads each probe at its interval, on the monotonic clock. One slow or failing probe never delays
 * another, and a machine that stood still doesn't catch up in a burst.
 */
import type { Clock } from '../core/clock.ts';
import type { Reading } from '../core/words.ts';
import type { Measurement, Probe } from '../probes/probe.ts';
import { Deadline } from '../system/deadline.ts';

export interface ScheduledProbe {
  readonly name: string;
  readonly probe: Probe;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** Before the first reading; later ones follow it at the interval. */
  readonly phaseMs: number;
  /** Asked before each reading: none is taken while nobody wants it. */
  wanted(): boolean;
  /**
   * Told by when on the monotonic clock (ms) the next reading, or the one under way, has ended if all goes well;
   * Infinity while a reading is taken from it, which is for others to bound.
   */
  expected(byMs: number): void;
}

/**
 * A probe that is read until it is ended. It costs its guest something at every reading, so it keeps one
 * timer and one signal rather than make them anew.
 */
export class Watch {
  readonly #scheduled: ScheduledProbe;
  readonly #clock: Clock;
  readonly #take: (reading: Reading) => Promise<void>;
  readonly #ending = new AbortController();
  readonly #deadline: Deadline;
  #dueMs: number;
  #cancel: () => void;
  #reading: Promise<void> = Promise.resolve();

  constructor(scheduled: ScheduledProbe, clock: Clock, take: (reading: Reading) => Promise<void>) {
    this.#scheduled = scheduled;
    this.#clock = clock;
    this.#take = take;
    this.#deadline = new Deadline(this.#ending.signal, clock);
    this.#dueMs = clock.monotonicMs() + scheduled.phaseMs;
    this.#cancel = this.#wait();
  }

  /** Gives up the reading under way; resolves when it has ended and the probe is closed. */
  async end(): Promise<void> {
    this.#cancel();
    this.#ending.abort();
    await this.#reading;
    await this.#scheduled.probe.close();
  }

  #wait(): () => void {
    this.#scheduled.expected(this.#dueMs + this.#scheduled.timeoutMs);
    return this.#clock.after(Math.max(0, this.#dueMs - this.#clock.monotonicMs()), () => {
      this.#reading = this.#round();
    });
  }

  async #round(): Promise<void> {
    const { intervalMs, wanted } = this.#scheduled;
    if (wanted()) await this.#read();
    if (this.#ending.signal.aborted) return;
    this.#dueMs = nextDue(this.#dueMs, intervalMs, this.#clock.monotonicMs());
    this.#cancel = this.#wait();
  }

  async #read(): Promise<void> {
    const { name, probe, timeoutMs, expected } = this.#scheduled;
    const measured = await this.#deadline.run(timeoutMs, (signal) => probe.read(signal));
    if (this.#ending.signal.aborted) return;
    expected(Infinity);
    await this.#take(toReading(name, measured, this.#clock));
  }
}

/** The next multiple of the interval that isn't over yet. */
export function nextDue(due: number, intervalMs: number, now: number): number {
  const missed = Math.max(0, Math.floor((now - due) / intervalMs));
  return due + (missed + 1) * intervalMs;
}

function toReading(probe: string, measured: Measurement, clock: Clock): Reading {
  const at = clock.now();
  if ('value' in measured) return { probe, at, value: measured.value };
  return { probe, at, missing: measured.missing };
}
