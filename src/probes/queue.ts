/**
 * How many jobs wait on a queue's page, or for how long the oldest has waited. It looks at the page
 * that nobody has claimed, and claims nothing; what is a job, the jobs room's parser decides.
 */
import { httpUrl, listOf } from '../core/option-shapes.ts';
import { choice, integer, pattern, sizeWithin } from '../core/option-types.ts';
import { type OptionsOf, type OptionType, option, optional, required } from '../core/options.ts';
import { formatSpan } from '../core/text.ts';
import { GRADE, isPageType, linesOf, parseLine, tooMany, whyTorn } from '../jobs/page.ts';
import { oneLine } from '../system/said.ts';
import { PAGE_OPTIONS, type Page, PageReader, rawPage, refusal } from './http-page.ts';
import {
  type Measurement,
  type Probe,
  type ProbeContext,
  type ProbeKind,
  withRaw,
} from './probe.ts';

const gradeName = pattern(GRADE, 'a grade such as a');

/** `a` and `grade a` are one grade, as in bigjobs. */
const grade: OptionType<string> = {
  name: 'grade',
  parse: (text) => gradeName.parse(text.replace(/^grade\s+/, '')),
};

const options = {
  url: required(httpUrl, {
    example: 'https://ci.example.org/builds',
    help: "The queue's page, one job a line. It is only read, never claimed.",
  }),
  measure: option(choice('count', 'age'), 'count', {
    help: 'count: how many jobs wait; age: for how long the oldest has, by the time in added =, which each job must tell.',
  }),
  grade: optional(listOf(grade), {
    example: 'a',
    help: 'Only jobs of this grade, or of these, with commas; all by default.',
  }),
  ...PAGE_OPTIONS,
  max_size: option(sizeWithin({ min: 1, max: 64 * 2 ** 20 }), '16M', {
    help: 'A larger page is no reading.',
  }),
  max_jobs: option(integer({ min: 1, max: 1_000_000 }), '100000', {
    help: 'A page with more lines than this is no reading.',
  }),
};

type Options = OptionsOf<typeof options>;
type Counting = Pick<Options, 'measure' | 'grade' | 'max_jobs'>;

export const queue: ProbeKind<typeof options> = {
  kind: 'queue',
  help: 'The jobs that wait on the page of a queue: their number, or the age of the oldest.',
  worse: () => 'high',
  options,
  unit: ({ measure }) => (measure === 'age' ? 's' : 'jobs'),
  open: (chosen, context) => new QueueProbe(chosen, context),
};

class QueueProbe implements Probe {
  readonly #options: Options;
  readonly #context: ProbeContext;
  readonly #pages: PageReader;

  constructor(chosen: Options, context: ProbeContext) {
    this.#options = chosen;
    this.#context = context;
    this.#pages = new PageReader(chosen.url, chosen, context);
  }

  async read(signal: AbortSignal): Promise<Measurement> {
    const page = await this.#pages.read(signal);
    if ('failed' in page) return { missing: page.failed };
    // There is no page now: nobody has put one there since the last was claimed.
    if (page.status === 404) return { value: 0, raw: '404: there is no page, so no job waits' };
    const measured = measure(page, this.#options, this.#context.clock.now().wallMs);
    return withRaw(measured, () => rawPage(page));
  }

  close(): Promise<void> {
    return this.#pages.close();
  }
}

type Found = { readonly value: number } | { readonly missing: string };

function measure(page: Page, counting: Counting, nowMs: number): Found {
  const refused = whyNoPage(page);
  return refused === undefined ? measureJobs(page.bytes, counting, nowMs) : { missing: refused };
}

/** Of a page that isn't whole, fewer jobs would be counted than wait. */
function whyNoPage({ status, type, whole, asked }: Page): string | undefined {
  if (status !== 200) return refusal({ status, asked }) ?? `the server answers ${status}`;
  if (!isPageType(type)) return `${oneLine(type, 40)} is not a page of jobs`;
  return whole ? undefined : "the server doesn't tell how long the page is: it may be cut off";
}

/** `bytes` are a whole page. */
export function measureJobs(bytes: Buffer, counting: Counting, nowMs: number): Found {
  const torn = whyTorn(bytes);
  if (torn !== undefined) return { missing: torn };
  const waiting = new Waiting(counting.grade);
  for (const { from, to } of linesOf(bytes)) {
    waiting.take(bytes.subarray(from, to));
    if (waiting.lines > counting.max_jobs) return { missing: tooMany(counting.max_jobs) };
  }
  return counting.measure === 'count' ? { value: waiting.jobs } : waiting.age(nowMs);
}

class Waiting {
  readonly #grades: readonly string[] | undefined;
  /** Those that are jobs, or should be. */
  lines = 0;
  /** Those of the grades that are asked for. */
  jobs = 0;
  #untold = 0;
  #oldestMs = Number.POSITIVE_INFINITY;

  constructor(grades: readonly string[] | undefined) {
    this.#grades = grades;
  }

  take(text: Buffer): void {
    const line = parseLine(text);
    if (line === undefined) return;
    this.lines += 1;
    if ('problem' in line || this.#grades?.includes(line.grade) === false) return;
    this.jobs += 1;
    if (line.addedMs === undefined) this.#untold += 1;
    else this.#oldestMs = Math.min(this.#oldestMs, line.addedMs);
  }

  /** In seconds. Where nobody waits, nobody has waited; one that doesn't tell may be the oldest. */
  age(nowMs: number): Found {
    if (this.jobs === 0) return { value: 0 };
    if (this.#untold > 0) {
      return { missing: `${this.#untold} of ${this.jobs} jobs don't tell when they were added` };
    }
    const ms = nowMs - this.#oldestMs;
    if (ms >= 0) return { value: ms / 1000 };
    return { missing: `the oldest job was added ${formatSpan(-ms)} from now: a clock is wrong` };
  }
}
