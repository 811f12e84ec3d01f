/**
 * Moments and spans. A moment is stamped with wall time (for windows and people) and with boot time
 * (for spans), since only boot time counts a pause that a live migration makes.
 * This file reads no clock: a stamp is handed in with each event.
 */

/** A moment. `bootMs` is milliseconds since the boot named `boot` (/proc/uptime, boot_id). */
export interface Stamp {
  readonly wallMs: number;
  readonly boot: string;
  readonly bootMs: number;
}

/**
 * Milliseconds from `from` to `to`: boot time's difference within one boot, the wall clock's across
 * boots, and never a negative one (DESIGN.md §7, clocks).
 */
export function elapsedMs(from: Stamp, to: Stamp): number {
  const span = from.boot === to.boot ? to.bootMs - from.bootMs : to.wallMs - from.wallMs;
  return Math.max(0, span);
}

/** The moment `ms` milliseconds after `stamp`, in the same boot. */
export function later(stamp: Stamp, ms: number): Stamp {
  return { wallMs: stamp.wallMs + ms, boot: stamp.boot, bootMs: stamp.bootMs + ms };
}
