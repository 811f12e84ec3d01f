/**
 * A trace as CSV (DESIGN.md §10): `time,PROBE[,PROBE…]`, or the history files' own columns. Lines in,
 * readings to the collector. Our own splitter, since a library tells no line numbers, and has to
 * be told every rule by which these cells are simpler: no cell holds a line break.
 */
import { quoted } from '../../core/text.ts';
import { type Collector, traceError } from './collector.ts';
import { parseInstant } from './instants.ts';

const HISTORY = 'time,probe,value,unit,host';
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

type TakeLine = (cells: readonly string[], place: () => string) => void;

/** For the lines of one file, in their order, without their ends; the first is the header. */
export class TraceParser {
  readonly #file: string;
  readonly #collector: Collector;
  #take: TakeLine | undefined;
  #line = 0;

  constructor(file: string, collector: Collector) {
    this.#file = file;
    this.#collector = collector;
  }

  line(text: string): void {
    this.#line += 1;
    if (text === '') return;
    const cells = splitCells(text);
    if (!cells) throw this.#wrong('a quote isn’t closed in this line: a cell holds no line break');
    if (this.#take) this.#take(cells, this.#place);
    else this.#take = this.#header(cells.map((cell) => cell.trim()));
  }

  /** To be called behind the last line. */
  end(): void {
    if (!this.#take) throw traceError(this.#file, 'is empty: its first line must be time,PROBE');
  }

  readonly #place = () => `${this.#file}:${this.#line}`;

  #wrong(problem: string) {
    return traceError(this.#place(), problem);
  }

  #header(names: readonly string[]): TakeLine {
    const [time, ...probes] = names;
    if (names.join(',') === HISTORY) return storedLines(this.#collector);
    if (time !== 'time') throw this.#wrong(headerRemedy(names));
    if (probes.length === 0) throw this.#wrong('no column beside time: the header is time,PROBE');
    if (probes.includes('')) throw this.#wrong('a column has no name');
    const twice = probes.find((name, index) => probes.indexOf(name) !== index);
    if (twice !== undefined) throw this.#wrong(`two columns are named ${quoted(twice)}`);
    return wideLines(probes, this.#collector);
  }
}

function headerRemedy(names: readonly string[]): string {
  const [first = ''] = names;
  if (names.length === 1 && /[;\t|]/.test(first)) return 'cells must be parted by commas';
  return `the first line must be time,PROBE[,PROBE…]; it begins with ${quoted(first)}`;
}

/** The cells of a line; undefined where a quote isn't closed. */
export function splitCells(line: string): string[] | undefined {
  if (!line.includes('"')) return line.split(',');
  const cells: string[] = [];
  for (let from = 0; from <= line.length; ) {
    const quotedCell = line[from] === '"';
    const end = quotedCell ? closingQuote(line, from) + 1 : commaFrom(line, from);
    if (end === 0 || (end < line.length && line[end] !== ',')) return undefined;
    const cell = quotedCell
      ? line.slice(from + 1, end - 1).replaceAll('""', '"')
      : line.slice(from, end);
    cells.push(cell);
    from = end + 1;
  }
  return cells;
}

function commaFrom(line: string, from: number): number {
  const comma = line.indexOf(',', from);
  return comma === -1 ? line.length : comma;
}

/** -1 where there is none; two in a row are one that belongs to the cell. */
function closingQuote(line: string, from: number): number {
  let at = line.indexOf('"', from + 1);
  while (at !== -1 && line[at + 1] === '"') at = line.indexOf('"', at + 2);
  return at;
}

/** A row holds a cell for each probe; an empty one is a missing reading. */
function wideLines(probes: readonly string[], collector: Collector): TakeLine {
  const known = probes.map((probe) => collector.knows(probe));
  let lastMs = -Infinity;
  return (cells, place) => {
    if (cells.length !== probes.length + 1) throw traceError(place(), countProblem(cells, probes));
    const time = parseInstant((cells[0] ?? '').trim());
    if (!time.ok) throw traceError(place(), `time: ${time.problem}`);
    if (time.value === lastMs) throw traceError(place(), 'time: is that of the line above');
    lastMs = time.value;
    for (let i = 0; i < probes.length; i += 1) {
      const probe = probes[i] ?? '';
      const value = parseValue(cells[i + 1] ?? '', probe, place);
      const wrong = known[i] ? collector.add(probe, time.value, value) : undefined;
      if (wrong !== undefined) throw traceError(place(), `time: ${wrong}`);
    }
  };
}

function countProblem(cells: readonly string[], probes: readonly string[]): string {
  const n = cells.length;
  return `${n} ${n === 1 ? 'cell' : 'cells'}, but the header names ${probes.length + 1} columns`;
}

function parseValue(cell: string, probe: string, place: () => string): number | undefined {
  const text = cell.trim();
  if (text === '') return undefined;
  const value = NUMBER.test(text) ? Number(text) : Number.NaN;
  if (Number.isFinite(value)) return value;
  const remedy = 'leave the cell empty where a reading is missing';
  throw traceError(place(), `${probe}: ${quoted(text)} is not a number; ${remedy}`);
}

/** What the daemon stored. A kill may have torn a line: it is left out, and said. */
function storedLines(collector: Collector): TakeLine {
  return (cells, place) => {
    const [time = '', probe = '', value = ''] = cells;
    const at = parseInstant(time);
    const number = value === '' ? undefined : Number(value);
    const isNumber = number === undefined || Number.isFinite(number);
    const whole = cells.length === 5 && at.ok && probe !== '' && isNumber;
    if (!whole) return collector.leaveOut(place());
    if (collector.knows(probe)) collector.addStored(probe, at.value, number);
  };
}
