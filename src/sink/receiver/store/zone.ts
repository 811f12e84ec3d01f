/**
 * A time zone's abbreviation as `date` prints it: CEST, JST, -03. ICU, and so luxon, knows these for
 * a few countries at a time only, so they are read from the zone files (RFC 9636) that `date` reads.
 * Where a machine has none, what ICU knows has to do.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DateTime } from 'luxon';

const FOLDER = '/usr/share/zoneinfo';
const HEADER_BYTES = 44;

/** The names that a zone's times went by. */
export interface ZoneNames {
  /** Of the latest change before `epochS` that set this offset, in seconds east of Greenwich. */
  nameAt(epochS: number, offsetS: number): string | undefined;
}

/** The abbreviation of `time`'s zone at that time. */
export function abbreviation(time: DateTime, names = zoneNames(time.zoneName ?? 'UTC')): string {
  const seconds = Math.floor(time.toSeconds());
  return names?.nameAt(seconds, time.offset * 60) ?? knownToIcu(time);
}

/** What the zone file of an IANA zone says, or undefined where there is no such file. */
export function zoneNames(zone: string): ZoneNames | undefined {
  if (!/^[A-Za-z0-9_+-]+(\/[A-Za-z0-9_+-]+)*$/.test(zone)) return undefined;
  try {
    return parseZoneFile(readFileSync(join(FOLDER, zone)));
  } catch {
    return undefined;
  }
}

/** Throws where the bytes aren't a zone file of version 2 or later. */
export function parseZoneFile(file: Buffer): ZoneNames {
  const counts = countsAt(file, dataEnd(countsAt(file, 0), 4));
  const typesAt = counts.dataAt + counts.times * 8;
  const recordsAt = typesAt + counts.times;
  const lettersAt = recordsAt + counts.types * 6;
  const typeOf = (index: number) => {
    const at = recordsAt + index * 6;
    const letters = lettersAt + file.readUInt8(at + 5);
    return { offsetS: file.readInt32BE(at), name: text(file, letters) };
  };
  const types = Array.from({ length: counts.types }, (_, index) => typeOf(index));
  const changes = Array.from({ length: counts.times }, (_, index) => ({
    atS: Number(file.readBigInt64BE(counts.dataAt + index * 8)),
    type: types[file.readUInt8(typesAt + index)],
  }));
  return { nameAt: (epochS, offsetS) => latestName(changes, types, epochS, offsetS) };
}

interface NamedOffset {
  readonly offsetS: number;
  readonly name: string;
}

function latestName(
  changes: readonly { readonly atS: number; readonly type: NamedOffset | undefined }[],
  types: readonly NamedOffset[],
  epochS: number,
  offsetS: number,
): string | undefined {
  const before = changes.findLast(({ atS, type }) => atS <= epochS && type?.offsetS === offsetS);
  return (before?.type ?? types.find((type) => type.offsetS === offsetS))?.name;
}

function countsAt(file: Buffer, at: number) {
  if (file.toString('latin1', at, at + 4) !== 'TZif') throw new Error('not a zone file');
  const [ut = 0, standard = 0, leaps = 0, times = 0, types = 0, letters = 0] = Array.from(
    { length: 6 },
    (_, index) => file.readUInt32BE(at + 20 + index * 4),
  );
  return { ut, standard, leaps, times, types, letters, dataAt: at + HEADER_BYTES };
}

/** Where the block with these counts ends; a time takes 4 bytes in the first block, 8 in the next. */
function dataEnd(counts: ReturnType<typeof countsAt>, timeBytes: number): number {
  const { ut, standard, leaps, times, types, letters, dataAt } = counts;
  const perTime = timeBytes + 1;
  return dataAt + times * perTime + types * 6 + letters + leaps * (timeBytes + 4) + standard + ut;
}

function text(file: Buffer, at: number): string {
  return file.toString('latin1', at, file.indexOf(0, at));
}

function knownToIcu(time: DateTime): string {
  const short = time.setLocale('en-GB').offsetNameShort ?? '';
  return /^[A-Z]{3,5}$/.test(short) ? short : time.toFormat('ZZZ');
}
