/**
 * One metric of the page: a row of the tables beside this file, from which the page and docs/metrics.md
 * are made. Values are read from the same reports as `status`, at the moment of a scrape. Names follow
 * https://prometheus.io/docs/practices/naming/ and, behind `vmmanage_`, DESIGN.md's words.
 */
import type { StatusReport } from '../../wire/control.ts';
import type { Sight } from '../reports.ts';
import type { Totals } from './totals.ts';

export interface Scrape {
  readonly sight: Sight;
  readonly status: StatusReport;
  readonly totals: Totals;
  /** What prices are in, and whose days a day's cost goes by. */
  readonly money: { readonly currency: string | undefined; readonly zone: string };
}

/** Label values are a closed set or names of the conf, so that there is a bound to the series. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface Metric {
  readonly name: `vmmanage_${string}`;
  readonly type: 'gauge' | 'counter';
  /** One sentence; a counter's counts since the daemon began. */
  readonly help: string;
  /** None: a single number. */
  readonly labels?: readonly string[];
  /** None where there is nothing to tell: then the metric isn't on the page. */
  read(scrape: Scrape): readonly Sample[];
}

/** The one sample of a metric without labels, unless there is nothing to tell. */
export function single(value: number | boolean | undefined): Sample[] {
  return value === undefined ? [] : [{ labels: {}, value: Number(value) }];
}

/** One sample for each word of a closed set. */
export function eachWord<W extends string>(
  label: string,
  words: readonly W[],
  value: (word: W) => number | boolean,
): Sample[] {
  return words.map((word) => ({ labels: { [label]: word }, value: Number(value(word)) }));
}

export function seconds(ms: number): number {
  return ms / 1000;
}

/** Seconds since 1970. */
export function timestamp(time: string | undefined): number | undefined {
  return time === undefined ? undefined : seconds(Date.parse(time));
}
