/**
 * The machine's clock. The only file of the program that reads time; everyone else is handed the
 * `Clock` made here. It judges nothing: a step of the wall clock is for others to notice.
 */
import { readFileSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import type { Stamp } from '../core/time.ts';
import { KeptFile } from './kept-file.ts';

/** Node's timers fire at once when asked for more than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function systemClock(): Clock {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return {
    now: nowClock(boot),
    monotonicMs,
    sleep,
    after,
  };
}

/** Half of a step of the file's. */
const BOOT_STANDS_MS = 5;

/**
 * Boot time counts the pause of a live migration, in steps of 10 ms (proc(5), uptime). The time is asked
 * for several times for each reading, so what was read stands for a moment; not over a pause, which the wall
 * clock sees too.
 */
function nowClock(boot: string): () => Stamp {
  const file = new KeptFile('/proc/uptime');
  let read: Stamp = { boot, wallMs: Number.NEGATIVE_INFINITY, bootMs: 0 };
  return () => {
    const wallMs = Date.now();
    if (Math.abs(wallMs - read.wallMs) < BOOT_STANDS_MS) return { ...read, wallMs };
    read = { boot, wallMs, bootMs: Math.round(Number.parseFloat(file.read()) * 1000) };
    return read;
  };
}

function monotonicMs(): number {
  return performance.now();
}

function after(ms: number, call: () => void): () => void {
  const handle = setTimeout(call, Math.min(Math.ceil(ms), LONGEST_TIMER_MS));
  return () => clearTimeout(handle);
}

async function sleep(ms: number, signal?: AbortSignal): Promise<void> {
  const end = monotonicMs() + ms;
  for (let left = ms; left > 0 && !signal?.aborted; left = end - monotonicMs()) {
    await timer(left, signal);
  }
}

/** One timer, that leaves no listener on a signal which may live as long as the process. */
function timer(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      cancel();
      signal?.removeEventListener('abort', done);
      resolve();
    };
    const cancel = after(ms, done);
    signal?.addEventListener('abort', done, { once: true });
  });
}
