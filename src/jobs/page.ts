/**
 * The page of a queue: one job a line, `grade a = PAYLOAD` as in the thesis, or a JSON object with
 * `grade`, `payload` and perhaps an `id` and when it was `added`. Blank lines and lines that begin with `#` are passed
 * over. What isn't a job is counted and set aside; nothing on a page is ever run here.
 */
import { createHash } from 'node:crypto';
import { quoted } from '../core/text.ts';

/** A job's place on its page; the payload stays there until the job is run. */
export interface Job {
  /**
   * Of its line's text, and of how many equal lines stand above it: an edited page leaves the
   * other jobs as they were.
   */
  readonly id: string;
  /** Counted from 1. */
  readonly line: number;
  readonly grade: string;
  /** The id that the page gives it. */
  readonly label?: string;
  /** Its line lies between these bytes, the line's end left out. */
  readonly from: number;
  readonly to: number;
}

export interface BadLine {
  readonly line: number;
  readonly problem: string;
}

export interface QueuePage {
  readonly jobs: readonly Job[];
  /** How many lines aren't jobs, and the first of them. */
  readonly badLines: number;
  readonly bad: readonly BadLine[];
}

export interface JobLine {
  readonly grade: string;
  readonly payload: string;
  readonly label?: string;
  /** When it was put on the page, where the page says so: ms since the epoch. */
  readonly addedMs?: number;
}

type Line = JobLine | { readonly problem: string };

/** So many bad lines are told one by one. */
const TOLD_MAX = 10;
const LABEL_MAX = 200;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const ID_LENGTH = 16;

export const GRADE = /^[A-Za-z0-9_-]{1,32}$/;
const THESIS_LINE = /^grade[ \t]+([^\s=]+)[ \t]*=[ \t]*(.*)$/s;
const SURROGATE = /\p{Surrogate}/u;
/** RFC 3339. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/;
/** As servers call a text whose name tells them nothing, too. */
const TYPES: ReadonlySet<string> = new Set([
  '',
  'text/plain',
  'application/json',
  'application/jsonl',
  'application/x-ndjson',
  'application/octet-stream',
]);

/** Whether a page of this media type may be one of jobs: a log-in page, say, is none. */
export function isPageType(type: string): boolean {
  return TYPES.has(type);
}

/** The jobs of a whole page, or why it is none. */
export function parsePage(
  bytes: Buffer,
  maxJobs: number,
): QueuePage | { readonly problem: string } {
  const torn = whyTorn(bytes);
  if (torn !== undefined) return { problem: torn };
  const reader = new PageReader(maxJobs);
  for (const { line, from, to } of linesOf(bytes)) {
    reader.take(bytes, line, from, to);
    if (reader.full) return { problem: tooMany(maxJobs) };
  }
  return reader.page();
}

/** Why these bytes may be half a page. */
export function whyTorn(bytes: Buffer): string | undefined {
  if (bytes.length === 0 || bytes.at(-1) === NEWLINE) return undefined;
  return 'the page may not be whole: its last line has no line end';
}

export function tooMany(maxJobs: number): string {
  return `the page has more than ${maxJobs} lines of jobs`;
}

/** The whole lines of a page, counted from 1, each without its end. */
export function* linesOf(bytes: Buffer): Generator<Pick<Job, 'line' | 'from' | 'to'>> {
  let line = 0;
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(NEWLINE, from);
    if (end === -1) return;
    line += 1;
    yield { line, from, to: bytes[end - 1] === RETURN && end > from ? end - 1 : end };
    from = end + 1;
  }
}

class PageReader {
  readonly #maxJobs: number;
  readonly #jobs: Job[] = [];
  readonly #bad: BadLine[] = [];
  /** How often a line was seen so far. */
  readonly #seen = new Map<string, number>();
  #badLines = 0;

  constructor(maxJobs: number) {
    this.#maxJobs = maxJobs;
  }

  get full(): boolean {
    return this.#jobs.length + this.#badLines > this.#maxJobs;
  }

  take(bytes: Buffer, line: number, from: number, to: number): void {
    const text = bytes.subarray(from, to);
    const read = parseLine(text);
    if (read === undefined) return;
    if ('problem' in read) this.#setAside({ line, problem: read.problem });
    else {
      const { grade, label } = read;
      this.#jobs.push({
        ...{ id: this.#idOf(text), line, grade, from, to },
        ...(label === undefined ? {} : { label }),
      });
    }
  }

  page(): QueuePage {
    return { jobs: this.#jobs, badLines: this.#badLines, bad: this.#bad };
  }

  #setAside(bad: BadLine): void {
    this.#badLines += 1;
    if (this.#bad.length < TOLD_MAX) this.#bad.push(bad);
  }

  #idOf(text: Buffer): string {
    const digest = createHash('sha256').update(text).digest('hex').slice(0, ID_LENGTH);
    const times = (this.#seen.get(digest) ?? 0) + 1;
    this.#seen.set(digest, times);
    return times === 1 ? digest : `${digest}.${times}`;
  }
}

/** One line without its end; undefined where there is nothing on it. */
export function parseLine(bytes: Buffer): Line | undefined {
  const text = decoded(bytes);
  if (text === undefined) return { problem: 'is no UTF-8' };
  const trimmed = text.trim();
  if (trimmed === '' || trimmed.startsWith('#')) return undefined;
  return trimmed.startsWith('{') ? parseObject(trimmed) : parseThesisLine(trimmed);
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decoded(bytes: Buffer): string | undefined {
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function parseThesisLine(text: string): Line {
  const [, grade = '', payload = ''] = THESIS_LINE.exec(text) ?? [];
  if (grade === '') return { problem: `${quoted(text)} is not a job such as: grade a = 2+2` };
  if (!GRADE.test(grade)) return { problem: `${quoted(grade)} is not a grade` };
  return payload === '' ? { problem: 'has no payload' } : { grade, payload };
}

function parseObject(text: string): Line {
  const value = json(text);
  if (value === undefined) return { problem: `${quoted(text)} is not JSON` };
  const { id, grade, payload, added, ...more } = value;
  const [unknown] = Object.keys(more);
  if (unknown !== undefined) return { problem: `has a field ${quoted(unknown)}` };
  if (typeof grade !== 'string' || !GRADE.test(grade)) return { problem: 'has no proper grade' };
  if (typeof payload !== 'string') return { problem: 'has no payload that is a text' };
  if (SURROGATE.test(payload)) return { problem: 'has a payload that is no Unicode' };
  if (id !== undefined && !isLabel(id)) return { problem: 'has no proper id' };
  const addedMs = momentOf(added);
  if (added !== undefined && addedMs === undefined) return { problem: NO_MOMENT };
  return {
    ...{ grade, payload },
    ...(id === undefined ? {} : { label: id }),
    ...(addedMs === undefined ? {} : { addedMs }),
  };
}

const NO_MOMENT = 'has no proper time for added, such as 2026-11-21T10:04:55Z';

/** `Date.parse` takes 31 February for 3 March. */
function momentOf(text: unknown): number | undefined {
  if (typeof text !== 'string' || !MOMENT.test(text)) return undefined;
  const day = text.slice(0, 10);
  const midnight = Date.parse(`${day}T00:00:00Z`);
  if (Number.isNaN(midnight) || !new Date(midnight).toISOString().startsWith(day)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
}

function isLabel(id: unknown): id is string {
  return typeof id === 'string' && id !== '' && id.length <= LABEL_MAX && !SURROGATE.test(id);
}

function json(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}
