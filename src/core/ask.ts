/**
 * From a verdict to a request: arbitration, the gates, the target. The first gate that holds is
 * recorded when it changes, not on every cycle.
 */
import { type Arbitration, arbitrate } from './arbitrate.ts';
import type { Ground } from './entries.ts';
import type { AskedByHand, AskHold, Told } from './events.ts';
import { type Asking, cooldownMs, type GateResult, gateResults } from './gates.ts';
import { groundOf, opinions } from './opinions.ts';
import { currentHost, isBase, nextTarget } from './targets.ts';
import { elapsedMs } from './time.ts';
import type { Turn } from './turn.ts';
import type { Ask } from './words.ts';

/**
 * Records what the policies on this probe say now, and asks if one of them wins and may. `told` is
 * what the `hold_while` program says to it; without it the program is asked first.
 */
export function judge(turn: Turn, probe: string, newRequest: string, told?: Told): void {
  const all = opinions(turn.state, turn.conf, turn.at);
  const fresh = new Set(turn.conf.policies.filter((p) => p.probe === probe).map((p) => p.name));
  const judged = all.filter(({ policy }) => fresh.has(policy));
  for (const opinion of judged) recordVerdict(turn, opinion);
  // Of two that ask alike, the one that this reading judged asks.
  const others = all.filter(({ policy }) => !fresh.has(policy));
  const arbitration = arbitrate([...judged, ...others], turn.conf.constraints.prefer);
  if (!arbitration) return;
  const { winner } = arbitration;
  if (winner.verdict === 'stay') return recordVeto(turn, arbitration, fresh);
  if (!fresh.has(winner.policy)) return;
  const verdict = winner.verdict;
  ask(turn, arbitration, { verdict, ...(told ? { told } : {}) }, { probe, newRequest });
}

function recordVerdict(turn: Turn, opinion: Arbitration['winner']): void {
  const { policy, verdict, reason } = opinion;
  const said = turn.state.said.verdicts[policy] ?? { verdict: 'stay', reason: 'content' };
  if (said.verdict === verdict && said.reason === reason) return;
  turn.record({ type: 'verdict', verdict, ...groundOf(opinion, turn.state, turn.conf) });
}

/** One policy asks for base or home, and another that is content or blind keeps the guest. */
function recordVeto(turn: Turn, { winner, losers }: Arbitration, fresh: Set<string>): void {
  const asker = losers.find(({ policy }) => fresh.has(policy));
  if (!asker || asker.verdict === 'stay') return;
  const reason = `policy ${winner.policy} keeps it: ${winner.reason}`;
  recordHeld(turn, asker.verdict, 'other policy', {
    ...groundOf(asker, turn.state, turn.conf),
    reason,
  });
}

function ask(
  turn: Turn,
  { winner, losers }: Arbitration,
  asking: Asking,
  judged: Pick<AskHold, 'probe' | 'newRequest'>,
): void {
  const { verdict } = asking;
  const ground = groundOf(winner, turn.state, turn.conf);
  const results = gateResults(asking, turn.state, turn.conf, turn.at);
  const [first, second] = results.filter((result) => result.hold !== undefined);
  const onlyPaused = first?.gate === 'paused' && second === undefined;
  if (first && !onlyPaused) {
    return recordHeld(turn, verdict, first.gate, { ...ground, reason: first.hold?.reason ?? '' });
  }
  if (onlyPaused && wasRecorded(turn, verdict, ground)) return;
  if (turn.conf.constraints.holdWhile && !asking.told) {
    return turn.act({ do: 'ask-hold', ...judged });
  }
  if (onlyPaused) return recordWouldAsk(turn, verdict, ground);
  open(turn, asking, { ...ground, ...named(losers) }, judged.newRequest);
}

function named(losers: Arbitration['losers']): { losers?: string[] } {
  if (losers.length === 0) return {};
  return { losers: losers.map((l) => `${l.policy}: ${l.verdict}, ${l.reason}`) };
}

function recordHeld(turn: Turn, verdict: Ask, gate: string, ground: Ground): void {
  const { held } = turn.state.said;
  if (held?.gate === gate && held.verdict === verdict && held.policy === ground.policy) return;
  turn.record({ type: 'held', verdict, gate, ...ground });
}

/** Passive or paused: what would have been asked is recorded once per cooldown. */
function wasRecorded({ state, conf, at }: Turn, verdict: Ask, ground: Ground): boolean {
  const { wouldAsk } = state.said;
  if (wouldAsk?.verdict !== verdict || wouldAsk.policy !== ground.policy) return false;
  const pauseMs = Math.max(cooldownMs(state, conf), conf.constraints.settleMs ?? 0);
  return elapsedMs(wouldAsk.at, at) < pauseMs;
}

function recordWouldAsk(turn: Turn, verdict: Ask, ground: Ground): void {
  const to = nextTarget({ verdict }, [], turn.state, turn.conf, turn.at);
  if (to !== undefined) turn.record({ type: 'would-ask', verdict, to, ...ground });
}

/** Every gate is open: the request is journaled, then its first target is looked at. */
function open(
  turn: Turn,
  asking: Asking,
  more: Ground & { losers?: string[]; why?: string; force?: true; only?: true },
  request: string,
): void {
  const { state, conf, at } = turn;
  const from = currentHost(state, conf);
  const to = nextTarget(asking, [], state, conf, at);
  if (from === undefined || to === undefined) return;
  turn.record({ type: 'intended', request, verdict: asking.verdict, from, to, ...more });
  turn.act({ do: 'preflight', request, from, to });
}

/** A person asks: the same gates, and an answer where one holds. */
export function askByHand(turn: Turn, event: AskedByHand): void {
  const wrong = wrongWith(turn, event);
  if (wrong) return turn.refuse('wrong', wrong);
  const { verdict, host, force, why, told } = event;
  const asking = {
    ...{ verdict, force },
    ...(host === undefined ? {} : { host }),
    ...(told ? { told } : {}),
  };
  const results = gateResults(asking, turn.state, turn.conf, turn.at);
  const first = results.find(({ hold }) => hold !== undefined);
  if (first) return refuseHeld(turn, first);
  const more = {
    reason: 'asked by hand',
    ...(why === undefined ? {} : { why }),
    ...(force ? { force: true as const } : {}),
    ...(host === undefined ? {} : { only: true as const }),
  };
  open(turn, asking, more, event.newRequest);
}

function refuseHeld(turn: Turn, { hold }: GateResult): void {
  turn.refuse('held', `held: ${hold?.reason}`, hold?.change);
}

function wrongWith(turn: Turn, event: AskedByHand): string | undefined {
  const { conf, state } = turn;
  const { verdict, host, force, why } = event;
  if (force && !why) return '--force asks for --why TEXT, which is logged';
  const here = currentHost(state, conf);
  if (verdict === 'base' && isBase(here, conf)) return `Already at base (${here})`;
  if (verdict === 'away' || verdict === 'home') return wrongWithSite(turn, verdict, here);
  if (host === undefined) return undefined;
  if (isBase(host, conf)) return `${host} is the base; use: vmmanage move --base`;
  const known = conf.sites.flatMap(({ hosts }) => hosts);
  if (!known.includes(host)) return `no host ${host} in the conf; there are ${known.join(', ')}`;
  return host === here ? `the guest is at ${host} already` : undefined;
}

function wrongWithSite(turn: Turn, role: 'away' | 'home', here?: string): string | undefined {
  const sites = turn.conf.sites.filter((site) => site.role === role);
  if (sites.length === 0) return `the conf has no ${role} site`;
  const inside = sites.some(({ hosts, base }) => hosts.includes(here ?? '') || base === here);
  if (!inside) return undefined;
  return role === 'home' ? 'Already in home array' : 'Already out of home array';
}
