/**
 * Recognises a record that is sent again (DESIGN.md §8): of the same name, with the same boot, seq and
 * text as one that was stored. The same number with another text is another record, of a guest that was
 * rolled back or one that plays another. It holds the texts themselves, so that nobody can make up one
 * that passes for another's; that is why it is bounded, and forgets whom it heard least recently.
 */
import type { Arrival } from './arrival.ts';
import { Texts } from './texts.ts';

/** What a stored record is known by. */
export interface Known {
  readonly name: string;
  readonly boot: string;
  readonly seq: number;
  readonly text: string;
}

export interface SeenLimits {
  /** How many records of one boot of a guest are known at least, where there is room in all. */
  readonly perGuest: number;
  /** Boots of guests. */
  readonly guests: number;
  /** Characters of texts, in all. */
  readonly characters: number;
}

export const SEEN_LIMITS: SeenLimits = {
  perGuest: 16_384,
  guests: 4096,
  characters: 64 * 1024 * 1024,
};

export type Sighting = 'new' | 'again' | 'another';

/** One guest can take half of what is held in all. */
const GENERATIONS_IN_ALL = 4;

export class Seen {
  readonly #limits: SeenLimits;
  /** By name and boot, least recently heard first. */
  readonly #guests = new Map<string, Guest>();
  #latest: Guest | undefined;
  #characters = 0;

  constructor(limits: SeenLimits = SEEN_LIMITS) {
    this.#limits = limits;
  }

  /** What this record is to those known; from now on it is one of them. */
  note({ name, boot, seq, text }: Known): Sighting {
    const guest = this.#latest?.is(name, boot) ? this.#latest : this.#guest(name, boot);
    const before = guest.characters;
    const sighting = guest.note(seq, text);
    this.#characters += guest.characters - before;
    while (this.#characters > this.#limits.characters && this.#guests.size > 1) this.#forget();
    return sighting;
  }

  /** How much is held, as the limit counts it. */
  get characters(): number {
    return this.#characters;
  }

  async learn(known: AsyncIterable<Known>): Promise<void> {
    for await (const each of known) this.note(each);
  }

  #guest(name: string, boot: string): Guest {
    const key = `${name} ${boot}`;
    const guest = this.#guests.get(key) ?? new Guest(name, boot, this.#limits);
    this.#guests.delete(key);
    this.#guests.set(key, guest);
    this.#latest = guest;
    if (this.#guests.size > this.#limits.guests) this.#forget();
    return guest;
  }

  #forget(): void {
    for (const [key, guest] of this.#guests) {
      this.#characters -= guest.characters;
      this.#guests.delete(key);
      return;
    }
  }
}

/**
 * One boot of a guest. Two generations of numbers: when the younger one is full, the older one is let
 * go of as a whole.
 */
class Guest {
  readonly #name: string;
  readonly #boot: string;
  readonly #most: { readonly records: number; readonly characters: number };
  #young = new Texts();
  #old = new Texts();

  constructor(name: string, boot: string, { perGuest, characters }: SeenLimits) {
    this.#name = name;
    this.#boot = boot;
    this.#most = { records: perGuest, characters: characters / GENERATIONS_IN_ALL };
  }

  get characters(): number {
    return this.#young.size + this.#old.size;
  }

  is(name: string, boot: string): boolean {
    return this.#name === name && this.#boot === boot;
  }

  note(seq: number, text: string): Sighting {
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
export function unlessAgain(arrival: Arrival, seen: Seen): Arrival | undefined {
  const { name, boot, seq, text, marks } = arrival;
  if (boot === undefined || seq === undefined) return arrival;
  const sighting = seen.note({ name, boot, seq, text });
  if (sighting === 'again') return undefined;
  if (sighting === 'new') return arrival;
  return { ...arrival, marks: [...marks, `seq ${seq} again, with another text`] };
}
