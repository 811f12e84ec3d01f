/**
 * Asks all locators of a conf at once, hands their words to core, which makes one sighting of them, and
 * keeps what each said for `where` and `status`. A locator whose word only warns, and that says another
 * place, is told of once when it begins to and once when it ends.
 */
import type { Clock } from '../core/clock.ts';
import { type Ground, locate, type Part, type Word } from '../core/locating.ts';
import type { Sighting } from '../core/sighting.ts';
import type { Locator } from '../migrators/migrator.ts';

export interface NamedLocator {
  /** No two have the same. */
  readonly id: string;
  /** As the conf calls it. */
  readonly name: string;
  readonly locator: Locator;
}

/** What one locator said at the latest look; wall times. */
export interface Look {
  readonly name: string;
  readonly asks: string | undefined;
  readonly decides: boolean;
  readonly contradicts: boolean;
  readonly word: Word;
  readonly lookedMs: number;
  /** Where it doesn't know now: what it knew last. */
  readonly known?: { readonly word: Word; readonly lookedMs: number };
}

/** `place`: what everybody else says; absent where it says so no more. */
export type TellContradiction = (name: string, says?: { word: string; place: string }) => void;

interface Known {
  readonly word: Word;
  readonly lookedMs: number;
}

export class Witnesses {
  readonly #locators: readonly NamedLocator[];
  readonly #grounds: readonly Ground[];
  readonly #clock: Clock;
  readonly #tell: TellContradiction;
  readonly #known = new Map<string, Known>();
  /** The ids of those who say another place, and which. */
  readonly #told = new Map<string, string>();
  /** Empty before the first look. */
  looks: readonly Look[] = [];

  constructor(
    locators: readonly NamedLocator[],
    grounds: readonly Ground[],
    clock: Clock,
    tell: TellContradiction = () => undefined,
  ) {
    this.#locators = locators;
    this.#grounds = grounds;
    this.#clock = clock;
    this.#tell = tell;
  }

  async locate(signal: AbortSignal): Promise<Sighting> {
    const asked = await Promise.all(
      this.#locators.map(async (named) => ({
        ...named,
        onlyWarns: named.locator.onlyWarns === true,
        word: await named.locator.locate(signal),
        lookedMs: this.#clock.now().wallMs,
      })),
    );
    const { sighting, parts } = locate(asked, this.#grounds);
    this.looks = asked.map((each, i) => this.#note(each, parts[i]));
    asked.forEach((each, i) => void this.#compare(each, parts[i]?.contradicts ?? false, sighting));
    return sighting;
  }

  #note({ id, name, locator, word, lookedMs }: Asked, part: Part | undefined): Look {
    const { decides = false, contradicts = false } = part ?? {};
    const look = { name, asks: locator.asks, decides, contradicts, word, lookedMs };
    const known = this.#known.get(id);
    if (word.kind === 'unknown') return known ? { ...look, known } : look;
    this.#known.set(id, { word, lookedMs });
    return look;
  }

  /** A look that finds nobody leaves open whether it still contradicts. */
  #compare({ id, name, word }: Asked, contradicts: boolean, sighting: Sighting): void {
    if (sighting.kind !== 'at') return;
    const says = contradicts ? placeOf(word) : undefined;
    if (this.#told.get(id) === says) return;
    if (says === undefined) {
      this.#told.delete(id);
      this.#tell(name);
    } else {
      this.#told.set(id, says);
      this.#tell(name, { word: says, place: sighting.host });
    }
  }
}

interface Asked extends NamedLocator {
  readonly word: Word;
  readonly lookedMs: number;
}

/** `xen1`, `moving to xen2`, `in oslo`, `unknown`. */
export function placeOf(word: Word): string {
  switch (word.kind) {
    case 'at':
      return word.host;
    case 'moving':
      return `moving to ${word.to}`;
    case 'inside':
      return `in ${word.site}`;
    case 'unknown':
      return 'unknown';
  }
}
