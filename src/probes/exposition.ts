/**
 * Pages of metrics: Prometheus's text format 0.0.4 and OpenMetrics 1.0, as far as reading one sample
 * needs them. Pure. Only lines of the metric that is asked for are taken apart, since a page has
 * thousands; one of those that isn't as the format says leaves no value.
 *
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 * https://prometheus.io/docs/specs/om/open_metrics_spec/
 */
import { bad, good } from '../core/option-types.ts';
import type { OptionType } from '../core/options.ts';
import { quoted } from '../core/text.ts';
import { oneLine } from '../system/said.ts';

export type Labels = ReadonlyMap<string, string>;

/** `node_cpu_seconds_total{cpu="0"}`: every series of that name with, at least, these labels. */
export interface Selector {
  readonly name: string;
  readonly labels: Labels;
}

export interface Sample {
  readonly labels: Labels;
  /** As it stands there: `0.25`, `1.5e+09`, `NaN`, `+Inf`. */
  readonly value: string;
  readonly atMs: number | undefined;
  readonly line: string;
}

const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*';
const LABELS = '\\{((?:[^"}]|"(?:[^"\\\\]|\\\\.)*")*)\\}';
const SELECTOR = new RegExp(`^(${NAME})\\s*(?:${LABELS})?$`);
/** Name, labels, value, timestamp and an exemplar, which only OpenMetrics has. */
const SAMPLE = new RegExp(
  `^(${NAME})(?:[ \\t]*${LABELS}[ \\t]*|[ \\t]+)([^ \\t#]+)(?:[ \\t]+([0-9.eE+-]+))?[ \\t]*( # \\{.*)?$`,
);
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(?:,|$)/y;
/** A longer one is none: a pattern needs memory for each character. */
const LINE_MAX = 64 * 1024;

export const selector: OptionType<Selector> = {
  name: 'metric',
  parse(text) {
    const [, name, inside] = (text.length <= 4096 && SELECTOR.exec(text)) || [];
    const labels = parseLabels(inside ?? '');
    if (name === undefined || labels === undefined) {
      return bad(`${quoted(text)} is not a metric such as node_load1 or up{job="web"}`);
    }
    return good({ name, labels });
  },
};

/** Undefined where they are not as the format says. */
function parseLabels(text: string): Labels | undefined {
  const labels = new Map<string, string>();
  LABEL.lastIndex = 0;
  let at = 0;
  while (text.slice(at).trim() !== '') {
    const [whole, name, escaped] = LABEL.exec(text) ?? [];
    const value = escaped === undefined ? undefined : unescaped(escaped);
    if (!whole || !name || value === undefined || labels.has(name)) return undefined;
    labels.set(name, value);
    at += whole.length;
  }
  return labels;
}

const ESCAPES = new Map([
  ['\\\\', '\\'],
  ['\\"', '"'],
  ['\\n', '\n'],
]);

function unescaped(value: string): string | undefined {
  const known = [...value.matchAll(/\\./g)].every(([each]) => ESCAPES.has(each));
  return known ? value.replace(/\\./g, (each) => ESCAPES.get(each) ?? '') : undefined;
}

export type Format = 'text' | 'openmetrics';

/** The samples that `wanted` names; or what is wrong with the page. */
export function samplesOf(page: string, format: Format, wanted: Selector): Sample[] | string {
  if (format === 'openmetrics' && !page.endsWith('# EOF\n')) return 'the page has no # EOF';
  if (!page.endsWith('\n')) return 'the page is cut off in its last line';
  const samples: Sample[] = [];
  for (const line of linesAbout(page, wanted.name)) {
    const sample = parseSample(line, format, wanted.name);
    if (sample === undefined) return `not as a page of metrics: ${oneLine(line, 80)}`;
    if (sample !== 'another' && fits(sample.labels, wanted.labels)) samples.push(sample);
  }
  return samples;
}

/** The lines that begin with `name`, if only as the beginning of a longer one. */
function* linesAbout(page: string, name: string): Generator<string> {
  let end = -1;
  for (let begin = 0; begin < page.length; begin = end + 1) {
    end = page.indexOf('\n', begin);
    if (end === -1) end = page.length;
    let at = begin;
    while (page[at] === ' ' || page[at] === '\t') at += 1;
    if (page.startsWith(name, at)) yield page.slice(at, Math.min(end, at + LINE_MAX + 1));
  }
}

function parseSample(line: string, format: Format, name: string): Sample | 'another' | undefined {
  if (isLonger(line, name)) return 'another';
  if (line.length > LINE_MAX) return undefined;
  const [whole, , inside = '', value = '', timestamp, exemplar] = SAMPLE.exec(line) ?? [];
  const labels = parseLabels(inside);
  const atMs = timestamp === undefined ? undefined : timeOf(timestamp, format);
  if (whole === undefined || labels === undefined || Number.isNaN(atMs)) return undefined;
  if (exemplar !== undefined && format === 'text') return undefined;
  return { labels, value, atMs, line };
}

function isLonger(line: string, name: string): boolean {
  return /^[a-zA-Z0-9_:]/.test(line.slice(name.length, name.length + 1));
}

/** Milliseconds in the text format, seconds in OpenMetrics; NaN for neither. */
function timeOf(timestamp: string, format: Format): number {
  if (format === 'text') return /^-?\d{1,15}$/.test(timestamp) ? Number(timestamp) : Number.NaN;
  return /^-?\d{1,12}(\.\d{1,12})?$/.test(timestamp) ? Number(timestamp) * 1000 : Number.NaN;
}

/** A label that isn't there is as one that is empty. */
function fits(labels: Labels, wanted: Labels): boolean {
  return [...wanted].every(([name, value]) => (labels.get(name) ?? '') === value);
}

/** `{cpu="0",mode="idle"}`, as a selector would say it. */
export function labelsText(labels: Iterable<readonly [string, string]>): string {
  const each = [...labels].map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${each.join(',')}}`;
}
