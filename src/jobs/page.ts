/**
 * The page of a queue: one job a line, `grade a = PAYLOAD` as in the thesis, or a JSON object with
 * `grade`, `payload` and perhaps an `id`. Blank lines and lines that begin with `#` are passed
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
}

type Line = JobLine | { readonly problem: string };

/** So many bad lines are told one by one. */
const TOLD_MAX = 10;
const LABEL_MAX = 200;
const NEWLINE = 0x0a;
const RETURN = 0x0d;
const ID_LENGTH = 16;

const GRADE = /^[A-Za-z0-9_-]{1,32}$/;
const THESIS_LINE = /^grade[ \t]+(\S+)[ \t]*=[ \t]*(.*)$/s;
const SURROGATE = /\p{Surrogate}/u;

/** The jobs of a whole page, or why it is none. */
export function parsePage(
  bytes: Buffer,
  maxJobs: number,
): QueuePage | { readonly problem: string } {
  if (bytes.length > 0 && bytes.at(-1) !== NEWLINE) {
    return { problem: 'the page may not be whole: its last line has no line end' };
  }
  const reader = new PageReader(maxJobs);
  let line = 0;
  for (let from = 0; from < bytes.length && !reader.full; ) {
    const end = bytes.indexOf(NEWLINE, from);
    line += 1;
    reader.take(bytes, line, from, bytes[end - 1] === RETURN && end > from ? end - 1 : end);
    from = end + 1;
  }
  if (reader.full) return { problem: `the page has more than ${maxJobs} lines of jobs` };
  return reader.page();
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
  const { id, grade, payload, ...more } = value;
  const [unknown] = Object.keys(more);
  if (unknown !== undefined) return { problem: `has a field ${quoted(unknown)}` };
  if (typeof grade !== 'string' || !GRADE.test(grade)) return { problem: 'has no proper grade' };
  if (typeof payload !== 'string') return { problem: 'has no payload that is a text' };
  if (SURROGATE.test(payload)) return { problem: 'has a payload that is no Unicode' };
  if (id === undefined) return { grade, payload };
  return isLabel(id) ? { grade, payload, label: id } : { problem: 'has no proper id' };
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
