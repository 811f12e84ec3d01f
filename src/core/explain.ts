/**
 * Why the guest moves or doesn't, now: every policy's opinion, arbitration, every gate, every
 * target. It looks at the same functions that `step` decides with, and decides nothing.
 */
import { type Arbitration, arbitrate, type Opinion } from './arbitrate.ts';
import type { Conf } from './conf.ts';
import type { Told } from './events.ts';
import { type Asking, type GateResult, gateResults } from './gates.ts';
import { askingOf, opinions } from './opinions.ts';
import type { State } from './state.ts';
import { type Candidate, candidates } from './targets.ts';
import type { Stamp } from './time.ts';
import type { Ask } from './words.ts';

export interface Overview {
  readonly opinions: readonly Opinion[];
  readonly arbitration?: Arbitration;
  /** What the gates were asked about. */
  readonly verdict: Ask;
  /** Nobody asks for it now: `what if a move were asked for?` */
  readonly hypothetical: boolean;
  readonly gates: readonly GateResult[];
  readonly targets: readonly Candidate[];
}

/**
 * `asked`: what was asked for then, where that is known; else it is what the policies ask for.
 * `told` is what the `hold_while` program says, where somebody has asked it.
 */
export function overview(
  state: State,
  conf: Conf,
  at: Stamp,
  { asked, told }: { asked?: Asking | undefined; told?: Told | undefined } = {},
): Overview {
  const all = opinions(state, conf, at);
  const arbitration = arbitrate(all, conf.constraints.prefer);
  const wanted = asked ?? (arbitration && askingOf(arbitration.winner));
  const asking = wanted ?? { verdict: 'move' as const };
  return {
    opinions: all,
    ...(arbitration ? { arbitration } : {}),
    verdict: asking.verdict,
    hypothetical: wanted === undefined,
    gates: gateResults(told ? { ...asking, told } : asking, state, conf, at),
    targets: candidates(asking, state, conf, at),
  };
}

/** The first gate that holds. */
export function firstHold(gates: readonly GateResult[]): GateResult | undefined {
  return gates.find(({ hold }) => hold !== undefined);
}
