/**
 * `vmmanage simulate`: what a conf would have done, or two of them side by side. Pure; what it is
 * given is printable already.
 */
import { basename } from 'node:path';
import type { PolicyRule } from '../../core/conf.ts';
import { msByHost, outlay, perHour, type Simulated } from '../../core/simulated.ts';
import { formatSpan } from '../../core/text.ts';
import { conditionText } from '../../daemon/policy-report.ts';
import type { Run } from '../simulate/run.ts';
import { sparkline } from './sparkline.ts';
import { flow, table, type View } from './text.ts';
import { moment } from './times.ts';

/** A row of the summary. What depends on values that don't react to moves is marked. */
export interface Figure {
  readonly label: string;
  readonly value: string;
}

const MARK = '*';
const NOTE = `${MARK} The values of a trace don't react to moves: a move that would have helped is followed by the same readings as one that wouldn't.`;
const NO_WIDTH = 100;
const NONE = '–';

export function renderSimulation(runs: readonly Run[], view: View): string {
  const head = runs.length > 1 ? [['', ...runs.map(({ name }) => shortName(name, runs))]] : [];
  const rows = figureRows(runs, view.zone);
  const width = Math.min(view.width, NO_WIDTH);
  return [
    ...runs.slice(0, 1).map(({ simulated }) => spanText(simulated, view.zone)),
    '',
    table([...head, ...rows]),
    '',
    ...flow([NOTE], '', width),
  ].join('\n');
}

/** Without its folder, unless the other has the same name. */
export function shortName(name: string, runs: readonly Pick<Run, 'name'>[]): string {
  const short = basename(name);
  const alone = runs.filter((run) => basename(run.name) === short).length === 1;
  return alone ? short : name;
}

/** A label, and what each conf comes to. */
export function figureRows(runs: readonly Run[], zone: string): string[][] {
  const figures = runs.map((run) => figuresOf(run, zone));
  return labelsOf(figures).map((label) => [
    label,
    ...figures.map((of) => of.find((figure) => figure.label === label)?.value ?? NONE),
  ]);
}

/** All labels, each after the one that it follows in its own list. */
function labelsOf(figures: readonly (readonly Figure[])[]): string[] {
  const labels: string[] = [];
  for (const list of figures) {
    let at = 0;
    for (const { label } of list) {
      const known = labels.indexOf(label);
      if (known === -1) labels.splice(at, 0, label);
      at = (known === -1 ? at : known) + 1;
    }
  }
  return labels;
}

export function spanText(simulated: Simulated, zone: string): string {
  const { readings, missing, fromMs, toMs } = simulated;
  const [from, to] = [fromMs, toMs].map((ms) => fullMoment(ms, zone));
  return `${readings} readings (${missing} missing) from ${from} to ${to}, ${formatSpan(toMs - fromMs)}`;
}

/** With its day, whatever day it is. */
export function fullMoment(ms: number, zone: string): string {
  return moment(new Date(ms).toISOString(), { now: '1970-01-01T00:00:00Z', zone }, 'minutes');
}

function figuresOf(run: Run, zone: string): Figure[] {
  return [
    ...run.rules.policies.map(policyFigure),
    ...requestFigures(run.simulated, zone),
    ...heldFigures(run.simulated),
    ...hostFigures(run.simulated),
    ...breachFigures(run.simulated),
    ...costFigures(run),
  ];
}

function policyFigure({ name, suffering, idle }: PolicyRule): Figure {
  const conditions = [conditionText(suffering), ...(idle ? [`idle ${conditionText(idle)}`] : [])];
  return { label: `policy ${name}`, value: conditions.join(', ') };
}

function requestFigures(simulated: Simulated, zone: string): Figure[] {
  const { requests } = simulated;
  const hours = perHour(simulated).map(({ n }) => n);
  const verdicts = tally(requests.map(({ verdict }) => verdict));
  const ends = tally(requests.map(({ outcome }) => outcome));
  return [
    { label: `requests${MARK}`, value: String(requests.length) },
    ...[...verdicts, ...ends].map(([word, n]) => ({ label: `  ${word}`, value: String(n) })),
    { label: '  in an hour, at most', value: busiest(simulated, zone) },
    { label: HOUR_BY_HOUR, value: sparkline(hours) },
  ];
}

function busiest(simulated: Simulated, zone: string): string {
  const { n, atMs } = busiestHour(simulated);
  return n === 0 ? '0' : `${n}, at ${fullMoment(atMs, zone)}`;
}

/** The first of those with the most requests. */
export function busiestHour(simulated: Simulated): { readonly atMs: number; readonly n: number } {
  return perHour(simulated).reduce((most, hour) => (hour.n > most.n ? hour : most), NO_HOUR);
}

const NO_HOUR = { atMs: 0, n: 0 };

function heldFigures({ held }: Simulated): Figure[] {
  const gates = tally(held.map(({ gate }) => gate));
  return gates.map(([gate, n]) => ({ label: `held by ${gate}${MARK}`, value: times(n) }));
}

function times(n: number): string {
  return n === 1 ? 'once' : `${n} times`;
}

function hostFigures(simulated: Simulated): Figure[] {
  const spanMs = simulated.toMs - simulated.fromMs;
  return [...msByHost(simulated)].map(([host, ms]) => ({
    label: `at ${host}${MARK}`,
    value: share(ms, spanMs),
  }));
}

function breachFigures({ breachMs, fromMs, toMs }: Simulated): Figure[] {
  return Object.entries(breachMs).map(([policy, ms]) => ({
    label: `${policy} in breach${MARK}`,
    value: share(ms, toMs - fromMs),
  }));
}

export function share(ms: number, ofMs: number): string {
  const percent = ofMs === 0 ? 0 : (ms / ofMs) * 100;
  return `${formatSpan(ms)} (${Number(percent.toPrecision(percent < 1 ? 1 : 3))}%)`;
}

function costFigures({ simulated, rules, currency }: Run): Figure[] {
  if (Object.keys(rules.prices).length === 0) return [];
  const { base, array, away, total } = outlay(simulated, rules);
  const parts = `base ${money(base)}, array ${money(array)}, away ${money(away)}`;
  const unit = currency === undefined ? '' : ` ${currency}`;
  return [{ label: `cost${MARK}`, value: `${money(total)}${unit} (${parts})` }];
}

function money(sum: number): string {
  return sum.toFixed(2);
}

function tally(words: readonly string[]): [string, number][] {
  const counts = new Map<string, number>();
  for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts].toSorted(([a], [b]) => (a < b ? -1 : 1));
}

/** The row that the page has a chart for. */
export const HOUR_BY_HOUR = '  hour by hour';
