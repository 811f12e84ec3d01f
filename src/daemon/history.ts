/**
 * Every reading, in one CSV file a day (DESIGN.md §8): `time,probe,value,unit,host`, an empty value
 * is a missing reading. It is what counts are made from after a restart, and what `simulate` reads.
 */
import {
  closeSync,
  existsSync,
  fstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
} from 'node:fs';
import { join } from 'node:path';
import { isPresent, type Reading } from '../core/words.ts';
import { appendWhole } from '../system/files.ts';

const HEADER = 'time,probe,value,unit,host';

/** A stored reading; only wall time is kept. */
export interface Row {
  readonly wallMs: number;
  readonly probe: string;
  readonly value: number | undefined;
}

export class History {
  readonly #folder: string;
  readonly #days: number;
  #today: Today | undefined;

  constructor(stateFolder: string, days: number) {
    this.#folder = join(stateFolder, 'history');
    this.#days = days;
    mkdirSync(this.#folder, { recursive: true, mode: 0o750 });
  }

  /** Throws when the disk refuses. */
  append(reading: Reading, unit: string, host: string | undefined): void {
    const time = new Date(reading.at.wallMs).toISOString();
    const today = this.#on(time.slice(0, 10));
    const value = isPresent(reading) ? String(reading.value) : '';
    const line = [time, reading.probe, value, cell(unit), host ?? ''].join(',');
    today.bytes = appendWhole(today.fd, today.bytes, Buffer.from(`${line}\n`));
  }

  close(): void {
    if (this.#today) closeSync(this.#today.fd);
    this.#today = undefined;
  }

  rowsSince(sinceMs: number): Row[] {
    return readRows(this.#folder, sinceMs);
  }

  /** The same a day at a time, so that months of them aren't held at once. */
  *eachSince(sinceMs: number): Generator<Row> {
    const first = dayOf(sinceMs);
    for (const day of days(this.#folder).filter((day) => day >= first)) {
      for (const row of readDay(this.#path(day))) if (row.wallMs >= sinceMs) yield row;
    }
  }

  /** Files beyond the number of days go: by number, so that a wrong clock can't empty the folder. */
  #on(day: string): Today {
    if (this.#today?.day === day) return this.#today;
    this.close();
    this.#today = openDay(day, this.#path(day));
    const files = days(this.#folder);
    for (const old of files.slice(0, Math.max(0, files.length - this.#days)))
      rmSync(this.#path(old));
    return this.#today;
  }

  #path(day: string): string {
    return join(this.#folder, `${day}.csv`);
  }
}

/** The file that is written to: kept open, since it takes a line for each reading. */
interface Today {
  readonly day: string;
  readonly fd: number;
  bytes: number;
}

/** With a header, and whole lines alone. */
function openDay(day: string, path: string): Today {
  const torn = hasContent(path) && !endsInNewline(path);
  const fd = openSync(path, 'a', 0o640);
  try {
    const { size } = fstatSync(fd);
    const needed = size === 0 ? `${HEADER}\n` : torn ? '\n' : '';
    return { day, fd, bytes: appendWhole(fd, size, Buffer.from(needed)) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** The same for those who only read; a folder that isn't there holds nothing. */
export function storedRows(stateFolder: string, sinceMs: number, untilMs: number): Row[] {
  const folder = join(stateFolder, 'history');
  return existsSync(folder) ? readRows(folder, sinceMs, untilMs) : [];
}

/**
 * The rows from `sinceMs` to `untilMs`, in the order in which they were written. Only those after
 * the last step backwards of the wall clock: earlier ones can't be told apart in time.
 */
function readRows(folder: string, sinceMs: number, untilMs = Infinity): Row[] {
  const first = dayOf(sinceMs);
  const last = untilMs === Infinity ? '9999' : dayOf(untilMs);
  const wanted = days(folder).filter((day) => day >= first && day <= last);
  const all = wanted.flatMap((day) => readDay(join(folder, `${day}.csv`)));
  const rows = all.filter(({ wallMs }) => wallMs <= untilMs);
  const back = rows.findLastIndex((row, i) => i > 0 && row.wallMs < (rows[i - 1]?.wallMs ?? 0));
  return rows.slice(Math.max(0, back)).filter(({ wallMs }) => wallMs >= sinceMs);
}

/** The days that there are files of, oldest first. */
function days(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => /^\d{4}-\d\d-\d\d\.csv$/.test(name));
  return names.map((name) => name.slice(0, 10)).sort();
}

function dayOf(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(0, 10);
}

/** Names can't hold a comma; a unit that does would need quotes that nobody expects here. */
function cell(text: string): string {
  return text.replace(/[",\r\n]/g, ' ');
}

function hasContent(path: string): boolean {
  return (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > 0;
}

function endsInNewline(path: string): boolean {
  return readFileSync(path).at(-1) === 0x0a;
}

function readDay(path: string): Row[] {
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.map(parseRow).filter((row) => row !== undefined);
}

/** A torn or foreign line gives undefined. */
export function parseRow(line: string): Row | undefined {
  const cells = line.split(',');
  const [time = '', probe = '', text = ''] = cells;
  const wallMs = Date.parse(time);
  if (cells.length !== 5 || Number.isNaN(wallMs) || probe === '') return undefined;
  const value = text === '' ? undefined : Number(text);
  if (value !== undefined && !Number.isFinite(value)) return undefined;
  return { wallMs, probe, value };
}
