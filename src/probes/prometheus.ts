/**
 * One sample: what a Prometheus server answers to an instant query, or a metric on the page of an
 * exporter. Exactly one; where several fit, the reason says which there are.
 */
import { httpUrl } from '../core/option-shapes.ts';
import { text as anyText } from '../core/option-types.ts';
import { type OptionsOf, optional, required } from '../core/options.ts';
import { formatSpan, quoted } from '../core/text.ts';
import { oneLine } from '../system/said.ts';
import { labelsText, type Sample, type Selector, samplesOf, selector } from './exposition.ts';
import { PAGE_OPTIONS, type Page, PageReader, rawLines, refusal } from './http-page.ts';
import { parseNumber } from './number.ts';
import {
  type Measurement,
  type Probe,
  type ProbeContext,
  type ProbeKind,
  withRaw,
} from './probe.ts';

const options = {
  url: required(httpUrl, {
    example: 'http://127.0.0.1:9090',
    help: "For query, the address of the Prometheus server; for metric, an exporter's page, such as http://127.0.0.1:9100/metrics.",
  }),
  query: optional(anyText, {
    example: 'sum(rate(http_requests_total[5m]))',
    help: 'An instant query whose answer is one sample.',
  }),
  metric: optional(selector, {
    example: 'node_load1',
    help: 'Instead: a metric of the page, with labels where it has several samples: up{job="web"}.',
  }),
  ...PAGE_OPTIONS,
};

type Options = OptionsOf<typeof options>;

export const prometheus: ProbeKind<typeof options> = {
  kind: 'prometheus',
  help: "The answer to a Prometheus query, or a metric of an exporter's page.",
  worse: () => 'high',
  options,
  unit: () => '',
  conflict({ query, metric }) {
    if (query === undefined && metric === undefined) {
      return { key: 'query', problem: 'must be given, or else metric =' };
    }
    if (query === undefined || metric === undefined) return undefined;
    return { key: 'metric', problem: 'says what to read, and so does query; keep one' };
  },
  open: (chosen, context) => new PrometheusProbe(chosen, context),
};

class PrometheusProbe implements Probe {
  readonly #options: Options;
  readonly #context: ProbeContext;
  readonly #pages: PageReader;

  constructor(chosen: Options, context: ProbeContext) {
    this.#options = chosen;
    this.#context = context;
    const { url, query } = chosen;
    const address = query === undefined ? url : queryUrl(url, query);
    this.#pages = new PageReader(address, chosen, context);
  }

  async read(signal: AbortSignal): Promise<Measurement> {
    const page = await this.#pages.read(signal);
    if ('failed' in page) return { missing: page.failed };
    const { metric } = this.#options;
    if (metric === undefined) return measureAnswer(page);
    return measurePage(page, metric, this.#context.clock.now().wallMs);
  }

  close(): Promise<void> {
    return this.#pages.close();
  }
}

function queryUrl(server: string, query: string): string {
  const url = new URL(server);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query`;
  url.searchParams.set('query', query);
  return url.href;
}

function measureAnswer(page: Page): Measurement {
  return withRaw(parseAnswer(page.body, refusal(page)), () => rawLines(page.body));
}

type Found = { readonly value: number } | { readonly missing: string };

/**
 * An answer of `/api/v1/query`. `refused` is said where the answer tells nothing itself.
 * https://prometheus.io/docs/prometheus/latest/querying/api/
 */
export function parseAnswer(body: string, refused?: string): Found {
  const answer = parseJson(body);
  if (at(answer, 'status') === 'error') {
    return { missing: `the server says: ${oneLine(String(at(answer, 'error')))}` };
  }
  if (refused !== undefined) return { missing: refused };
  const data = at(answer, 'data');
  const result = at(data, 'result');
  if (at(answer, 'status') !== 'success' || !Array.isArray(result)) {
    return { missing: `not an answer to a query: ${oneLine(body, 40)}` };
  }
  const type = at(data, 'resultType');
  if (type === 'scalar') return pairValue(result);
  if (type !== 'vector') return { missing: `the answer is a ${oneLine(String(type), 20)}` };
  if (result.length === 0) return { missing: 'no series answers the query (or none any longer)' };
  if (result.length > 1) return { missing: several(result.map((each) => seriesText(each))) };
  return pairValue(at(result[0], 'value'));
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function at(value: unknown, key: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string, unknown>)[key];
}

/** A time and a number, which JSON has as text. */
function pairValue(pair: unknown): Found {
  const [, text] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
  return typeof text === 'string' ? numberOf(text) : { missing: 'the sample is not a number' };
}

function numberOf(text: string): Found {
  const value = parseNumber(text);
  return value === undefined ? { missing: `the sample is ${oneLine(text, 40)}` } : { value };
}

/** Enough of them to see how they differ. */
const NAMED_MAX = 3;

function several(series: readonly string[]): string {
  const more = series.length > NAMED_MAX ? ', …' : '';
  const named = series.slice(0, NAMED_MAX).map((each) => oneLine(each, 100));
  return `${series.length} series fit; say which: ${named.join(', ')}${more}`;
}

function seriesText(one: unknown): string {
  const metric = at(one, 'metric');
  const labels = typeof metric === 'object' && metric !== null ? Object.entries(metric) : [];
  return labelsText(labels.map(([name, value]) => [name, String(value)]));
}

/** For how long Prometheus itself takes an old sample for one of now. */
const STALE_MS = 5 * 60_000;

function measurePage(page: Page, wanted: Selector, nowMs: number): Measurement {
  const refused = refusal(page);
  if (refused !== undefined) return { missing: refused, raw: rawLines(page.body) };
  const samples = samplesOnPage(page, wanted);
  if (typeof samples === 'string') return { missing: samples, raw: rawLines(page.body) };
  const lines = () => rawLines(samples.map(({ line }) => line).join('\n'));
  return withRaw(oneOf(samples, wanted, nowMs), lines);
}

export function samplesOnPage({ type, body }: Pick<Page, 'type' | 'body'>, wanted: Selector) {
  if (type === 'text/plain') return samplesOf(body, 'text', wanted);
  if (type === 'application/openmetrics-text') return samplesOf(body, 'openmetrics', wanted);
  if (type === '') return 'the answer has no Content-Type: it may be no page of metrics';
  return `the answer is ${quoted(type)}, not a page of metrics (those are often at /metrics)`;
}

export function oneOf(samples: readonly Sample[], { name }: Selector, nowMs: number): Found {
  const [sample, other] = samples;
  if (sample === undefined) return { missing: `the page has no such ${name}` };
  if (other) return { missing: several(samples.map(({ labels }) => labelsText(labels))) };
  if (sample.atMs !== undefined && sample.atMs < nowMs - STALE_MS) {
    return { missing: `the sample is stale: ${formatSpan(nowMs - sample.atMs)} old` };
  }
  return numberOf(sample.value);
}
