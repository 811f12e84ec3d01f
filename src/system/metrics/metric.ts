/**
 * One metric of a page in Prometheus's text format: a row of a table, read at the moment of a scrape.
 * Names follow https://prometheus.io/docs/practices/naming/ and, behind `vmmanage_`, DESIGN.md's words.
 */
import type { SpreadSeen } from './spread.ts';

/** Label values are a closed set or names of the conf, so that there is a bound to the series. */
export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

interface About {
  readonly name: `vmmanage_${string}`;
  /** One sentence; a counter's counts since the start. */
  readonly help: string;
}

/** Numbers of what a scrape of type `S` tells. */
export interface NumberMetric<S> extends About {
  readonly type: 'gauge' | 'counter';
  /** None: a single number. */
  readonly labels?: readonly string[];
  /** None where there is nothing to tell: then the metric isn't on the page. */
  read(scrape: S): readonly Sample[];
}

/** How values of one kind are spread. It has no labels. */
export interface SpreadMetric<S> extends About {
  readonly type: 'histogram';
  /** Undefined where there is nothing to tell. */
  read(scrape: S): SpreadSeen | undefined;
}

export type AnyMetric<S> = NumberMetric<S> | SpreadMetric<S>;

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
