/**
 * A clock that stands still until a test moves it. Timers run on its monotonic clock, as those of
 * the real one do, so a freeze or a step of the wall clock wakes nobody.
 */
import type { Clock } from '../../src/core/clock.ts';
import type { Stamp } from '../../src/core/time.ts';

export interface ManualClock extends Clock {
  /** Everything goes on by `ms`; sleepers wake in order, each seeing the time it asked for. */
  advance(ms: number): Promise<void>;
  /** Someone sets the wall clock: only it jumps, forward or back. */
  stepWall(ms: number): void;
  /** The machine stood still, as in a live migration: boot and wall time jump, monotonic doesn't. */
  freeze(ms: number): void;
  /** A new boot: another boot id, boot time from zero, the wall clock `offMs` later. */
  reboot(boot: string, offMs?: number): void;
  /** How many are asleep. */
  sleepers(): number;
}

interface Sleeper {
  readonly dueMs: number;
  wake(): void;
}

interface Start {
  readonly wallMs?: number;
  readonly boot?: string;
  readonly bootMs?: number;
}

export function manualClock(start: Start = {}): ManualClock {
  let wallMs = start.wallMs ?? Date.UTC(2009, 4, 13, 16, 34, 40);
  let boot = start.boot ?? 'b0070000-0000-4000-8000-000000000001';
  let bootMs = start.bootMs ?? 1_000_000;
  let monotonicMs = 0;
  const sleepers = new Set<Sleeper>();

  const pass = (ms: number) => {
    wallMs += ms;
    bootMs += ms;
    monotonicMs += ms;
  };

  return {
    now: (): Stamp => ({ wallMs, boot, bootMs }),
    monotonicMs: () => monotonicMs,
    sleep: (ms, signal) => fallAsleep(sleepers, monotonicMs + ms, ms, signal),
    after: (ms, call) => {
      const wake = () => sleepers.delete(sleeper) && call();
      const sleeper = { dueMs: monotonicMs + ms, wake };
      sleepers.add(sleeper);
      return () => void sleepers.delete(sleeper);
    },
    sleepers: () => sleepers.size,
    stepWall: (ms) => {
      wallMs += ms;
    },
    freeze: (ms) => {
      wallMs += ms;
      bootMs += ms;
    },
    reboot: (nextBoot, offMs = 0) => {
      boot = nextBoot;
      bootMs = 0;
      wallMs += offMs;
    },
    advance: async (ms) => {
      const endMs = monotonicMs + ms;
      await settle();
      for (let next = firstDue(sleepers, endMs); next; next = firstDue(sleepers, endMs)) {
        pass(Math.max(0, next.dueMs - monotonicMs));
        next.wake();
        await settle();
      }
      pass(endMs - monotonicMs);
    },
  };
}

function fallAsleep(
  sleepers: Set<Sleeper>,
  dueMs: number,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (ms <= 0 || signal?.aborted) return Promise.resolve();
  return new Promise((resolve) => {
    const wake = () => {
      sleepers.delete(sleeper);
      signal?.removeEventListener('abort', wake);
      resolve();
    };
    const sleeper = { dueMs, wake };
    sleepers.add(sleeper);
    signal?.addEventListener('abort', wake, { once: true });
  });
}

function firstDue(sleepers: Set<Sleeper>, endMs: number): Sleeper | undefined {
  const due = [...sleepers].filter((sleeper) => sleeper.dueMs <= endMs);
  return due.reduce<Sleeper | undefined>(
    (first, each) => (first && first.dueMs <= each.dueMs ? first : each),
    undefined,
  );
}

/** Lets whoever was woken run on, with what it awaits in the same turn, up to its next sleep. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
