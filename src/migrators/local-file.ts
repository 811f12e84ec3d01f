/**
 * The file in which a local array keeps its guests: where each is, and which move is under way. A
 * move is over when its time has passed, whoever looks: like a hypervisor's transfer it outlives
 * the one who asked for it. Only the shape and the arithmetic are here, no policy and no I/O but
 * reading and replacing the file.
 */
import type { Clock } from '../core/clock.ts';
import { elapsedMs, type Stamp } from '../core/time.ts';
import { exclusively } from '../system/exclusive.ts';
import { readIfPresent, writeAtomically } from '../system/files.ts';

export interface Guest {
  readonly host: string;
  readonly moving?: Moving;
}

export interface Moving {
  readonly to: string;
  readonly request: string;
  readonly since: Stamp;
  readonly takesMs: number;
  /** It will turn out at its end that the guest stayed where it was. */
  readonly fails?: boolean;
}

export type Guests = ReadonlyMap<string, Guest>;

const VERSION = 1;
const MAX_CHARACTERS = 10_000_000;

/** Throws with a reason for people where the file can't be read or holds something else. */
export async function readGuests(path: string): Promise<Guests> {
  const text = await readIfPresent(path);
  return text === undefined ? new Map() : parseGuests(text, path);
}

/** Changes one guest, while no other process does. `change` gets what the file says of it. */
export function changeGuest<T>(
  path: string,
  vm: string,
  clock: Clock,
  change: (guest: Guest | undefined) => { readonly guest: Guest; readonly result: T },
): Promise<T> {
  return exclusively(path, clock, async () => {
    const guests = await readGuests(path);
    const { guest, result } = change(guests.get(vm));
    await writeAtomically(path, formatGuests(new Map(guests).set(vm, guest)));
    return result;
  });
}

/** What is left of a move, in milliseconds; none when it is over. */
export function leftMs(moving: Moving, now: Stamp): number {
  return Math.max(0, moving.takesMs - elapsedMs(moving.since, now));
}

/** The guest as somebody who looks now sees it. */
export function seen(guest: Guest, now: Stamp): Guest {
  const { host, moving } = guest;
  if (moving === undefined || leftMs(moving, now) > 0) return guest;
  return { host: moving.fails ? host : moving.to };
}

export function formatGuests(guests: Guests): string {
  return `${JSON.stringify({ version: VERSION, vms: Object.fromEntries(guests) }, null, 2)}\n`;
}

function parseGuests(text: string, path: string): Guests {
  const vms = vmsOf(text);
  if (vms === undefined) throw new Error(`${path} is not a file of a local array`);
  const guests = new Map(Object.entries(vms));
  for (const [name, guest] of guests) {
    if (!isGuest(guest)) throw new Error(`${path} says nothing sensible of ${name}`);
  }
  return guests as Map<string, Guest>;
}

function vmsOf(text: string): object | undefined {
  if (text.length > MAX_CHARACTERS) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    if (!isRecord(value) || value['version'] !== VERSION) return undefined;
    return isRecord(value['vms']) ? value['vms'] : undefined;
  } catch {
    return undefined;
  }
}

function isGuest(value: unknown): value is Guest {
  if (!isRecord(value) || !isName(value['host'])) return false;
  return value['moving'] === undefined || isMoving(value['moving']);
}

function isMoving(value: unknown): value is Moving {
  if (!isRecord(value)) return false;
  const { to, request, since, takesMs, fails } = value;
  if (!isName(to) || !isName(request) || !isSpan(takesMs)) return false;
  return isStamp(since) && (fails === undefined || typeof fails === 'boolean');
}

function isStamp(value: unknown): value is Stamp {
  if (!isRecord(value)) return false;
  return isName(value['boot']) && isSpan(value['wallMs']) && isSpan(value['bootMs']);
}

function isSpan(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '';
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
