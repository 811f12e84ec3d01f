/** A test's section held against its conf: series to readings, expectations to claims. */
import type { Findings } from '../../conf/findings.ts';
import { placeOf } from '../../conf/findings.ts';
import type { Conf } from '../../core/conf.ts';
import { gateResults } from '../../core/gates.ts';
import { good } from '../../core/option-types.ts';
import type { Parsed } from '../../core/options.ts';
import { INITIAL } from '../../core/state.ts';
import { GAP_INTERVALS } from '../../core/tracks.ts';
import type { Reading } from '../../core/words.ts';
import { type Claim, known, type Names, parseClaims } from './claims.ts';
import { type Axis, offsetText, parseStart, parseWhen, type When } from './moments.ts';
import type { Parts, Settings, Worded } from './read.ts';
import type { Expectation, Scenario } from './scenario.ts';
import { parseSeries, type Sample } from './series.ts';

/** Without a start of its own a test begins on a Monday; nothing in its conf goes by the clock. */
const SOME_MONDAY_MS = Date.UTC(2026, 0, 5);
/** Virtual time has one boot that never ends. */
const BOOT = 'test';

interface Series {
  readonly probe: string;
  readonly intervalMs: number;
  readonly samples: readonly Sample[];
  readonly written: string;
}

export function buildScenario(
  parts: Parts,
  settings: Settings,
  rules: Conf,
  findings: Findings,
): Scenario | undefined {
  const before = findings.problems.length;
  const { section } = parts;
  const names = namesOf(rules);
  checkHosts(parts, settings, names, findings);
  const series = seriesOf(parts, settings, rules, findings);
  const start = startOf(parts, settings, rules, findings);
  if (findings.problems.length > before || !start) return undefined;
  const axis = { ...start, endMs: start.startMs + Math.max(...series.map(lastMs)) };
  const readings = readingsOf(series, axis);
  const expectations = expectationsOf(parts, axis, readings, names, findings);
  if (findings.problems.length > before) return undefined;
  return {
    ...{ file: section.file, line: section.line, name: section.name ?? '' },
    ...{ rules, axis, readings, expectations },
    host: settings.at ?? names.hosts[0] ?? '',
    moveTakesMs: settings.move_takes,
    failing: settings.fail ?? [],
    strict: settings.strict,
  };
}

/** A policy that is content keeps another from its base: that holds it, and is no gate. */
const OTHER_POLICY = 'other policy';

function namesOf(rules: Conf): Names {
  const at = { wallMs: 0, boot: BOOT, bootMs: 0 };
  const gates = gateResults({ verdict: 'move' }, INITIAL, rules, at).map(({ gate }) => gate);
  const targets = targetsOf(rules);
  return {
    hosts: [...new Set([...rules.sites.flatMap(({ hosts }) => hosts), ...targets.base])],
    targets,
    policies: rules.policies.map(({ name }) => name),
    gates: [...gates, OTHER_POLICY],
  };
}

function targetsOf({ sites }: Conf): Names['targets'] {
  const base = sites.flatMap((site) => (site.base === undefined ? [] : [site.base]));
  const hostsOf = (some: Conf['sites']) =>
    some.flatMap(({ hosts }) => hosts).filter((host) => !base.includes(host));
  const [home, away] = ['home', 'away'].map((role) => sites.filter((site) => site.role === role));
  return {
    ...{ base, move: hostsOf(sites), away: hostsOf(away ?? []) },
    home: away?.length ? hostsOf(home ?? []) : [],
  };
}

function checkHosts(
  { section, plain }: Parts,
  { at, fail = [] }: Settings,
  { hosts }: Names,
  findings: Findings,
): void {
  const whole = { ...section, entries: plain };
  const wrong = at === undefined ? undefined : known('host', at, hosts);
  if (wrong !== undefined) findings.problem(placeOf(whole, 'at'), wrong);
  for (const host of fail) {
    const problem = known('host', host, hosts);
    if (problem !== undefined) findings.problem(placeOf(whole, 'fail'), problem);
  }
}

function seriesOf(
  parts: Parts,
  settings: Settings,
  { probes }: Conf,
  findings: Findings,
): Series[] {
  const { section } = parts;
  const names = Object.keys(probes);
  const built: Series[] = [];
  for (const { about, entry } of parts.series) {
    const place = placeOf(section, entry.key);
    const series = oneSeries(about, entry.value, settings, probes);
    const twice = series.ok && built.some(({ probe }) => probe === series.value.probe);
    if (entry.broken) continue;
    if (!series.ok) findings.problem(place, series.problem);
    else if (twice) findings.problem(place, `a second series for ${series.value.probe}`);
    else built.push({ ...series.value, written: entry.key });
  }
  if (parts.series.length === built.length) checkAll(built, names, parts, findings);
  return built;
}

function oneSeries(
  name: string,
  text: string,
  { interval }: Settings,
  probes: Conf['probes'],
): Parsed<Omit<Series, 'written'>> {
  const names = Object.keys(probes);
  const [only = '', second] = names;
  if (name === '' && second !== undefined) {
    return { ok: false, problem: `of which probe? there are ${names.join(', ')}` };
  }
  const probe = name === '' ? only : name;
  const problem = known('probe', probe, names);
  if (problem !== undefined) return { ok: false, problem };
  const samples = parseSeries(text);
  if (!samples.ok) return samples;
  const ownMs = probes[probe]?.intervalMs ?? 0;
  const intervalMs = interval ?? ownMs;
  if (intervalMs <= GAP_INTERVALS * ownMs) {
    return good({ probe, intervalMs, samples: samples.value });
  }
  const apart = `interval = ${offsetText(intervalMs)} is more than three of the probe's`;
  return { ok: false, problem: `${apart} (${offsetText(ownMs)}), so nothing would ever add up` };
}

/** A probe without readings makes its policy blind, and one that ends early does so later. */
function checkAll(
  built: readonly Series[],
  probes: readonly string[],
  { section }: Parts,
  findings: Findings,
): void {
  for (const probe of probes.filter((name) => !built.some((series) => series.probe === name))) {
    const text = `no series for probe ${probe}: series ${probe} = 30x10, or _x10 where it fails`;
    findings.problem(placeOf(section), text);
  }
  const [longest] = built.toSorted((a, b) => lastMs(b) - lastMs(a));
  for (const series of built) {
    if (!longest || lastMs(longest) - lastMs(series) < series.intervalMs) continue;
    const [end, other] = [lastMs(series), lastMs(longest)].map(offsetText);
    const text = `ends at ${end}, but ${longest.written} at ${other}: let both end together`;
    findings.problem(placeOf(section, series.written), text);
  }
}

/** From the first moment of a series to its last. */
function lastMs({ samples, intervalMs }: Series): number {
  return (samples.length - 1) * intervalMs;
}

/** When the test begins and in which zone its clock runs; undefined where that isn't said. */
function startOf(
  { section, plain }: Parts,
  { start, timezone }: Settings,
  rules: Conf,
  findings: Findings,
): Pick<Axis, 'startMs' | 'zone' | 'dated'> | undefined {
  const { clocks, zones } = clocksOf(rules);
  const whole = { ...section, entries: plain };
  const [zone = 'UTC', other] = timezone === undefined ? zones : [timezone];
  if (start === undefined) {
    if (clocks.length === 0) return { startMs: SOME_MONDAY_MS, zone, dated: false };
    if (plain.get('start')?.broken) return undefined;
    const text = `${clocks[0]} goes by the clock: say when the test begins, as in start = Mon 2026-01-05 08:00`;
    findings.problem(placeOf(section), text);
    return undefined;
  }
  if (other !== undefined) {
    const text = `in which zone? timezone must be given, as the conf has ${zones.join(' and ')}`;
    findings.problem(placeOf(whole, 'start'), text);
    return undefined;
  }
  const parsed = parseStart(start, zone);
  if (parsed.ok) return { startMs: parsed.value, zone, dated: true };
  findings.problem(placeOf(whole, 'start'), parsed.problem);
  return undefined;
}

/** What of a conf goes by the clock, and the zones that it is said in. */
function clocksOf({ policies, constraints }: Conf) {
  const calendars = [
    ...policies.map(({ name, schedule }) => [`policy ${name}`, schedule?.hours] as const),
    ['quiet', constraints.quiet] as const,
  ];
  const given = calendars.filter(([, calendar]) => calendar !== undefined);
  const zones = given.map(([, calendar]) => calendar?.zone ?? 'UTC');
  return { clocks: given.map(([what]) => what), zones: [...new Set(zones)] };
}

function readingsOf(series: readonly Series[], { startMs }: Axis): Reading[] {
  const all = series.flatMap(({ probe, samples, intervalMs }) =>
    samples.flatMap((sample, i) => reading(probe, sample, startMs + i * intervalMs)),
  );
  return all.toSorted((a, b) => a.at.wallMs - b.at.wallMs);
}

function reading(probe: string, sample: Sample, wallMs: number): Reading[] {
  const at = { wallMs, boot: BOOT, bootMs: wallMs };
  if (sample === 'none') return [];
  return [sample === 'missing' ? { probe, at, missing: 'missing' } : { probe, at, value: sample }];
}

function expectationsOf(
  { section, expect }: Parts,
  axis: Axis,
  readings: readonly Reading[],
  names: Names,
  findings: Findings,
): Expectation[] {
  if (expect.length === 0) {
    const text = 'expects nothing of it: where no request is to be made, write expect = nothing';
    findings.problem(placeOf(section), text);
  }
  return expect.flatMap((worded) => {
    if (worded.entry.broken) return [];
    const parsed = expectation(worded, axis, readings, names);
    if (parsed.ok) return [parsed.value];
    findings.problem(placeOf(section, worded.entry.key), parsed.problem);
    return [];
  });
}

function expectation(
  { about, entry }: Worded,
  axis: Axis,
  readings: readonly Reading[],
  names: Names,
): Parsed<Expectation> {
  const when = parseWhen(about, axis);
  if (!when.ok) return when;
  const claims = parseClaims(entry.value, names);
  if (!claims.ok) return claims;
  const problem = betweenReadings(when.value, claims.value, axis, readings);
  if (problem !== undefined) return { ok: false, problem };
  const written = `${entry.key} = ${entry.value}`;
  return good({ line: entry.line, written, when: when.value, claims: claims.value });
}

/** Requests are made on readings: at any other moment none could ever be. */
function betweenReadings(
  { fromMs, toMs }: When,
  claims: readonly Claim[],
  axis: Axis,
  readings: readonly Reading[],
): string | undefined {
  const about = claims.some(({ kind }) => kind === 'request' || kind === 'nothing');
  if (fromMs !== toMs || !about) return undefined;
  const times = readings.map(({ at }) => at.wallMs);
  if (times.includes(fromMs)) return undefined;
  const sides = [times.findLast((ms) => ms < fromMs), times.find((ms) => ms > fromMs)];
  const near = sides.filter((ms) => ms !== undefined).map((ms) => offsetText(ms - axis.startMs));
  return `there is no reading then, so nothing is decided; the nearest are at ${near.join(' and ')}`;
}
