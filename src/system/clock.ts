/**
 * The machine's clock. The only file of the program that reads time; everyone else is handed the
 * `Clock` made here. It judges nothing: a step of the wall clock is for others to notice.
 */
import { openSync, readFileSync, readSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import type { Stamp } from '../core/time.ts';

/** Node's timers fire at once when asked for more than this. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function systemClock(): Clock {
  const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  const bootMs = bootClock();
  return {
    now: (): Stamp => ({ wallMs: Date.now(), boot, bootMs: bootMs() }),
    monotonicMs,
    sleep,
    after,
  };
}

/**
 * Boot time counts the pause of a live migration, in steps of 10 ms (proc(5), uptime). The file is
 * kept open: it is read several times for each reading, and is made anew whenever it is read.
 */
function bootClock(): () => number {
  const file = openSync('/proc/uptime', 'r');
  const bytes = Buffer.alloc(64);
  return () => {
    const length = readSync(file, bytes, 0, bytes.length, 0);
    return Math.round(Number.parseFloat(bytes.toString('latin1', 0, length)) * 1000);
  };
}

function monotonicMs(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
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
