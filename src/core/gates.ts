/**
 * Reasons not to act on a verdict now (DESIGN.md §6), in the order in which they are given. A gate
 * says why it holds, for how long, and what would have to change; one that is `off` never holds.
 */

import { whyResting } from './clone.ts';
import type { Conf } from './conf.ts';
import { cooldown } from './cooldown.ts';
import type { Told } from './events.ts';
import { FORCE, FORCE_NOW, type Hold, heldText, timed } from './hold.ts';
import { recentMoves } from './moves.ts';
import { allTried, providerDisagrees } from './rests.ts';
import { budgetLeft, dayLeftMs, moneyText, priceOf } from './spending.ts';
import type { State } from './state.ts';
import { candidates, currentHost, openHosts, siteOf, toldByConf, type Wanted } from './targets.ts';
import { formatSpan } from './text.ts';
import { elapsedMs, type Stamp } from './time.ts';
import { isSettling } from './tracks.ts';
import { spanAt } from './windows.ts';

export interface Asking extends Wanted {
  /** A person insists; skips the gates that permit it. */
  readonly force?: boolean;
  /** A schedule's closing time: decided by the clock, so nothing that counts moves holds it. */
  readonly closing?: boolean;
  /** What the `hold_while` program has just said, where it was asked. */
  readonly told?: Told;
}

interface Gate {
  readonly name: GateName;
  /** Whether `--force` skips it. */
  readonly skippable: boolean;
  holds(asking: Asking, state: State, conf: Conf, at: Stamp): Hold | undefined;
}

export type GateName =
  | 'paused'
  | 'in flight'
  | 'handed over'
  | 'settling'
  | 'hold'
  | 'cooldown'
  | 'retry'
  | 'move limit'
  | 'quiet'
  | 'all tried'
  | 'provider disagrees'
  | 'budget'
  | 'place unknown'
  | 'no target';

/** In force; without `leftMs` until somebody resumes. */
export interface Pause {
  readonly since: Stamp;
  readonly why: string | undefined;
  readonly leftMs: number | undefined;
}

export interface GateResult {
  readonly gate: GateName;
  readonly hold?: Hold;
}

const GATES: readonly Gate[] = [
  { name: 'paused', skippable: false, holds: paused },
  { name: 'in flight', skippable: false, holds: inFlight },
  { name: 'handed over', skippable: false, holds: handedOver },
  { name: 'settling', skippable: false, holds: settling },
  { name: 'hold', skippable: false, holds: held },
  { name: 'cooldown', skippable: true, holds: cooldown },
  { name: 'retry', skippable: false, holds: retry },
  { name: 'move limit', skippable: true, holds: moveLimit },
  { name: 'quiet', skippable: true, holds: quiet },
  { name: 'all tried', skippable: true, holds: allTried },
  { name: 'provider disagrees', skippable: false, holds: providerDisagrees },
  { name: 'budget', skippable: true, holds: budget },
  { name: 'place unknown', skippable: false, holds: placeUnknown },
  { name: 'no target', skippable: false, holds: noTarget },
];

export const GATE_NAMES: readonly GateName[] = GATES.map(({ name }) => name);

/** Every gate's answer, in order. */
export function gateResults(asking: Asking, state: State, conf: Conf, at: Stamp): GateResult[] {
  return GATES.map((gate) => {
    const hold = holdOf(gate, asking, state, conf, at);
    return hold ? { gate: gate.name, hold } : { gate: gate.name };
  });
}

/** Those that hold, in order; who wants only the first doesn't ask the others. */
export function* holding(
  asking: Asking,
  state: State,
  conf: Conf,
  at: Stamp,
): Generator<Required<GateResult>, undefined> {
  for (const gate of GATES) {
    const hold = holdOf(gate, asking, state, conf, at);
    if (hold) yield { gate: gate.name, hold };
  }
}

function holdOf(gate: Gate, asking: Asking, state: State, conf: Conf, at: Stamp): Hold | undefined {
  const skipped = asking.force === true && gate.skippable;
  return skipped ? undefined : gate.holds(asking, state, conf, at);
}

function paused(_: Asking, state: State, conf: Conf, at: Stamp): Hold | undefined {
  const pause = pauseAt(state, at);
  if (pause) {
    const { leftMs, why } = pause;
    const until = leftMs === undefined ? '' : ` for ${formatSpan(leftMs)} more`;
    return {
      reason: `paused${until}${why === undefined ? '' : `: ${why}`}`,
      ...(leftMs === undefined ? {} : { leftMs }),
      change: 'vmmanage resume',
    };
  }
  if (conf.constraints.mode === 'active') return undefined;
  return { reason: 'mode = passive', change: 'set [constraints] mode = active and reload' };
}

/** One that is over is none, though only the next event records its end. */
export function pauseAt({ paused }: State, at: Stamp): Pause | undefined {
  if (!paused) return undefined;
  const { at: since, forMs, why } = paused;
  const leftMs = forMs === undefined ? undefined : forMs - elapsedMs(since, at);
  return leftMs !== undefined && leftMs <= 0 ? undefined : { since, why, leftMs };
}

function inFlight(_: Asking, state: State): Hold | undefined {
  const { request } = state;
  if (!request) return undefined;
  const { id, from, to } = request;
  if (request.phase !== 'unconfirmed') {
    return { reason: `request ${id} to ${to} is open`, change: 'wait, or vmmanage cancel' };
  }
  return {
    reason: `request ${id} ${from}→${to} is unconfirmed`,
    change: `vmmanage resolve ${id} --at HOST`,
  };
}

/** Of home and its clone one acts; the other asks for nothing, whoever insists. */
function handedOver(_: Asking, state: State, __: Conf, at: Stamp): Hold | undefined {
  return whyResting(state, at);
}

function settling(_: Asking, state: State, conf: Conf, at: Stamp): Hold | undefined {
  if (!state.arrival || !isSettling(state, conf, at)) return undefined;
  return timed('settling', (conf.constraints.settleMs ?? 0) - elapsedMs(state.arrival.at, at));
}

function held({ told }: Asking, state: State, _: Conf, at: Stamp): Hold | undefined {
  const inhibitors = Object.values(state.inhibitors);
  const provider = providersHold(state, at);
  if (provider && inhibitors.length === 0 && !told?.holds) return provider;
  const reasons = [
    ...(provider ? [provider.reason] : []),
    ...(inhibitors.length === 0 ? [] : [`inhibited: ${inhibitors.join('; ')}`]),
    ...(told?.holds ? [`${PROGRAM}${told.reason}`] : []),
  ];
  if (reasons.length === 0) return undefined;
  return { reason: reasons.join(' · '), change: 'wait until that has ended' };
}

/** It is asked again by the next request, once its time is over. */
function providersHold({ providerHold }: State, at: Stamp): Hold | undefined {
  if (!providerHold) return undefined;
  const leftMs = providerHold.forMs - elapsedMs(providerHold.at, at);
  if (leftMs <= 0) return undefined;
  const hold = timed('hold', leftMs);
  const change = 'wait, or ask the provider';
  return { ...hold, reason: `${hold.reason} (${heldText(providerHold)})`, change };
}

const PROGRAM = 'hold_while: ';

/** What the `hold_while` program had said, from the reason that this gate gave. */
export function programsWords(reason: string): string | undefined {
  const index = reason.indexOf(PROGRAM);
  return index === -1 ? undefined : reason.slice(index + PROGRAM.length);
}

/** For each verdict by itself: a base that can't be reached by night says nothing of the day's hosts. */
function retry({ verdict }: Asking, state: State, conf: Conf, at: Stamp): Hold | undefined {
  const { retryMs, cooldownMaxMs } = conf.constraints;
  const failures = state.failures[verdict];
  if (retryMs === undefined || !failures) return undefined;
  const { n, at: failedAt } = failures;
  const lastsMs = Math.max(retryMs, Math.min(retryMs * 2 ** (n - 1), cooldownMaxMs));
  const leftMs = lastsMs - elapsedMs(failedAt, at);
  if (leftMs <= 0) return undefined;
  const times = n === 1 ? 'the last request failed' : `the last ${n} requests failed`;
  const hold = timed('retry', leftMs);
  return { ...hold, reason: `${hold.reason} (${times})` };
}

/** It holds a base too: an idle guest goes there only while one more move stays for leaving it. */
function moveLimit(asking: Asking, state: State, conf: Conf, at: Stamp): Hold | undefined {
  const limit = conf.constraints.maxMoves;
  if (!limit || asking.closing || asking.verdict === 'home') return undefined;
  const oldest = state.moves[state.moves.length - limit.n];
  if (!oldest) return undefined;
  const leftMs = limit.spanMs - elapsedMs(oldest, at);
  if (leftMs <= 0) return undefined;
  const moves = recentMoves(state.moves, at, conf);
  const used = `${moves.length} of ${limit.n} moves in ${formatSpan(limit.spanMs)}`;
  const change = `${FORCE}, or raise [constraints] max_moves`;
  return { reason: `move limit: ${used}, next in ${formatSpan(leftMs)}`, leftMs, change };
}

/** Quiet hours hold every verdict, closing time too: a backup's window is nobody's to break. */
function quiet(_: Asking, __: State, conf: Conf, at: Stamp): Hold | undefined {
  const calendar = conf.constraints.quiet;
  const span = calendar && spanAt(calendar, at.wallMs);
  if (!span?.inside) return undefined;
  if (span.untilMs === undefined) {
    return { reason: 'quiet at all times', change: 'mend [constraints] quiet' };
  }
  return { ...timed('quiet', span.untilMs - at.wallMs), change: FORCE };
}

/** Only a `move` and an `away`: going home or to the base never costs more, nor does staying. */
function budget(asking: Asking, state: State, conf: Conf, at: Stamp): Hold | undefined {
  const { budget: limit } = conf.constraints;
  const left = budgetLeft(asking, state, conf, at);
  if (!limit || left === Infinity) return undefined;
  const open = openHosts(asking, state, conf, at);
  const priced = open.map((host) => ({ host, hour: priceOf(host, conf) ?? 0 }));
  const cheapest = priced.toSorted((a, b) => a.hour - b.hour)[0];
  if (!cheapest || cheapest.hour <= left) return undefined;
  const { host, hour } = cheapest;
  const used = `${moneyText(limit.perDay - left)} of ${moneyText(limit.perDay)} spent today`;
  const reason = `budget: ${used}, an hour at ${host} costs ${moneyText(hour)}`;
  if (hour > limit.perDay) return { reason, change: `raise [constraints] budget, or ${FORCE_NOW}` };
  const leftMs = dayLeftMs(at, limit.zone);
  return { reason, leftMs, change: `${FORCE}, or raise [constraints] budget` };
}

function placeUnknown(_: Asking, state: State, conf: Conf): Hold | undefined {
  if (state.lost && !toldByConf(conf)) {
    const answers = state.lost.map(({ who, says }) => `${who}: ${says}`).join(' · ');
    return { reason: `no locator knows where the guest is (${answers})`, change: PLACE_REMEDY };
  }
  if (currentHost(state, conf) !== undefined) return undefined;
  return { reason: 'no locator has told where the guest is yet', change: PLACE_REMEDY };
}

const PLACE_REMEDY = 'see vmmanage where; [array] at = HOST tells it where no locator can';

function noTarget(asking: Asking, state: State, conf: Conf, at: Stamp): Hold | undefined {
  const all = candidates(asking, state, conf, at);
  if (all.some(({ against }) => against === undefined)) return undefined;
  const reasons = all.map(({ host, against }) => `${host}: ${against}`).join(' · ');
  if (all.length > 0) return barredAll(reasons);
  const baseAtHome = conf.sites.some(({ role, base }) => role === 'home' && base !== undefined);
  const lack = asking.verdict === 'base' && baseAtHome ? BASE_AT_HOME : NO_HOST[asking.verdict];
  const [none, change] = lack(sectionHere(state, conf));
  return { reason: `no target: ${none}`, change };
}

function barredAll(reasons: string): Hold {
  const change = 'add hosts, or clear a bar with vmmanage hosts --clear-bar HOST';
  return { reason: `no target: ${reasons}`, change };
}

/** Where the conf names the hosts that are here: an [array] is the only site, and called home. */
function sectionHere(state: State, conf: Conf): string {
  const site = siteOf(currentHost(state, conf), conf);
  const array = !site || (conf.sites.length === 1 && site.name === 'home');
  return array ? '[array]' : `[site ${site.name}]`;
}

type Lack = (section: string) => readonly [none: string, change: string];

/** The guest's own site has none: it is away. */
const BASE_AT_HOME: Lack = () => ['the base is at the home site', 'vmmanage move --home first'];

/** What the conf lacks, and what would give it. */
const NO_HOST: Readonly<Record<Asking['verdict'], Lack>> = {
  move: (section) => ['the conf names no other host', `add hosts to ${section} hosts`],
  base: () => ['the conf names no base', 'give one with [array] base = HOST'],
  away: () => ['the away sites have no hosts', 'add hosts to a [site] with role = away'],
  home: () => ['the home site has no hosts', 'add hosts to the [site] with role = home'],
};
