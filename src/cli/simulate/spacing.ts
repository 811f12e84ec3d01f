/** How far apart the readings of a trace lie, held against the interval that the conf says. */
import type { Conf } from '../../core/conf.ts';
import { formatSpan } from '../../core/text.ts';
import { GAP_INTERVALS } from '../../core/tracks.ts';
import type { Reading } from '../../core/words.ts';
import type { Watcher } from './run.ts';

/** As many distances say what is usual. */
const ENOUGH = 999;

export class Spacing implements Watcher {
  readonly #lastMs = new Map<string, number>();
  readonly #apartMs = new Map<string, number[]>();

  see({ probe, at }: Reading): void {
    const apart = this.#apartMs.get(probe) ?? [];
    if (apart.length >= ENOUGH) return;
    const lastMs = this.#lastMs.get(probe);
    if (lastMs === undefined) this.#apartMs.set(probe, apart);
    else apart.push(at.wallMs - lastMs);
    this.#lastMs.set(probe, at.wallMs);
  }

  /** In a trace coarser than three intervals nothing can add up to a tarry of two. */
  warnings({ probes }: Conf): string[] {
    return [...this.#apartMs].flatMap(([probe, apart]) => {
      const intervalMs = probes[probe]?.intervalMs;
      const usualMs = apart.toSorted((a, b) => a - b)[Math.floor(apart.length / 2)];
      if (intervalMs === undefined || usualMs === undefined) return [];
      if (usualMs <= GAP_INTERVALS * intervalMs) return [];
      const usual = formatSpan(usualMs);
      const much = `its readings lie ${usual} apart, more than three intervals (${formatSpan(intervalMs)})`;
      return [
        `${probe}: ${much}, so each starts every count afresh; --interval ${usual} would not`,
      ];
    });
  }
}
