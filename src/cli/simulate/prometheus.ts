/**
 * Readings from a Prometheus server's range query (`/api/v1/query_range`), a part of the range at a
 * time, since a server answers 11,000 points at most. A step without a sample is no reading at all;
 * NaN is a missing one.
 */
import type { AxiosInstance, AxiosResponse } from 'axios';
import { quoted } from '../../core/text.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Batch, Collector } from './collector.ts';
import type { Progress } from './trace-files.ts';

export interface RangeQuery {
  readonly url: string;
  readonly query: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly stepMs: number;
  /** The probe of the conf that the values stand for. */
  readonly probe: string;
}

type Sample = readonly [seconds: number, value: string];

/** Fewer than the server's own limit. */
const POINTS_MAX = 10_000;
const QUERIES_MAX = 2000;
const TIMEOUT_MS = 60_000;
const ANSWER_MAX_BYTES = 16 * 1024 * 1024;

export async function* readPrometheus(
  range: RangeQuery,
  collector: Collector,
  progress: Progress,
  signal: AbortSignal,
): AsyncGenerator<Batch> {
  const http = await client(range.url, signal);
  const { fromMs, toMs, stepMs, probe } = range;
  const parts = Math.ceil(((toMs - fromMs) / stepMs + 1) / POINTS_MAX);
  if (parts > QUERIES_MAX) throw failed(range, 'that is too many steps: give a larger --step');
  for (let part = 0; part < parts; part += 1) {
    const beginMs = fromMs + part * POINTS_MAX * stepMs;
    const endMs = Math.min(toMs, beginMs + (POINTS_MAX - 1) * stepMs);
    for (const [seconds, value] of await ask(http, range, beginMs, endMs)) {
      const wrong = collector.add(probe, Math.round(seconds * 1000), measured(value, range));
      if (wrong !== undefined) throw failed(range, `the time ${seconds} ${wrong}`);
    }
    progress(part + 1, parts);
    yield collector.batch();
  }
}

async function client(url: string, signal: AbortSignal): Promise<AxiosInstance> {
  const { default: axios } = await import('axios');
  return axios.create({
    baseURL: url.replace(/\/+$/, ''),
    timeout: TIMEOUT_MS,
    maxContentLength: ANSWER_MAX_BYTES,
    maxRedirects: 3,
    responseType: 'text',
    transformResponse: [(text: unknown) => text],
    validateStatus: () => true,
    signal,
  });
}

async function ask(
  http: AxiosInstance,
  range: RangeQuery,
  beginMs: number,
  endMs: number,
): Promise<readonly Sample[]> {
  const [start, end, step] = [beginMs, endMs, range.stepMs].map((ms) => ms / 1000);
  const params = { query: range.query, start, end, step };
  let answer: AxiosResponse<unknown>;
  try {
    answer = await http.get('/api/v1/query_range', { params });
  } catch (error) {
    throw failed(range, error instanceof Error ? error.message : String(error));
  }
  return samplesOf(parsed(answer.data), answer.status, range);
}

function parsed(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

/** The samples of the one series that the query has to come to; none where it has no data. */
function samplesOf(body: unknown, status: number, range: RangeQuery): readonly Sample[] {
  const said = field(body, 'error');
  if (field(body, 'status') !== 'success') {
    const why = typeof said === 'string' ? said : 'that is no answer of a Prometheus server';
    throw failed(range, `HTTP ${status}: ${why}`);
  }
  const data = field(body, 'data');
  const series = field(data, 'result');
  if (field(data, 'resultType') !== 'matrix' || !Array.isArray(series)) {
    throw failed(range, 'the answer holds no range of values');
  }
  if (series.length > 1) throw failed(range, severalText(series));
  const values = series.length === 0 ? [] : field(series[0], 'values');
  if (!Array.isArray(values) || !values.every(isSample)) {
    throw failed(range, 'the answer holds values of another form');
  }
  return values;
}

function severalText(series: readonly unknown[]): string {
  const names = series.slice(0, 3).map((each) => JSON.stringify(field(each, 'metric')));
  const remedy = 'sum() it, or name labels';
  return `the query gives ${series.length} series, one is wanted (${remedy}): ${names.join(' ')}`;
}

function isSample(value: unknown): value is Sample {
  if (!Array.isArray(value) || value.length !== 2) return false;
  return Number.isFinite(value[0]) && typeof value[1] === 'string';
}

function measured(text: string, range: RangeQuery): number | undefined {
  const value = Number(text);
  if (Number.isFinite(value) && text.trim() !== '') return value;
  if (text === 'NaN') return undefined;
  throw failed(range, `${quoted(text)} is no value that a probe could have read`);
}

function field(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** Without what an URL may hold of a password. */
function failed({ url }: RangeQuery, problem: string): CliError {
  return new CliError(EXIT.failed, `${url.replace(/\/\/[^/@]*@/, '//')}: ${problem}`);
}
