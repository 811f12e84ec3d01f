/**
 * From a verdict to a request: arbitration, the gates, the target. The first gate that holds is
 * recorded when it changes, not on every cycle.
 */
import { type Arbitration, arbitrate, type Opinion } from './arbitrate.ts';
import { cooldownMs } from './cooldown.ts';
import type { Ground } from './entries.ts';
import type { AskedByHand, Told } from './events.ts';
import { type Asking, type GateResult, holding } from './gates.ts';
import { askingOf, groundOf, opinions } from './opinions.ts';
import { nextTarget } from './spending.ts';
import { currentHost, isBase } from './targets.ts';
import { elapsedMs, type Stamp } from './time.ts';
import type { Turn } from './turn.ts';
import { changedBetween } from './windows.ts';

/**
 * Records what is decided now and asks if that wins and may: what the policies on a probe say after
 * its present reading that counts, and what the clock alone decides, after whatever happened.
 * `told` is what the `hold_while` program says to it; without it the program is asked first.
 */
export function judge(
  turn: Turn,
  probe: string | undefined,
  newRequest: string,
  told?: Told,
): void {
  const { policies, constraints } = turn.conf;
  const all = opinions(turn.state, turn.conf, turn.at);
  const decided = clockFirst(
    all.filter(({ byClock }, index) => byClock || policies[index]?.probe === probe),
  );
  if (decided.length === 0) return;
  for (const opinion of decided) recordVerdict(turn, opinion);
  if (all.every(({ verdict }) => verdict === 'stay')) return;
  const others = all.filter((opinion) => !decided.includes(opinion));
  const arbitration = arbitrate([...decided, ...others], constraints.prefer);
  if (!arbitration) return;
  if (arbitration.winner.verdict === 'stay') return recordVeto(turn, arbitration, decided);
  const wanted = decided.includes(arbitration.winner) && askingOf(arbitration.winner);
  if (!wanted) return;
  const asking = told ? { ...wanted, told } : wanted;
  ask(turn, arbitration, asking, { probe, newRequest });
}

/** Of two that ask alike the first asks; fewer gates hold the clock's. */
function clockFirst(opinions: readonly Opinion[]): readonly Opinion[] {
  if (opinions.length < 2) return opinions;
  return opinions.toSorted((a, b) => Number(b.byClock ?? false) - Number(a.byClock ?? false));
}

/** What the clock alone decides, after what is no reading that counts. */
export function judgeByClock(turn: Turn, newRequest: string): void {
  if (turn.state.request || !turn.conf.policies.some(({ schedule }) => schedule)) return;
  judge(turn, undefined, newRequest);
}

function recordVerdict(turn: Turn, opinion: Arbitration['winner']): void {
  const { policy, verdict, reason } = opinion;
  const said = turn.state.said.verdicts[policy] ?? { verdict: 'stay', reason: 'content' };
  if (said.verdict === verdict && said.reason === reason) return;
  turn.record({ type: 'verdict', verdict, ...groundOf(opinion, turn.state, turn.conf, turn.at) });
}

/** One policy asks for base or home, and another that is content or blind keeps the guest. */
function recordVeto(
  turn: Turn,
  { winner, losers }: Arbitration,
  decided: readonly Opinion[],
): void {
  const asker = losers.find((opinion) => decided.includes(opinion));
  if (!asker) return;
  const reason = `policy ${winner.policy} keeps it: ${winner.reason}`;
  recordHeld(turn, asker, 'other policy', reason);
}

function ask(
  turn: Turn,
  { winner, losers }: Arbitration,
  asking: Asking,
  { probe, newRequest }: { probe: string | undefined; newRequest: string },
): void {
  const holds = holding(asking, turn.state, turn.conf, turn.at);
  const first = holds.next().value;
  const onlyPaused = first?.gate === 'paused' && holds.next().done === true;
  if (first && !onlyPaused) return recordHeld(turn, winner, first.gate, first.hold.reason);
  const ground = groundOf(winner, turn.state, turn.conf, turn.at);
  if (onlyPaused && !isNews(turn, asking, ground)) return;
  if (turn.conf.constraints.holdWhile && !asking.told) {
    return turn.act({ do: 'ask-hold', ...(probe === undefined ? {} : { probe }) });
  }
  if (onlyPaused) return recordWouldAsk(turn, asking, ground);
  open(turn, asking, { ...ground, ...named(losers) }, newRequest);
}

function named(losers: Arbitration['losers']): { losers?: string[] } {
  if (losers.length === 0) return {};
  return { losers: losers.map((l) => `${l.policy}: ${l.verdict}, ${l.reason}`) };
}

function recordHeld(turn: Turn, opinion: Opinion, gate: string, reason: string): void {
  const { policy, verdict } = opinion;
  const held = turn.state.said.held[policy];
  if (verdict === 'stay' || (held?.gate === gate && held.verdict === verdict)) return;
  const ground = groundOf(opinion, turn.state, turn.conf, turn.at);
  turn.record({ type: 'held', verdict, gate, ...ground, reason });
}

/** Passive or paused: what would have been asked, as often as a guest that then moved would ask. */
function isNews(turn: Turn, asking: Asking, ground: Ground): boolean {
  const before = turn.state.said.wouldAsk[ground.policy ?? ''];
  return before?.verdict !== asking.verdict || asksAgain(turn, asking, ground, before.at);
}

function recordWouldAsk(turn: Turn, asking: Asking, ground: Ground): void {
  const { verdict } = asking;
  const to = nextTarget(asking, [], turn.state, turn.conf, turn.at);
  if (to !== undefined) turn.record({ type: 'would-ask', verdict, to, ...ground });
}

/** Once per cooldown; at closing time once, since the guest would then rest at the base. */
function asksAgain(turn: Turn, { closing }: Asking, ground: Ground, last: Stamp): boolean {
  const { state, conf, at } = turn;
  if (!closing) {
    const pauseMs = Math.max(cooldownMs(state, conf), conf.constraints.settleMs ?? 0);
    return elapsedMs(last, at) >= pauseMs;
  }
  const schedule = conf.policies.find(({ name }) => name === ground.policy)?.schedule;
  return schedule !== undefined && changedBetween(schedule.hours, last.wallMs, at.wallMs);
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
export function askByHand(turn: Turn, event: AskedByHand, newRequest: string): void {
  const wrong = wrongWith(turn, event);
  if (wrong) return turn.refuse('wrong', wrong);
  const { verdict, host, force, why, told } = event;
  const asking = {
    ...{ verdict, force },
    ...(host === undefined ? {} : { host }),
    ...(told ? { told } : {}),
  };
  const first = holding(asking, turn.state, turn.conf, turn.at).next().value;
  if (first) return refuseHeld(turn, first);
  const more = {
    reason: 'asked by hand',
    ...(why === undefined ? {} : { why }),
    ...(force ? { force: true as const } : {}),
    ...(host === undefined ? {} : { only: true as const }),
  };
  open(turn, asking, more, newRequest);
}

function refuseHeld(turn: Turn, { hold }: GateResult): void {
  turn.refuse('held', `held: ${hold?.reason}`, hold?.change);
}

function wrongWith(turn: Turn, event: AskedByHand): string | undefined {
  const { conf, state } = turn;
  const { verdict, host, force, why } = event;
  if (force && !why) return '--force asks for --why TEXT, which is logged';
  const here = currentHost(state, conf);
  if (host !== undefined && verdict !== 'move') return `a host can only be named for a plain move`;
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
