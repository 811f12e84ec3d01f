/**
 * Which readings cross a bound that somebody wants to be told of at once: the first beyond it, and no
 * other until one has come back, by the hysteresis and not merely by a hair. A missing reading crosses
 * nothing, neither way. It reads no clock and sends nothing.
 */
import type { ProbeBound } from '../../core/option-shapes.ts';
import type { PresentReading } from '../../core/words.ts';

interface Watched extends ProbeBound {
  beyond: boolean;
}

export class Crossings {
  readonly #watched: readonly Watched[];
  readonly #hysteresis: number;

  /** `hysteresis`: a share of the bound's size. */
  constructor(bounds: readonly ProbeBound[], hysteresis: number) {
    this.#watched = bounds.map((bound) => ({ ...bound, beyond: false }));
    this.#hysteresis = hysteresis;
  }

  /** The bounds that this reading crosses: `> 90`. */
  note({ probe, value }: Pick<PresentReading, 'probe' | 'value'>): string[] {
    return this.#watched
      .filter((each) => each.probe === probe && this.#crosses(each, value))
      .map(({ compare, bound }) => `${compare} ${bound}`);
  }

  #crosses(watched: Watched, value: number): boolean {
    const { bound, beyond } = watched;
    const past = watched.compare === '>' ? value - bound : bound - value;
    if (past > 0) watched.beyond = true;
    else if (-past >= Math.abs(bound) * this.#hysteresis) watched.beyond = false;
    return watched.beyond && !beyond;
  }
}
