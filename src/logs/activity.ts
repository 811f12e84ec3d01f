/**
 * What a log comes to: who asked how often, and who was where (the thesis's figures 4.1, 4.3, 4.4 and
 * 4.6). It is made of lines in order of time, and holds no line itself.
 */
import { fieldOf, type LogLine } from './record.ts';

export interface Stay {
  readonly host: string;
  readonly fromMs: number;
  readonly toMs: number;
}

export interface GuestActivity {
  readonly name: string;
  /** When each request was made, in order. */
  readonly requestsMs: readonly number[];
  readonly failed: number;
  /** One after the other; gaps are times when nobody knew. */
  readonly stays: readonly Stay[];
}

export interface Activity {
  readonly fromMs: number;
  readonly toMs: number;
  /** By name, numbers in their order: nii2 before nii10. */
  readonly guests: readonly GuestActivity[];
  /** Every host that a guest was at, in the same order. */
  readonly hosts: readonly string[];
  /** Guests whose lines weren't taken in: there were more than a sink of ours has. */
  readonly left: number;
}

const HOUR_MS = 3_600_000;
/** Names are what clients say: a hostile one could think of any number. */
const GUESTS_MAX = 2000;
const STAYS_MAX = 500_000;

interface Guest {
  readonly name: string;
  readonly requestsMs: number[];
  readonly stays: Stay[];
  failed: number;
  beganMs: number;
  host: string | undefined;
  sinceMs: number;
}

export class ActivityOf {
  readonly #guests = new Map<string, Guest>();
  #left = new Set<string>();
  #stays = 0;
  #fromMs = Infinity;
  #toMs = -Infinity;

  take(line: LogLine): void {
    const { timeMs, name } = line;
    if (timeMs === undefined || name === '') return;
    this.#fromMs = Math.min(this.#fromMs, timeMs);
    this.#toMs = Math.max(this.#toMs, timeMs);
    const guest = this.#guestOf(name, timeMs);
    if (!guest) return;
    if (line.event === 'request') guest.requestsMs.push(timeMs);
    if (line.event === 'failed') guest.failed += 1;
    this.#place(guest, line, timeMs);
  }

  /** Up to the last line: a guest stays where it was seen last. Of no lines at all an empty span. */
  whole(): Activity {
    const empty = this.#guests.size === 0;
    const toMs = empty ? 0 : this.#toMs;
    const guests = [...this.#guests.values()].map((guest) => closed(guest, toMs));
    const hosts = new Set(guests.flatMap(({ stays }) => stays.map(({ host }) => host)));
    return {
      fromMs: empty ? 0 : this.#fromMs,
      toMs,
      guests: guests.toSorted((a, b) => byName(a.name, b.name)),
      hosts: [...hosts].toSorted(byName),
      left: this.#left.size,
    };
  }

  #guestOf(name: string, timeMs: number): Guest | undefined {
    const known = this.#guests.get(name);
    if (known) return known;
    if (this.#guests.size >= GUESTS_MAX) {
      if (this.#left.size < GUESTS_MAX) this.#left.add(name);
      return undefined;
    }
    const guest = { name, requestsMs: [], stays: [], failed: 0, beganMs: timeMs };
    const fresh = { ...guest, host: undefined, sinceMs: timeMs };
    this.#guests.set(name, fresh);
    return fresh;
  }

  /** What a line tells of where the guest was before it, and where it is now. */
  #place(guest: Guest, line: LogLine, timeMs: number): void {
    const { before, now } = placesIn(line);
    if (before !== undefined && guest.stays.length === 0 && guest.host === undefined) {
      // Nobody said so till now, but where it left from it was.
      guest.host = before;
      guest.sinceMs = guest.beganMs;
    }
    if (now === undefined || now === (guest.host ?? '')) return;
    this.#leave(guest, timeMs);
    guest.host = now === '' ? undefined : now;
    guest.sinceMs = timeMs;
  }

  #leave(guest: Guest, timeMs: number): void {
    const { host, sinceMs } = guest;
    if (host === undefined || timeMs <= sinceMs || this.#stays >= STAYS_MAX) return;
    guest.stays.push({ host, fromMs: sinceMs, toMs: timeMs });
    this.#stays += 1;
  }
}

interface Places {
  readonly before?: string | undefined;
  /** `''`: nobody knows. */
  readonly now?: string | undefined;
}

function placesIn(line: LogLine): Places {
  const { event, text } = line;
  const from = fieldOf(line, 'from');
  switch (event) {
    case 'moved':
      return { before: from, now: /\b[Aa]rrived at (\S+?)(?: after \d+ s.*)?$/.exec(text)?.[1] };
    case 'place':
      return { now: placeOf(/^Now using (\S+)$/.exec(text)?.[1], line) };
    case 'unconfirmed':
      return { now: '' };
    case 'failed':
      return text.startsWith('Move to') ? { before: from, now: from } : { now: '' };
    case 'request':
      return { before: from, now: from };
    case 'clone':
      return { before: from };
    default:
      return {};
  }
}

/** A project of MLN, `nii3.2.mln`, stands for the host that its name ends in. */
function placeOf(used: string | undefined, { name }: LogLine): string | undefined {
  if (used === undefined) return undefined;
  const own = used.startsWith(`${name}.`) && used.endsWith('.mln');
  return own ? used.slice(name.length + 1, -'.mln'.length) || used : used;
}

function closed(guest: Guest, toMs: number): GuestActivity {
  const { name, requestsMs, failed, host, sinceMs } = guest;
  const last = host !== undefined && toMs > sinceMs ? [{ host, fromMs: sinceMs, toMs }] : [];
  return { name, requestsMs, failed, stays: [...guest.stays, ...last] };
}

const COLLATOR = new Intl.Collator('en', { numeric: true });

function byName(a: string, b: string): number {
  return COLLATOR.compare(a, b);
}

/** Requests in each hour of the clock, from the one in which the span begins. */
export function hourly(timesMs: readonly number[], { fromMs, toMs }: Activity): number[] {
  const first = Math.floor(fromMs / HOUR_MS);
  const counts = Array.from({ length: hoursOf(first, toMs) }, () => 0);
  for (const ms of timesMs) {
    const index = Math.floor(ms / HOUR_MS) - first;
    if (index >= 0 && index < counts.length) counts[index] = (counts[index] ?? 0) + 1;
  }
  return counts;
}

/** A file with one line of another century doesn't ask for an array of its hours. */
const HOURS_MAX = 200_000;

function hoursOf(first: number, toMs: number): number {
  return Math.min(HOURS_MAX, Math.max(1, Math.floor(toMs / HOUR_MS) - first + 1));
}

/** Host → how many guests it had on average in each of `n` equal parts of the span. */
export function occupancy(
  { fromMs, toMs, guests, hosts }: Activity,
  n: number,
): Map<string, number[]> {
  const partMs = Math.max(1, toMs - fromMs) / n;
  const sums = new Map(hosts.map((host) => [host, Array.from({ length: n }, () => 0)]));
  for (const { stays } of guests) {
    for (const stay of stays) addStay(sums.get(stay.host) ?? [], stay, fromMs, partMs);
  }
  return sums;
}

function addStay(sums: number[], stay: Stay, fromMs: number, partMs: number): void {
  const [begin, end] = [(stay.fromMs - fromMs) / partMs, (stay.toMs - fromMs) / partMs];
  const last = Math.min(sums.length - 1, Math.floor(end));
  for (let part = Math.max(0, Math.floor(begin)); part <= last; part += 1) {
    const share = Math.min(end, part + 1) - Math.max(begin, part);
    sums[part] = (sums[part] ?? 0) + share;
  }
}
