/** Why something was asked for, or not, at a moment of a scenario: for people. Pure. */
import type { PolicyRule } from '../../core/conf.ts';
import { overview } from '../../core/explain.ts';
import { standings } from '../../core/opinions.ts';
import type { Requested } from '../../core/simulated.ts';
import { currentHost } from '../../core/targets.ts';
import { later } from '../../core/time.ts';
import { isPresent, type Reading } from '../../core/words.ts';
import { conditionText, reasonOf } from '../../daemon/policy-report.ts';
import { offsetText } from './moments.ts';
import { momentAt, type Played } from './play.ts';
import type { Scenario } from './scenario.ts';
import { heldAt, type Sight } from './standing.ts';

/** The value, the bound and the count that stood behind a request. */
export function whyMade({ reason, value, threshold, tarry }: Requested): string[] {
  if (value === undefined) return [reason];
  return [`${reason}: ${value} against ${threshold}, ${tarry}`];
}

/** Each policy with its reading, its counts and its verdict; what held it; where the guest was. */
export function whyThen(
  { scenario, played }: { readonly scenario: Scenario; readonly played: Played },
  ms: number,
): string[] {
  const moment = momentAt(played, ms);
  if (!moment) return ['nothing had happened yet'];
  const at = later(moment.at, ms - moment.at.wallMs);
  const sight = { state: moment.state, conf: scenario.rules, at };
  const policies = scenario.rules.policies.flatMap((policy) => policyTexts(policy, sight));
  return [...policies, ...heldTexts(sight), whereText(sight)];
}

/** What nothing holds is asked for when the policy's own probe is read, unless the clock decides. */
function heldTexts(sight: Sight): string[] {
  const held = heldAt(sight);
  if (held?.reason.startsWith(held.gate)) return [`held: ${held.reason}`];
  if (held) return [`held by ${held.gate}: ${held.reason}`];
  const { arbitration, hypothetical } = overview(sight.state, sight.conf, sight.at);
  if (hypothetical || !arbitration) return [];
  const { policy, verdict } = arbitration.winner;
  return [`nothing holds the ${verdict} of ${policy}, which asks on the next reading of its probe`];
}

function policyTexts(policy: PolicyRule, sight: Sight): string[] {
  const view = overview(sight.state, sight.conf, sight.at);
  const opinion = view.opinions.find((each) => each.policy === policy.name);
  const reason = opinion ? reasonOf(policy, opinion, view, sight) : '';
  const says = `${policy.name}: ${opinion?.verdict ?? 'stay'}, ${reason}`;
  return [says, `${latestText(policy, sight)}, ${countsText(policy, sight)}`];
}

/** `suffering > 50 for 3: 2 of 3, idle < 1 for 20: 0 of 20`. */
function countsText(policy: PolicyRule, { state, at }: Sight): string {
  const { suffering, idle } = standings(policy, state, at);
  const text = `suffering ${conditionText(policy.suffering)}: ${suffering.progress}`;
  if (!policy.idle || !idle) return text;
  return `${text}, idle ${conditionText(policy.idle)}: ${idle.progress}`;
}

function latestText({ probe }: PolicyRule, { state, at }: Sight): string {
  const latest = state.probes[probe]?.latest;
  if (!latest) return `no reading of ${probe}`;
  const agoMs = at.wallMs - latest.at.wallMs;
  return `${probe} ${valueText(latest)}${agoMs === 0 ? '' : ` (${offsetText(agoMs)} before)`}`;
}

export function valueText(reading: Reading): string {
  return isPresent(reading) ? String(reading.value) : 'missing';
}

function whereText({ state, conf }: Sight): string {
  const here = currentHost(state, conf) ?? 'nobody knows where';
  return state.request ? `at ${here}, on the way to ${state.request.to}` : `at ${here}`;
}
