/**
 * Where the guest was, and who brought it there, from the journal. A time for which nobody can
 * tell (the daemon didn't run, no locator knew) counts to the place before it when the guest was
 * found there after it, and is unknown otherwise.
 */
import type { Carried } from '../core/carried.ts';
import type { Ended, Entry } from '../core/entries.ts';
import type { Recorded } from './journal.ts';

export interface Spell {
  readonly fromMs: number;
  readonly toMs: number;
  /** Undefined: nobody can tell. */
  readonly host: string | undefined;
  /** The policy whose request brought it there, or how else it came. */
  readonly by: string;
}

const BY_HAND = 'by hand';
const BY_OTHERS = 'by others';
const FOUND = 'found there';

/** The first look after a start comes at once; a place told later tells of something later. */
const FOUND_WITHIN_MS = 10 * 60_000;

/** Oldest first, without holes between the first record and `nowMs`. */
export function whereabouts(records: readonly Recorded[], nowMs: number): Spell[] {
  const walk = new Walk(beginMs(records[0]) ?? nowMs);
  for (const { entry, at } of records) walk.take(entry, at.wallMs);
  return walk.end(nowMs);
}

/** A journal whose older files are gone still tells since when the guest is where it is. */
function beginMs(first: Recorded | undefined): number | undefined {
  if (first?.entry.type !== 'state') return first?.at.wallMs;
  return Math.min(first.at.wallMs, first.entry.state.place?.since.wallMs ?? Infinity);
}

interface Gap {
  readonly fromMs: number;
  /** When the daemon ran again; absent while it doesn't, and while no locator knows. */
  readonly overMs?: number;
}

class Walk {
  readonly #spells: Spell[] = [];
  #host: string | undefined;
  #by = FOUND;
  #fromMs: number;
  #lastMs: number;
  #gap: Gap | undefined;
  #stopped = false;
  /** Who asked for the request that is open. */
  #asker = BY_HAND;

  constructor(beginMs: number) {
    this.#fromMs = beginMs;
    this.#lastMs = beginMs;
  }

  take(entry: Entry, atMs: number): void {
    this.#closeOldGap(atMs);
    switch (entry.type) {
      case 'stopped':
        this.#stopped = true;
        this.#gap ??= { fromMs: atMs };
        break;
      case 'started':
        // Without `stopped` it was killed, and nobody knows when.
        this.#gap = { fromMs: this.#gap?.fromMs ?? this.#lastMs, overMs: atMs };
        this.#stopped = false;
        break;
      case 'state':
        this.#carried(entry.state, atMs);
        break;
      case 'place-lost':
        this.#gap ??= { fromMs: atMs };
        break;
      case 'place':
        this.#found(entry.host, FOUND, atMs);
        break;
      case 'moved-by-other':
        this.#found(entry.to, BY_OTHERS, atMs);
        break;
      case 'cloned':
      case 'taken-back':
        this.#found(entry.host, FOUND, atMs);
        break;
      case 'intended':
        this.#asker = entry.policy ?? BY_HAND;
        break;
      case 'outcome':
        this.#ended(entry, atMs);
        break;
    }
    this.#lastMs = Math.max(this.#lastMs, atMs);
  }

  /** A gap whose end is open when the records end stays unknown. */
  end(nowMs: number): Spell[] {
    this.#closeOldGap(nowMs);
    if (this.#gap && this.#gap.overMs === undefined) this.#goTo(undefined, FOUND, this.#gap.fromMs);
    this.#goTo(undefined, FOUND, nowMs);
    return this.#spells;
  }

  /** By whom it came is told by older files alone. */
  #carried({ place, lost, request }: Carried, atMs: number): void {
    if (place) this.#found(place.host, FOUND, Math.min(place.since.wallMs, atMs));
    if (lost) this.#gap ??= { fromMs: atMs };
    if (request) this.#asker = request.policy ?? BY_HAND;
  }

  #ended({ outcome, host }: Ended, atMs: number): void {
    if (outcome === 'confirmed' && host !== undefined) this.#found(host, this.#asker, atMs);
    if (outcome === 'failed' && host === this.#host) this.#gap = undefined;
    if (outcome === 'abandoned') this.#goTo(undefined, FOUND, atMs);
  }

  /** Seen at the same place, or at none other soon after a start, it hadn't been elsewhere. */
  #closeOldGap(atMs: number): void {
    const { overMs } = this.#gap ?? {};
    if (overMs !== undefined && atMs - overMs > FOUND_WITHIN_MS) this.#gap = undefined;
  }

  #found(host: string, by: string, atMs: number): void {
    if (host !== this.#host && this.#gap) this.#goTo(undefined, FOUND, this.#gap.fromMs);
    if (host !== this.#host) this.#goTo(host, by, atMs);
    if (!this.#stopped) this.#gap = undefined;
  }

  #goTo(host: string | undefined, by: string, atMs: number): void {
    const toMs = Math.max(this.#fromMs, atMs);
    const spell = { fromMs: this.#fromMs, toMs, host: this.#host, by: this.#by };
    if (toMs > this.#fromMs) this.#spells.push(spell);
    this.#host = host;
    this.#by = by;
    this.#fromMs = toMs;
  }
}
