/**
 * Reads each probe at its interval, on the monotonic clock. One slow or failing probe never delays
 * another, and a machine that stood still doesn't catch up in a burst.
 */
import type { Clock } from '../core/clock.ts';
import type { Reading } from '../core/words.ts';
import type { Measurement, Probe } from '../probes/probe.ts';
import { withDeadline } from '../system/deadline.ts';

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

/** Reads until `signal` aborts; resolves when the last reading has ended and the probe is closed. */
export async function watch(
  scheduled: ScheduledProbe,
  clock: Clock,
  signal: AbortSignal,
  take: (reading: Reading) => Promise<void>,
): Promise<void> {
  const { name, probe, intervalMs, timeoutMs, phaseMs } = scheduled;
  let due = clock.monotonicMs() + phaseMs;
  while (!signal.aborted) {
    scheduled.expected(due + timeoutMs);
    await clock.sleep(due - clock.monotonicMs(), signal);
    if (signal.aborted) break;
    if (scheduled.wanted()) {
      const measured = await withDeadline(timeoutMs, signal, clock, (bound) => probe.read(bound));
      if (signal.aborted) break;
      scheduled.expected(Infinity);
      await take(toReading(name, measured, clock));
    }
    due = nextDue(due, intervalMs, clock.monotonicMs());
  }
  await probe.close();
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
