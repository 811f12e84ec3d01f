/**
 * Recognises a record that is sent again (DESIGN.md §8): of the same name, with the same boot, seq and
 * text as one that was stored. The same number with another text is another record, of a guest that was
 * rolled back or one that plays another. It holds the texts themselves, so that nobody can make up one
 * that passes for another's; that is why it is bounded, and forgets whom it heard least recently.
 */
import type { Arrival, Known, OwnArrival } from './arrival.ts';
import { Texts } from './texts.ts';

export interface SeenLimits {
  /** How many records of one boot of a guest are known at least, where there is room in all. */
  readonly perBoot: number;
  /** Boots of one guest, so that who makes up boots makes the sink forget nobody else's. */
  readonly boots: number;
  readonly guests: number;
  /** Characters of texts, in all, as bytes of memory; one guest can take half of them. */
  readonly characters: number;
}

const SEEN_LIMITS: SeenLimits = {
  perBoot: 16_384,
  boots: 8,
  guests: 4096,
  characters: 64 * 1024 * 1024,
};

export type Sighting = 'new' | 'again' | 'another';

/** What was seen, of all or of some. */
interface Memory {
  /** How much is held. */
  readonly characters: number;
  note(known: Known): Sighting;
}

export class Seen implements Memory {
  readonly #guests: Recent;

  constructor(limits: SeenLimits = SEEN_LIMITS) {
    const { perBoot, boots, guests, characters } = limits;
    const half = characters / 2;
    const boot = () => new Boot({ records: perBoot, characters: half / 2 });
    const guest = () => new Recent({ parts: boots, characters: half }, (known) => known.boot, boot);
    this.#guests = new Recent({ parts: guests, characters }, (known) => known.name, guest);
  }

  get characters(): number {
    return this.#guests.characters;
  }

  /** What this record is to those known; from now on it is one of them. */
  note(known: Known): Sighting {
    return this.#guests.note(known);
  }

  async learn(known: AsyncIterable<Known>): Promise<void> {
    for await (const each of known) this.note(each);
  }
}

interface PartsMost {
  readonly parts: number;
  readonly characters: number;
}

/** Parts by what a record says, least recently heard first: that one is forgotten first. */
class Recent implements Memory {
  readonly #most: PartsMost;
  readonly #keyOf: (known: Known) => string;
  readonly #make: () => Memory;
  readonly #parts = new Map<string, Memory>();
  #latest: { readonly key: string; readonly part: Memory } | undefined;
  characters = 0;

  constructor(most: PartsMost, keyOf: (known: Known) => string, make: () => Memory) {
    this.#most = most;
    this.#keyOf = keyOf;
    this.#make = make;
  }

  note(known: Known): Sighting {
    const key = this.#keyOf(known);
    const part = this.#latest?.key === key ? this.#latest.part : this.#bring(key);
    const before = part.characters;
    const sighting = part.note(known);
    this.characters += part.characters - before;
    while (this.characters > this.#most.characters && this.#parts.size > 1) this.#forget();
    return sighting;
  }

  #bring(key: string): Memory {
    const part = this.#parts.get(key) ?? this.#make();
    this.#parts.delete(key);
    this.#parts.set(key, part);
    this.#latest = { key, part };
    if (this.#parts.size > this.#most.parts) this.#forget();
    return part;
  }

  #forget(): void {
    for (const [key, part] of this.#parts) {
      this.characters -= part.characters;
      this.#parts.delete(key);
      return;
    }
  }
}

/**
 * One boot of a guest. Two generations of numbers: when the younger one is full, the older one is let
 * go of as a whole.
 */
class Boot implements Memory {
  readonly #most: { readonly records: number; readonly characters: number };
  #young: Texts;
  #old: Texts;

  /** `most` is of one generation. */
  constructor(most: { readonly records: number; readonly characters: number }) {
    this.#most = most;
    this.#young = new Texts(most.characters);
    this.#old = new Texts(most.characters);
  }

  get characters(): number {
    return this.#young.held + this.#old.held;
  }

  note({ seq, text }: Known): Sighting {
    const young = this.#young.look(seq, text);
    const sighting = young === 'new' ? this.#old.look(seq, text) : young;
    if (sighting === 'again') return sighting;
    const { records, characters } = this.#most;
    if (this.#young.count >= records || this.#young.size >= characters) this.#age();
    this.#young.keep(seq, text);
    return sighting;
  }

  #age(): void {
    const emptied = this.#old;
    this.#old = this.#young;
    this.#young = emptied;
    emptied.clear();
  }
}

/** The arrival as it is to be stored, or undefined where it was stored before. */
export function unlessAgain<A extends Arrival | OwnArrival>(arrival: A, seen: Seen): A | undefined {
  const { name, boot, seq, text, marks } = arrival;
  if (boot === undefined || seq === undefined) return arrival;
  const sighting = seen.note({ name, boot, seq, text });
  if (sighting === 'again') return undefined;
  if (sighting === 'new') return arrival;
  return { ...arrival, marks: [...marks, `seq ${seq} again, with another text`] };
}
