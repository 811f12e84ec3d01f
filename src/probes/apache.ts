/**
 * A line of Apache's `server-status?auto`: the workers that are idle or busy, the share of them that
 * is idle, or any other number of the page, as it stands or as its growth. `parseStatus` takes the
 * page and is what the fixtures test.
 */

import { nearest } from '../core/nearest.ts';
import { httpUrl } from '../core/option-shapes.ts';
import { good, pattern } from '../core/option-types.ts';
import { type OptionsOf, type OptionType, option } from '../core/options.ts';
import { quoted } from '../core/text.ts';
import { oneLine } from '../system/said.ts';
import { Growth, PER, perUnit, valueOr } from './growth.ts';
import { PAGE_OPTIONS, type Page, PageReader, rawLines, refusal } from './http-page.ts';
import { parseNumber } from './number.ts';
import {
  type Measurement,
  type Probe,
  type ProbeContext,
  type ProbeKind,
  withRaw,
} from './probe.ts';

/** Without `auto` the page is one for people. */
const statusUrl: OptionType<string> = {
  name: httpUrl.name,
  parse(text) {
    const parsed = httpUrl.parse(text);
    if (!parsed.ok) return parsed;
    const url = new URL(parsed.value);
    if (!url.searchParams.has('auto')) url.search += url.search === '' ? '?auto' : '&auto';
    return good(url.href);
  },
};

const IDLE_SHARE = 'idle%';

const options = {
  url: option(statusUrl, 'http://127.0.0.1/server-status?auto', {
    help: 'Where mod_status answers; ?auto is added where it is missing.',
  }),
  key: option(pattern(/^[^:\p{C}]{1,80}$/u, 'a key of the page'), 'IdleWorkers', {
    help: `A key of the page, such as BusyWorkers or Total Accesses; ${IDLE_SHARE}: the idle workers' share of all.`,
  }),
  as: valueOr('value'),
  per: PER,
  ...PAGE_OPTIONS,
};

type Options = OptionsOf<typeof options>;

const BETTER_WHEN_HIGH = ['IdleWorkers', IDLE_SHARE];
const WORKERS = ['IdleWorkers', 'BusyWorkers', 'GracefulWorkers'];

export const apache: ProbeKind<typeof options> = {
  kind: 'apache',
  help: "Apache's workers, or another number of its server-status page.",
  worse: ({ key }) => (BETTER_WHEN_HIGH.includes(key) ? 'low' : 'high'),
  options,
  unit({ key, as, per }, intervalMs) {
    if (as === 'delta') return perUnit(per ?? intervalMs);
    if (key === IDLE_SHARE) return '%';
    return WORKERS.includes(key) ? 'workers' : '';
  },
  conflict({ key, as }) {
    if (as !== 'delta' || ![...WORKERS, IDLE_SHARE].includes(key)) return undefined;
    return { key: 'as', problem: `delta is for what counts up, and ${key} doesn't` };
  },
  setup: () => [
    'Where Apache has no status page yet (Debian has one, for the machine itself):',
    '  a2enmod status && systemctl reload apache2',
  ],
  open: (chosen, context) => new ApacheProbe(chosen, context),
};

class ApacheProbe implements Probe {
  readonly #options: Options;
  readonly #pages: PageReader;
  readonly #growth: Growth;
  #readings = 0;

  constructor(chosen: Options, context: ProbeContext) {
    this.#options = chosen;
    this.#pages = new PageReader(chosen.url, chosen, context);
    this.#growth = new Growth(context, chosen.per);
  }

  async read(signal: AbortSignal): Promise<Measurement> {
    const page = await this.#pages.read(signal);
    if ('failed' in page) return { missing: page.failed };
    return withRaw(this.#measure(page), () => rawLines(page.body));
  }

  close(): Promise<void> {
    return this.#pages.close();
  }

  #measure(page: Page): Measurement {
    const { key, as } = this.#options;
    const refused = refusal(page) ?? otherPage(page);
    if (refused !== undefined) return { missing: refused };
    if (as === 'value') return parseStatus(page.body, key);
    const counter = parseCounter(page.body, key);
    if ('missing' in counter) return counter;
    this.#readings += 1;
    // Which server is behind a connection can't be seen: each reading has to prove it by uptime.
    return this.#growth.since({ ...counter, session: this.#readings });
  }
}

function otherPage({ type }: Page): string | undefined {
  if (type === 'text/plain') return undefined;
  if (type === '') return 'the answer has no Content-Type: it may not be server-status?auto';
  return `the answer is ${quoted(type)} instead of text/plain: that isn't server-status?auto`;
}

type Found = { readonly value: number } | { readonly missing: string };

/** The number of one key of the page; a line that has no end may have been cut off. */
export function parseStatus(page: string, key: string): Found {
  const entries = entriesOf(page);
  return key === IDLE_SHARE ? idleShare(entries) : numberOf(entries, key);
}

export function parseCounter(
  page: string,
  key: string,
): { readonly count: number; readonly uptimeS: number } | { readonly missing: string } {
  const entries = entriesOf(page);
  const count = numberOf(entries, key);
  if ('missing' in count) return count;
  const uptime = numberOf(entries, 'ServerUptimeSeconds');
  return 'missing' in uptime ? uptime : { count: count.value, uptimeS: uptime.value };
}

/** Keys and values; `undefined` for a key that comes twice, of which neither can be meant. */
type Entries = ReadonlyMap<string, string | undefined>;

function entriesOf(page: string): Entries {
  const entries = new Map<string, string | undefined>();
  for (const line of page.split('\n').slice(0, -1)) {
    const colon = line.indexOf(': ');
    const key = line.slice(0, colon);
    if (colon > 0) entries.set(key, entries.has(key) ? undefined : line.slice(colon + 2));
  }
  return entries;
}

function numberOf(entries: Entries, key: string): Found {
  if (!entries.has(key)) return { missing: `the page has no ${key}${instead(entries, key)}` };
  const text = entries.get(key);
  if (text === undefined) return { missing: `the page has ${key} more than once` };
  const value = parseNumber(text);
  if (value === undefined) return { missing: `${key} is not a number: ${oneLine(text, 40)}` };
  return { value };
}

/** The number that may be meant, or those that there are. */
function instead(entries: Entries, key: string): string {
  const numbers = [...entries].filter(([, text = '']) => parseNumber(text) !== undefined);
  const names = numbers.map(([name]) => name);
  const meant = nearest(key, names);
  if (meant !== undefined) return ` (did you mean ${oneLine(meant, 80)}?)`;
  return names.length === 0 ? '' : oneLine(`; it has ${names.join(', ')}`, 160);
}

function idleShare(entries: Entries): Found {
  const idle = numberOf(entries, 'IdleWorkers');
  const busy = numberOf(entries, 'BusyWorkers');
  if ('missing' in idle) return idle;
  if ('missing' in busy) return busy;
  const all = idle.value + busy.value;
  if (idle.value < 0 || busy.value < 0 || all === 0) {
    return { missing: `there is no share of ${idle.value} idle and ${busy.value} busy workers` };
  }
  return { value: (idle.value / all) * 100 };
}
