/**
 * Every reading, in one CSV file a day (DESIGN.md §8): `time,probe,value,unit,host`, an empty value
 * is a missing reading. It is what counts are made from after a restart, and what `simulate` reads.
 */
import { appendFileSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isPresent, type Reading } from '../core/words.ts';

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
  #day = '';

  constructor(stateFolder: string, days: number) {
    this.#folder = join(stateFolder, 'history');
    this.#days = days;
    mkdirSync(this.#folder, { recursive: true, mode: 0o750 });
  }

  /** Throws when the disk refuses. */
  append(reading: Reading, unit: string, host: string | undefined): void {
    const time = new Date(reading.at.wallMs).toISOString();
    const day = time.slice(0, 10);
    if (day !== this.#day) this.#begin(day);
    const value = isPresent(reading) ? String(reading.value) : '';
    const line = [time, reading.probe, value, cell(unit), host ?? ''].join(',');
    appendFileSync(this.#path(day), `${line}\n`);
  }

  /**
   * The rows of the days since `sinceMs`, in the order in which they were written. Only those
   * after the last step backwards of the wall clock: earlier ones can't be told apart in time.
   */
  rowsSince(sinceMs: number): Row[] {
    const first = new Date(sinceMs).toISOString().slice(0, 10);
    const days = this.#files().filter((day) => day >= first);
    const rows = days.flatMap((day) => readDay(this.#path(day)));
    const back = rows.findLastIndex((row, i) => i > 0 && row.wallMs < (rows[i - 1]?.wallMs ?? 0));
    return rows.slice(Math.max(0, back)).filter(({ wallMs }) => wallMs >= sinceMs);
  }

  /** Files beyond the number of days go: by number, so that a wrong clock can't empty the folder. */
  #begin(day: string): void {
    const path = this.#path(day);
    if (!hasContent(path)) appendFileSync(path, `${HEADER}\n`, { mode: 0o640 });
    else if (!endsInNewline(path)) appendFileSync(path, '\n');
    this.#day = day;
    const days = this.#files();
    for (const old of days.slice(0, Math.max(0, days.length - this.#days))) rmSync(this.#path(old));
  }

  #files(): string[] {
    const names = readdirSync(this.#folder).filter((name) => /^\d{4}-\d\d-\d\d\.csv$/.test(name));
    return names.map((name) => name.slice(0, 10)).sort();
  }

  #path(day: string): string {
    return join(this.#folder, `${day}.csv`);
  }
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
