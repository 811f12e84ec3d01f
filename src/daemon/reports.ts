/**
 * What `status`, `explain`, `hosts` and `where` are told: the state as it is, put in words. It
 * decides nothing and keeps nothing.
 */

import type { Configured, EffectiveValue } from '../conf/loaded.ts';
import type { Conf } from '../core/conf.ts';
import type { Told } from '../core/events.ts';
import { firstHold, type Overview, overview } from '../core/explain.ts';
import {
  type Asking,
  type GateName,
  type GateResult,
  type Pause,
  pauseAt,
  programsWords,
} from '../core/gates.ts';
import { isMonitored } from '../core/hours.ts';
import { recentMoves } from '../core/moves.ts';
import { answersText } from '../core/sentences.ts';
import type { Sighting } from '../core/sighting.ts';
import type { OpenRequest, State } from '../core/state.ts';
import { barLeftMs, candidates, currentHost, hostsOf, isBase, siteOf } from '../core/targets.ts';
import { later, type Stamp } from '../core/time.ts';
import type { Reading } from '../core/words.ts';
import { isPresent } from '../core/words.ts';
import type {
  AlertReport,
  ExplainReport,
  GateReport,
  HostReport,
  PastRequest,
  PlaceReport,
  ProbeReport,
  ProviderReport,
  RequestReport,
  ShadowReport,
  SinkReport,
  StatusReport,
  WhereReport,
} from '../wire/control.ts';
import { learnedReport, orderReason, orderText, withLessons } from './lesson-reports.ts';
import { locatorReports } from './locator-reports.ts';
import { iso } from './past.ts';
import { policyReport, reasonOf } from './policy-report.ts';
import type { Look } from './watch.ts';
import type { Look as LocatorLook } from './witnesses.ts';

/** Everything a report may speak of. */
export interface Sight {
  readonly version: string;
  readonly pid: number;
  readonly at: Stamp;
  readonly state: State;
  readonly conf: Conf;
  readonly probes: readonly Configured[];
  readonly effective: readonly EffectiveValue[];
  readonly files: readonly string[];
  readonly loadedMs: number;
  /** Of the last reload, if it failed. */
  readonly problems: readonly string[];
  readonly cautions: readonly string[];
  readonly look: Look | undefined;
  /** What each locator said at the latest look. */
  readonly looks: readonly LocatorLook[];
  /** What the `hold_while` program said last. */
  readonly told: Told | undefined;
  readonly nextLookMs: number | undefined;
  /** How far the open request's attempt is, where its migrator tells. */
  readonly progress?: string | undefined;
  readonly past: readonly PastRequest[];
  /** While the guest is passive or paused. */
  readonly shadow: ShadowReport | undefined;
  /** The latest readings of each probe, newest last. */
  readonly readings: Readonly<Record<string, readonly Reading[]>>;
  readonly sink: SinkReport | undefined;
  readonly provider: ProviderReport | undefined;
  /** The journal can't be written. */
  readonly trouble: string | undefined;
}

const DAY_MS = 86_400_000;

export function statusReport(sight: Sight): StatusReport {
  const { state, conf, at, past } = sight;
  const pause = pauseAt(state, at);
  const view = overview(state, conf, at, { told: stillTold(sight) });
  const held = heldReport(sight, view);
  const last = past.findLast(({ outcome }) => outcome === 'confirmed');
  return {
    version: sight.version,
    vm: conf.vm,
    pid: sight.pid,
    now: iso(at.wallMs),
    mode: pause ? 'paused' : conf.constraints.mode,
    ...(pause ? { paused: pausedReport(pause) } : {}),
    conf: { files: sight.files, loaded: iso(sight.loadedMs), problems: sight.problems },
    ...(sight.trouble === undefined ? {} : { trouble: sight.trouble }),
    inhibited: Object.values(state.inhibitors),
    place: placeReport(sight),
    moves: movesReport(sight),
    ...(last ? { last_move: last } : {}),
    probes: sight.probes.map((probe) => probeReport(probe, sight)),
    policies: conf.policies.map((policy) => policyReport(policy, view, sight)),
    ...(held ? { held } : {}),
    next: nextReport(sight, view),
    bars: hostReports(sight).filter(({ barred }) => barred),
    ...openRequest(sight),
    ...(sight.sink ? { sink: sight.sink } : {}),
    ...(sight.provider ? { provider: sight.provider } : {}),
    ...(sight.shadow ? { shadow: sight.shadow } : {}),
    ...alertReport(sight.state),
    cautions: sight.cautions,
  };
}

/** `status` asks no program: its last answer counts while that is what holds. */
function stillTold({ state, told }: Sight): Told | undefined {
  const holds = Object.values(state.said.held).some(({ gate }) => gate === 'hold');
  return holds ? told : undefined;
}

function alertReport({ alerts: { last } }: State): { alert?: AlertReport } {
  if (!last) return {};
  const { at, about, ok: sent, text } = last;
  return { alert: { time: iso(at.wallMs), about, sent, text } };
}

function pausedReport({ since, why, leftMs }: Pause) {
  return {
    since: iso(since.wallMs),
    ...(why === undefined ? {} : { why }),
    ...(leftMs === undefined ? {} : { left_ms: leftMs }),
  };
}

function placeReport({ state, conf, look, looks }: Sight): PlaceReport {
  const host = currentHost(state, conf);
  const site = siteOf(host, conf);
  return {
    ...(host === undefined ? {} : { host, base: isBase(host, conf) }),
    ...(host !== undefined && site ? { site: site.name } : {}),
    ...(state.place ? { since: iso(state.place.since.wallMs) } : {}),
    ...(look ? { looked: iso(look.wallMs) } : {}),
    answers: look?.sighting.answers ?? [],
    locators: locatorReports(looks),
    lost: state.lost !== undefined || host === undefined,
  };
}

function movesReport({ state, conf, at, past }: Sight): StatusReport['moves'] {
  const limit = conf.constraints.maxMoves;
  if (limit) {
    return { n: recentMoves(state.moves, at, conf).length, limit: limit.n, span_ms: limit.spanMs };
  }
  const since = iso(at.wallMs - DAY_MS);
  const moves = past.filter((p) => p.outcome === 'confirmed' && p.ended >= since);
  return { n: moves.length, span_ms: DAY_MS };
}

function probeReport({ name, kind }: Configured, { state, conf, at }: Sight): ProbeReport {
  const rule = conf.probes[name];
  const probe = state.probes[name];
  const latest = probe?.latest;
  return {
    name,
    kind,
    unit: rule?.unit ?? '',
    interval_ms: rule?.intervalMs ?? 0,
    ...(latest ? { time: iso(latest.at.wallMs), ...measured(latest) } : {}),
    failing: probe?.failing ?? false,
    ...(isMonitored(name, state, conf, at) ? {} : { resting: true }),
  };
}

function measured(reading: Reading): { value: number } | { missing: string } {
  return isPresent(reading) ? { value: reading.value } : { missing: reading.missing };
}

function heldReport(sight: Sight, view: Overview): StatusReport['held'] {
  if (view.hypothetical) return undefined;
  const first = firstHold(view.gates);
  if (!first) return undefined;
  const policy = view.arbitration?.winner.policy;
  const whose = policy === undefined ? {} : { policy };
  return { ...gateReport(first, sight.effective), verdict: view.verdict, ...whose };
}

/** Where each gate's option stands in the conf. */
const GATE_OPTION: Partial<Record<GateName, string>> = {
  paused: 'mode',
  settling: 'settle',
  hold: 'hold_while',
  cooldown: 'cooldown',
  retry: 'retry',
  'move limit': 'max_moves',
  quiet: 'quiet',
  'all tried': 'all_tried',
  'provider disagrees': 'moved_back_rest',
  budget: 'budget',
};
/** Makes a span grow; told where one has grown and the conf says by how much. */
const GROWTH_OPTION = 'cooldown_growth';
const DEFAULT = 'default';

function gateReport({ gate, hold }: GateResult, effective: readonly EffectiveValue[]): GateReport {
  // A hold that somebody else's word made comes from no option.
  const byWord = gate === 'hold' && programsWords(hold?.reason ?? '') === undefined;
  const origins = effective
    .filter(({ section }) => section === 'constraints' && !byWord)
    .filter(({ key, origin }) => {
      const growth = hold?.made !== undefined && key === GROWTH_OPTION && origin !== DEFAULT;
      return key === GATE_OPTION[gate] || growth;
    })
    .map(({ key, value, origin }) => `${key} = ${value}, ${origin}`);
  return {
    gate,
    ...(hold ? { reason: hold.reason, change: hold.change } : {}),
    ...(hold?.leftMs === undefined ? {} : { left_ms: hold.leftMs }),
    ...(hold?.made === undefined ? {} : { made: hold.made }),
    ...(origins.length === 0 ? {} : { origin: origins.join('; ') }),
  };
}

function nextReport({ state, conf, at }: Sight, view: Overview): StatusReport['next'] {
  const open = view.targets.find(({ against }) => against === undefined);
  if (!open || view.hypothetical) return {};
  if (conf.constraints.mode === 'passive') return { why: 'nothing is asked for' };
  const waitMs = longestWaitMs(view);
  return {
    to: open.host,
    why: orderReason(open.host, view.verdict, { state, conf, at }),
    ...(waitMs === undefined ? {} : { at: iso(later(at, waitMs).wallMs) }),
  };
}

/** Until the last gate opens; undefined where none holds, or where nobody knows when one opens. */
function longestWaitMs({ gates }: Overview): number | undefined {
  const waits = gates.flatMap(({ hold }) => (hold ? [hold.leftMs ?? Infinity] : []));
  const longest = Math.max(...waits);
  return Number.isFinite(longest) ? longest : undefined;
}

export function hostReports({ state, conf, at }: Sight): HostReport[] {
  const here = currentHost(state, conf);
  return conf.sites.flatMap((site) => {
    return hostsOf(site).map((host) => {
      const leftMs = barLeftMs(state.bars[host], conf, at);
      const [candidate] = candidates({ verdict: 'move', host }, state, conf, at);
      const against = candidate?.against ?? (isBase(host, conf) ? 'by --base only' : undefined);
      return {
        host,
        site: site.name,
        base: host === site.base,
        here: host === here,
        ...(leftMs > 0
          ? { barred: { left_ms: leftMs, reason: state.bars[host]?.reason ?? '' } }
          : {}),
        ...(against === undefined ? {} : { against }),
        ...learnedReport(state.lessons[host], site, at),
      };
    });
  });
}

type OfRequest = Pick<Sight, 'state' | 'nextLookMs' | 'progress'>;

function openRequest(sight: OfRequest): { request?: RequestReport } {
  const { request } = sight.state;
  return request ? { request: requestReport(request, sight) } : {};
}

export function requestReport(
  request: OpenRequest,
  { nextLookMs, progress }: Pick<Sight, 'nextLookMs' | 'progress'>,
): RequestReport {
  const { id, verdict, policy, from, to, phase, answers = [] } = request;
  return {
    id,
    verdict,
    ...(policy === undefined ? {} : { policy }),
    from,
    to,
    phase,
    since: iso(request.at.wallMs),
    answers,
    ...(progress === undefined ? {} : { progress }),
    ...(nextLookMs === undefined ? {} : { next_look: iso(nextLookMs) }),
    ...(phase === 'unconfirmed' ? { do: `vmmanage resolve ${id} --at HOST` } : {}),
  };
}

export function whereReport(sighting: Sighting, { conf, at, looks }: Sight): WhereReport {
  const { kind, answers } = sighting;
  const said = { now: iso(at.wallMs), kind, answers, locators: locatorReports(looks) };
  if (kind === 'unknown') return said;
  const host = kind === 'at' ? sighting.host : sighting.to;
  const site = siteOf(host, conf)?.name;
  return { ...said, host, ...(site === undefined ? {} : { site }) };
}

/** What an explanation speaks of, now or at a moment of the past. */
export type Explained = Pick<
  Sight,
  | 'state'
  | 'conf'
  | 'at'
  | 'probes'
  | 'readings'
  | 'effective'
  | 'past'
  | 'nextLookMs'
  | 'progress'
  | 'trouble'
  | 'told'
  | 'shadow'
>;

/** `asked`: what a request of the past asked for, at the moment at which it was made. */
export function explainReport(sight: Explained, asked?: Asking): ExplainReport {
  const { state, conf, at } = sight;
  const view = overview(state, conf, at, { asked, told: sight.told });
  const { winner, losers = [] } = view.arbitration ?? {};
  const since = iso(at.wallMs - DAY_MS);
  return {
    now: iso(at.wallMs),
    vm: conf.vm,
    summary: summary(sight, view),
    readings: sight.probes.map(({ name }) => ({
      probe: name,
      unit: conf.probes[name]?.unit ?? '',
      latest: (sight.readings[name] ?? []).map((r) => ({ time: iso(r.at.wallMs), ...measured(r) })),
    })),
    policies: conf.policies.map((policy) => policyReport(policy, view, sight)),
    ...(winner ? { winner: said(winner) } : {}),
    losers: losers.map(said),
    asked: { verdict: view.verdict, hypothetical: view.hypothetical },
    gates: view.gates.map((gate) => gateReport(gate, sight.effective)),
    targets: view.targets.map((target) => withLessons(target, sight)),
    order: orderText(view.verdict, { state, conf, at }),
    past: sight.past.filter(({ time }) => time >= since),
    ...(sight.shadow ? { shadow: sight.shadow } : {}),
    ...openRequest(sight),
  };
}

function said({ policy, verdict, reason }: { policy: string; verdict: string; reason: string }) {
  return { policy, verdict, reason };
}

function summary(sight: Explained, view: Overview): string {
  const { state, conf, trouble } = sight;
  if (trouble !== undefined) return `Not moving: ${trouble}.`;
  if (state.request) return requestSummary(state.request);
  const { winner } = view.arbitration ?? {};
  if (view.hypothetical) {
    const policy = conf.policies.find(({ name }) => name === winner?.policy);
    return `Not moving: ${policy && winner ? reasonOf(policy, winner, view, sight) : 'no policy'}.`;
  }
  const hold = firstHold(view.gates)?.hold;
  if (hold) return `Not moving: ${hold.reason}.`;
  if (view.arbitration?.winner.byClock) return 'Closing time: a request is made within a minute.';
  return 'The next present reading makes a request.';
}

function requestSummary({ id, from, to, phase, answers = [] }: OpenRequest): string {
  if (phase !== 'unconfirmed') return `Moving from ${from} to ${to}: ${phase} (request ${id}).`;
  return `Blocked: request ${id} ${from}→${to} is unconfirmed (${answersText(answers)}).`;
}
