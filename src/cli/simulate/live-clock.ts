/** The clocks of a live run, as far as its journal tells of them. */
import type { Stamp } from '../../core/time.ts';
import type { Recorded } from '../../daemon/journal.ts';

/** Enough to tell the clocks' distance, few enough for it not to have drifted. */
const CLOCK_RECORDS = 16;
/** How finely the kernel tells boot time (/proc/uptime). */
const BOOT_TICK_MS = 10;

/**
 * Only wall time is stored of a reading; the entries before it tell how far the boot clock lies from
 * it. They were cut to ticks, so the least distance is the truest, and the reading is cut likewise.
 */
function onClockOf(before: readonly Recorded[], wallMs: number): Stamp {
  const last = before.at(-1)?.at;
  if (!last) return { wallMs, boot: 'trace', bootMs: wallMs };
  const same = before.filter(({ at }) => at.boot === last.boot);
  const step = same.findLastIndex(({ entry }) => entry.type === 'clock-step');
  const distances = same.slice(Math.max(0, step)).map(({ at }) => at.wallMs - at.bootMs);
  const bootMs = wallMs - Math.min(...distances);
  return { wallMs, boot: last.boot, bootMs: Math.floor(bootMs / BOOT_TICK_MS) * BOOT_TICK_MS };
}

/** A moment of wall time on the boot clock, told by the entries before the one at `index`. */
export function liveStamp(records: readonly Recorded[], index: number, wallMs: number): Stamp {
  const before = records.slice(Math.max(0, index - CLOCK_RECORDS), index);
  return onClockOf(before.length > 0 ? before : records.slice(0, 1), wallMs);
}

/** How often time alone is an event of a running daemon, and how late at most (daemon/watch.ts). */
const TICK_MS = 60_000;
const TICK_LATE_MS = 2000;
/** A daemon that was silent for longer had its wall clock set. */
const TICKS_MAX = 400 * 1440;

/** A busy machine ticks later: a request that the live run made so soon after may be the tick's. */
export const TICK_REACH_MS = TICK_MS + TICK_LATE_MS;

/**
 * The turns of the minutes whose ticks surely fell between two moments. What was open at the turn was
 * open at the tick too: gates that time opens stay open, and windows change with the minute.
 */
export function* ticksBetween(fromMs: number, untilMs: number): Generator<number> {
  const first = Math.floor((fromMs - TICK_LATE_MS) / TICK_MS) + 1;
  for (let n = first; n - first < TICKS_MAX; n += 1) {
    if (n * TICK_MS + TICK_LATE_MS >= untilMs) return;
    yield n * TICK_MS;
  }
}
