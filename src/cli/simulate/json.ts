/**
 * A simulation for programs, in the shape of DESIGN.md §10: every field of a request is there, null
 * where it has none (no policy asked, or none on a value).
 */
import { msByHost, outlay, perHour } from '../../core/simulated.ts';
import { iso } from '../../daemon/past.ts';
import type { Run } from './run.ts';

export function jsonOf({ simulated, rules, currency }: Run) {
  const { readings, missing, fromMs, toMs, requests, held, breachMs } = simulated;
  return {
    readings,
    missing,
    from: iso(fromMs),
    to: iso(toMs),
    requests: requests.map(({ atMs, policy, verdict, from, to, value, reason, outcome }) => ({
      time: iso(atMs),
      policy: policy ?? null,
      verdict,
      from,
      to,
      value: value ?? null,
      reason,
      outcome,
    })),
    held: held.map(({ atMs, policy, verdict, gate }) => ({
      time: iso(atMs),
      policy,
      verdict,
      gate,
    })),
    perHour: perHour(simulated).map(({ atMs, n }) => ({ hour: iso(atMs), requests: n })),
    hosts: seconds(msByHost(simulated)),
    breachSeconds: seconds(Object.entries(breachMs)),
    cost: outlay(simulated, rules),
    ...(currency === undefined ? {} : { currency }),
  };
}

function seconds(entries: Iterable<readonly [string, number]>): Record<string, number> {
  return Object.fromEntries([...entries].map(([name, ms]) => [name, ms / 1000]));
}
