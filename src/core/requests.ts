/**
 * The way of an open request to its one outcome (the drawing stands above `OpenRequest`). The
 * outcome is what a locator saw, never what an attempt said of itself (DESIGN.md §7).
 */
import { type Close, handOver, handsBack, takeCloneHappening } from './clone.ts';
import type { Ended } from './entries.ts';
import type { Attempted, HeldByProvider, Located, Preflighted, Prepared } from './events.ts';
import { gateResults } from './gates.ts';
import { heldText } from './hold.ts';
import { beforeMove } from './hooks.ts';
import { noteNoRecovery } from './learning.ts';
import type { Answer } from './sighting.ts';
import { nextTarget } from './spending.ts';
import type { OpenRequest } from './state.ts';
import { hostsOf, toldByConf } from './targets.ts';
import { elapsedMs } from './time.ts';
import type { Turn } from './turn.ts';

export function preflighted(turn: Turn, event: Preflighted): void {
  const request = openRequest(turn, event.request);
  if (request?.phase !== 'preflight' || request.to !== event.to) return;
  if (event.held) return endHeld(turn, request, event.held);
  if (!event.ok && event.ofSource) return endAtSource(turn, request, event.reason);
  if (!event.ok) return nextTry(turn, request, event.reason ?? 'preflight failed');
  const stop = stopSince(turn, request);
  const from = { at: request.from, stopped: true };
  if (stop !== undefined) return end(turn, request, 'failed', stop, from);
  if (!turn.conf.hooks.beforeMove) return migrate(turn, request);
  turn.record({ type: 'progress', request: request.id, phase: 'preparing', to: request.to });
  turn.act({ do: 'hook', ...beforeMove(request) });
}

/** `before_move` has ended; what it refuses is no fault of the target's. */
export function prepared(turn: Turn, { request: id, to, ok, text }: Prepared): void {
  const request = openRequest(turn, id);
  if (request?.phase !== 'preparing' || request.to !== to) return;
  turn.record({ type: 'progress', request: id, phase: 'prepared', to, ok, text });
  const stop = request.cancelled ? 'cancelled before it began' : stopSince(turn, request);
  const from = { at: request.from, stopped: stop !== undefined };
  const against = stop ?? (ok ? undefined : `before_move: ${text}`);
  if (against !== undefined) return end(turn, request, 'failed', against, from);
  migrate(turn, request);
}

function migrate(turn: Turn, { id, from, to }: OpenRequest): void {
  turn.record({ type: 'progress', request: id, phase: 'migrating', to });
  turn.act({ do: 'migrate', request: id, from, to });
}

/** Somebody paused or inhibited meanwhile: the move doesn't begin. */
function stopSince(turn: Turn, request: OpenRequest): string | undefined {
  const results = gateResults({ verdict: request.verdict }, turn.state, turn.conf, turn.at);
  const stop = results.find(({ gate, hold }) => hold && (gate === 'paused' || gate === 'hold'));
  return stop?.hold?.reason;
}

/** What the provider holds is no fault of the target's: no bar, and no other target. */
function endHeld(turn: Turn, request: OpenRequest, held: HeldByProvider): void {
  const { from } = request;
  recordHold(turn, request, held);
  end(turn, request, 'failed', heldText(held), { at: from, stopped: true });
}

/** Without a time it is looked at again after the first; no provider's time is believed beyond the others. */
const HOLD_MS = 600_000;
const HOLD_MIN_MS = 10_000;
const HOLD_MAX_MS = 24 * 3_600_000;

function recordHold(turn: Turn, { id: request }: OpenRequest, held: HeldByProvider): void {
  const { host, why, forMs = HOLD_MS } = held;
  const for_ms = Math.max(HOLD_MIN_MS, Math.min(forMs, HOLD_MAX_MS));
  turn.record({ type: 'held-by-provider', request, host, why, for_ms });
}

/** No fault of the target's: no bar, and no other target; it is tried again as after any failure. */
function endAtSource(turn: Turn, request: OpenRequest, reason = 'preflight failed'): void {
  end(turn, request, 'failed', reason, { at: request.from });
}

function nextTry(turn: Turn, request: OpenRequest, text: string): void {
  const { id, to, tried, only } = request;
  const { state, conf, at } = turn;
  const mayTry = only !== true && tried.length < conf.constraints.maxTargets;
  const next = mayTry ? nextTarget(request, tried, state, conf, at) : undefined;
  const phase = 'preflight-failed';
  turn.record({
    type: 'progress',
    request: id,
    phase,
    to,
    text,
    ...(next === undefined ? {} : { next }),
  });
  if (next === undefined) {
    const tooDear = mayTry ? overBudget(turn, request) : undefined;
    const reason = tooDear === undefined ? `${to}: ${text}` : `${to}: ${text}; ${tooDear}`;
    return end(turn, request, 'failed', reason, { at: request.from });
  }
  turn.act({ do: 'preflight', request: id, from: request.from, to: next });
}

/** The first target was paid for; the others may cost more. */
function overBudget(turn: Turn, { verdict, force }: OpenRequest): string | undefined {
  const asking = { verdict, ...(force ? { force } : {}) };
  const results = gateResults(asking, turn.state, turn.conf, turn.at);
  return results.find(({ gate }) => gate === 'budget')?.hold?.reason;
}

export function attempted(turn: Turn, event: Attempted): void {
  const request = openRequest(turn, event.request);
  if (request?.phase !== 'migrating') return;
  const { id, to } = request;
  const { ok, text, blackoutMs, held, ofSource, using } = event;
  if (held) recordHold(turn, request, held);
  const more = {
    ...(blackoutMs === undefined ? {} : { blackout_ms: blackoutMs }),
    ...(ofSource ? { of_source: true as const } : {}),
    ...(using === undefined ? {} : { using }),
  };
  turn.record({ type: 'progress', request: id, phase: 'attempted', to, ok, text, ...more });
  turn.act({ do: 'locate', request: id, look: 0, afterMs: 0 });
}

/** A look for the guest: it decides an open request, or tells of a place nobody asked for. */
export function located(turn: Turn, event: Located): void {
  if (event.request === undefined) return seen(turn, event);
  const request = openRequest(turn, event.request);
  if (request) decide(turn, request, event);
}

/** A place that is seen for moving in so many looks, with no attempt under way, isn't known. */
const MOVING_LOOKS = 10;

/** So long may an attempt of an earlier life of the daemon go on before people are told. */
const UNDERWAY_MS = 3_600_000;

/** Nothing is decided while an attempt may be under way: another could begin beside it. */
function decide(turn: Turn, request: OpenRequest, event: Located): void {
  const { sighting, ended = true, look = 0 } = event;
  if (!ended && !isEndless(turn, request, look)) return lookAgain(turn, request, look);
  if (!ended) return unconfirmed(turn, request, sighting.answers, look);
  if (sighting.kind === 'at') {
    const { host, clone } = sighting;
    if (clone?.request === request.id && host === request.to) {
      const { id, from, to } = request;
      handOver(turn, { request: id, instance: clone.instance, from, to });
    }
    return arrivedAt(turn, request, host);
  }
  if (sighting.kind === 'moving' && look < MOVING_LOOKS) return lookAgain(turn, request, look);
  unconfirmed(turn, request, sighting.answers, look);
}

/** The attempt was given up and yet goes on, or nobody is left who would give it up. */
function isEndless(turn: Turn, { phase, at }: OpenRequest, look: number): boolean {
  if (phase === 'locating' || phase === 'unconfirmed') return look >= MOVING_LOOKS;
  return elapsedMs(at, turn.at) >= UNDERWAY_MS;
}

function arrivedAt(turn: Turn, request: OpenRequest, host: string): void {
  if (host === request.to) {
    noteNoRecovery(turn, request);
    return end(turn, request, 'confirmed', `seen at ${host}`, { at: host });
  }
  if (host === request.from) {
    const { cancelled = false, held = false, phase } = request;
    const stopped = cancelled || held || phase === 'preparing';
    return end(turn, request, 'failed', failure(request), { at: host, stopped });
  }
  end(turn, request, 'failed', `seen at ${host} instead`, { at: host });
  turn.record({ type: 'moved-by-other', from: request.from, to: host });
}

function failure(request: OpenRequest): string {
  if (request.phase === 'preparing') return 'the daemon ended while before_move ran';
  const at = `still at ${request.from}`;
  if (request.cancelled) return `cancelled, ${at}`;
  return request.attempt?.text ? `${request.attempt.text} (${at})` : at;
}

/** Blocking, and said again only when the answers change. */
function unconfirmed(
  turn: Turn,
  request: OpenRequest,
  answers: readonly Answer[],
  look: number,
): void {
  const same = request.phase === 'unconfirmed' && sameAnswers(request.answers ?? [], answers);
  const { id, to } = request;
  if (!same) {
    turn.record({ type: 'progress', request: id, phase: 'unconfirmed', to, answers });
  }
  lookAgain(turn, request, look);
}

function sameAnswers(one: readonly Answer[], other: readonly Answer[]): boolean {
  const text = (answers: readonly Answer[]) => answers.map((a) => `${a.who}\n${a.says}`).join('\n');
  return text(one) === text(other);
}

function lookAgain(turn: Turn, request: OpenRequest, look: number): void {
  const { lookMs, lookMaxMs } = turn.conf.constraints;
  const afterMs = Math.min(lookMs * 2 ** look, lookMaxMs);
  turn.act({ do: 'locate', request: request.id, look: look + 1, afterMs });
}

/** A periodic look, or one after a freeze. While a request is open, only its own looks count. */
function seen(turn: Turn, { sighting, begun }: Located): void {
  const { state } = turn;
  if (state.request || sighting.kind === 'moving') return;
  // Where a clone acts, or is itself, only the hand-over says where the guest is.
  if (state.handedOver || state.origin) return;
  // What was seen before the latest arrival tells nothing of now.
  if (begun && state.arrival && elapsedMs(begun, state.arrival.at) > 0) return;
  if (sighting.kind === 'unknown') {
    if (state.lost || toldByConf(turn.conf) !== undefined) return;
    return turn.record({ type: 'place-lost', answers: sighting.answers });
  }
  const { host, answers } = sighting;
  const here = state.place?.host;
  if (here !== undefined && here !== host) {
    return turn.record({ type: 'moved-by-other', from: here, to: host });
  }
  if (here === host && !state.lost) return;
  const by = answers.map(({ who }) => who).join(', ') || 'locator';
  turn.record({ type: 'place', host, by });
}

/** By hand: `--at HOST` tells where the guest is; without a host nobody knows (`--abandon`). */
export function resolve(turn: Turn, id: string, host: string | undefined): void {
  const request = openRequest(turn, id);
  if (!request && turn.state.handedOver?.request === id) return takeBackByHand(turn, id, host);
  if (!request) return turn.refuse('wrong', noSuchRequest(turn, id));
  if (handsBack(turn.state) !== undefined) return refuseHandingBack(turn);
  if (['preflight', 'preparing', 'migrating'].includes(request.phase)) {
    return turn.refuse('held', `request ${id} is ${request.phase}`, `vmmanage cancel ${id}`);
  }
  if (host === undefined) return end(turn, request, 'abandoned', 'abandoned by hand');
  if (!isKnown(turn, host)) return refuseHost(turn, host);
  arrivedAt(turn, request, host);
}

/** A person says that the clone is gone for good, and where the guest is. */
function takeBackByHand(turn: Turn, request: string, host: string | undefined): void {
  if (host === undefined) {
    const how = `end its instance, then vmmanage resolve ${request} --at HOST`;
    return turn.refuse('wrong', `request ${request} is handed over to a clone`, how);
  }
  if (host === turn.state.handedOver?.to) {
    return turn.refuse('wrong', `the guest is at ${host} already, by its clone`);
  }
  if (!isKnown(turn, host)) return refuseHost(turn, host);
  const event = { type: 'taken-back', request, reason: 'by hand', host } as const;
  takeCloneHappening(turn, event, closeOpen(turn));
}

function isKnown({ conf }: Turn, host: string): boolean {
  return conf.sites.flatMap(hostsOf).includes(host);
}

function refuseHost(turn: Turn, host: string): void {
  const known = turn.conf.sites.flatMap(hostsOf).join(', ');
  turn.refuse('wrong', `no host ${host} in the conf; there are ${known}`);
}

/** For a clone, whose open request ends with what home says. */
export function closeOpen(turn: Turn): Close {
  return (outcome, reason, at) => {
    const { request } = turn.state;
    if (request) end(turn, request, outcome, reason, { at, stopped: outcome === 'failed' });
  };
}

export function cancel(turn: Turn, id: string | undefined): void {
  const request = id === undefined ? turn.state.request : openRequest(turn, id);
  if (!request) return turn.refuse('wrong', noSuchRequest(turn, id));
  if (handsBack(turn.state) !== undefined) return refuseHandingBack(turn);
  if (request.phase === 'preflight') {
    const from = { at: request.from, stopped: true };
    return end(turn, request, 'failed', 'cancelled before it began', from);
  }
  if (request.phase !== 'migrating' && request.phase !== 'preparing') {
    return turn.refuse('held', `request ${request.id} has no attempt under way`, remedy(request));
  }
  turn.record({ type: 'progress', request: request.id, phase: 'cancelling', to: request.to });
  turn.act({ do: 'cancel', request: request.id });
}

/** A clone that went on would act beside home. */
function refuseHandingBack(turn: Turn): void {
  turn.refuse('held', 'home may have taken back already', 'wait');
}

function remedy(request: OpenRequest): string {
  return `wait, or vmmanage resolve ${request.id} --at HOST`;
}

function noSuchRequest(turn: Turn, id: string | undefined): string {
  const open = turn.state.request;
  if (!open) return 'no request is open';
  return `no request ${id} is open; ${open.id} is`;
}

/**
 * At a start: an open request is looked for before the first reading counts, and an `after_move`
 * that didn't come to its end, or an alert, is carried out again. A request that was still looking at its target has asked
 * nobody for anything, wherever the guest may be.
 */
export function reconcile(turn: Turn): void {
  const { request, owed, alerts } = turn.state;
  for (const alert of alerts.pending) turn.act({ do: 'alert', alert });
  for (const call of owed) turn.act({ do: 'hook', ...call });
  if (request?.phase === 'preflight') {
    const reason = 'the daemon ended before anything was asked';
    end(turn, request, 'failed', reason, { at: request.from, stopped: true });
  } else if (request) {
    turn.act({ do: 'locate', request: request.id, look: 0, afterMs: 0 });
  }
}

interface Seen {
  /** Where the guest is. */
  readonly at?: string;
  /** By a person or by our own end, not by the hosts. */
  readonly stopped?: boolean;
}

function end(
  turn: Turn,
  request: OpenRequest,
  outcome: Ended['outcome'],
  reason: string,
  { at: host, stopped = false }: Seen = {},
): void {
  turn.record({
    type: 'outcome',
    request: request.id,
    outcome,
    ...(host === undefined ? {} : { host }),
    reason,
    took_ms: elapsedMs(request.at, turn.at),
    ...(request.blackoutMs === undefined ? {} : { blackout_ms: request.blackoutMs }),
    ...(stopped ? { stopped } : {}),
    ...(turn.conf.hooks.afterMove ? { after_move: true } : {}),
  });
  const call = turn.state.owed.find((owed) => owed.request === request.id);
  if (call) turn.act({ do: 'hook', ...call });
}

function openRequest(turn: Turn, id: string): OpenRequest | undefined {
  const { request } = turn.state;
  return request?.id === id ? request : undefined;
}
