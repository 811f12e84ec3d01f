/** What the page of `--html` is made of, worked out here so that the browser only draws. */
import type { PolicyRule } from '../../core/conf.ts';
import { outlay, perHour, type Requested } from '../../core/simulated.ts';
import { GAP_INTERVALS } from '../../core/tracks.ts';
import type { Condition } from '../../core/words.ts';
import { conditionText } from '../../daemon/policy-report.ts';
import { namedZone } from '../page.ts';
import {
  busiestHour,
  figureRows,
  fullMoment,
  HOUR_BY_HOUR,
  share,
  shortName,
  spanText,
} from '../render/simulation.ts';
import { workingHours } from './hours.ts';
import type { ProbeSeries } from './page.ts';
import type { Series } from './points.ts';
import type { Run } from './run.ts';

const UINT32_MAX = 2 ** 32 - 1;

export function pageData(runs: readonly Run[], series: readonly ProbeSeries[], zone: string) {
  const [first] = runs;
  const fromMs = first?.simulated.fromMs ?? 0;
  const toMs = first?.simulated.toMs ?? 0;
  return {
    title: `${first?.rules.vm ?? ''}: what vmmanage would have done`,
    span: first ? spanText(first.simulated, zone) : '',
    zone: namedZone(zone),
    from: fromMs / 1000,
    to: toMs / 1000,
    hosts: hostsOf(runs),
    series: series.map(([probe, each]) => seriesData(probe, each, runs)),
    confs: runs.map((run) => confData(run, runs, zone)),
    cards: cardsOf(runs),
    figures: figureRows(runs, zone).filter(([label]) => label !== HOUR_BY_HOUR),
  };
}

function hostsOf(runs: readonly Run[]) {
  const sites = runs.flatMap(({ rules }) => rules.sites);
  const bases = new Set(sites.flatMap(({ base }) => (base === undefined ? [] : [base])));
  const names = new Set([...sites.flatMap(({ hosts }) => hosts), ...bases]);
  return [...names].map((name, place) => ({ name, base: bases.has(name), place }));
}

/** Times as whole ticks since the first: a year fits in half the room of full numbers. */
function seriesData(probe: string, { atMs, values }: Series, runs: readonly Run[]) {
  const fromMs = atMs[0] ?? 0;
  const unitMs = Math.max(1, Math.ceil(((atMs.at(-1) ?? fromMs) - fromMs) / UINT32_MAX));
  const ticks = Uint32Array.from(atMs, (ms) => Math.round((ms - fromMs) / unitMs));
  const intervals = runs.map(({ rules }) => rules.probes[probe]?.intervalMs ?? 0);
  const gap = (GAP_INTERVALS * Math.max(...intervals)) / 1000;
  return { probe, fromMs, unitMs, gap, times: base64(ticks), values: base64(values) };
}

function base64({ buffer, byteOffset, byteLength }: Uint32Array | Float32Array): string {
  return Buffer.from(buffer, byteOffset, byteLength).toString('base64');
}

function confData(run: Run, runs: readonly Run[], zone: string) {
  const { simulated, rules, name } = run;
  const hours = perHour(simulated);
  return {
    name,
    short: shortName(name, runs),
    bounds: rules.policies.flatMap(boundsOf),
    requests: simulated.requests.map((each) => ({ at: each.atMs / 1000, text: requestText(each) })),
    rows: simulated.requests.map((each) => requestRow(each, zone)),
    stays: simulated.stays.map(({ host, fromMs, toMs }) => ({
      host,
      from: fromMs / 1000,
      to: toMs / 1000,
    })),
    hours0: (hours[0]?.atMs ?? 0) / 1000,
    perHour: hours.map(({ n }) => n),
    hours: workingHours(rules, simulated),
  };
}

function boundsOf({ probe, suffering, idle }: PolicyRule) {
  const bound = (kind: 'suffering' | 'idle', condition: Condition) => {
    return { probe, kind, value: condition.bound, text: `${kind} ${conditionText(condition)}` };
  };
  // Where both are one, as of jobs, a second line and label would lie on the first.
  const apart = idle && idle.bound !== suffering.bound ? [bound('idle', idle)] : [];
  return [bound('suffering', suffering), ...apart];
}

function requestText({ verdict, from, to, outcome, value, threshold }: Requested): string {
  const why =
    value === undefined
      ? ''
      : ` on ${value}${threshold === undefined ? '' : ` (bound ${threshold})`}`;
  return `${verdict} ${from}→${to} ${outcome}${why}`;
}

function requestRow({ atMs, verdict, from, to, value, policy, outcome }: Requested, zone: string) {
  const shown = value === undefined ? '' : String(value);
  return [fullMoment(atMs, zone), verdict, `${from}→${to}`, shown, policy ?? 'by hand', outcome];
}

function cardsOf(runs: readonly Run[]) {
  const card = (label: string, told: (run: Run) => string) => ({
    label,
    rows: runs.map((run) => ({
      name: runs.length > 1 ? shortName(run.name, runs) : '',
      value: told(run),
    })),
  });
  const priced = runs.some(({ rules }) => Object.keys(rules.prices).length > 0);
  return [
    card('requests', ({ simulated }) => String(simulated.requests.length)),
    card('in an hour, at most', ({ simulated }) => String(busiestHour(simulated).n)),
    card('in breach', ({ simulated }) =>
      share(worst(simulated.breachMs), simulated.toMs - simulated.fromMs),
    ),
    ...(priced ? [card('cost', costOf)] : []),
  ];
}

function costOf({ simulated, rules, currency }: Run): string {
  const total = outlay(simulated, rules).total.toFixed(2);
  return currency === undefined ? total : `${total} ${currency}`;
}

/** Of several policies the one whose service suffered longest. */
function worst(breachMs: Readonly<Record<string, number>>): number {
  return Math.max(0, ...Object.values(breachMs));
}
