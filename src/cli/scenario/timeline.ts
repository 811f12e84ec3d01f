/** A played scenario as rows: each moment with its readings, the counts, the host, and what came of it. Pure. */
import type { Entry } from '../../core/entries.ts';
import { overview } from '../../core/explain.ts';
import { standings } from '../../core/opinions.ts';
import { currentHost } from '../../core/targets.ts';
import { requestText } from './claims.ts';
import type { Verdict } from './judge.ts';
import { clockText, offsetText } from './moments.ts';
import type { Moment } from './play.ts';
import type { Scenario } from './scenario.ts';
import { valueText } from './why.ts';

/** A head, and a row for each moment at which anything happened. */
export function timeline({ scenario, played }: Verdict): string[][] {
  const { rules, axis } = scenario;
  const head = [
    'after',
    ...(axis.dated ? ['clock'] : []),
    ...Object.keys(rules.probes),
    ...rules.policies.map(({ name }) => name),
    'host',
    'what came of it',
  ];
  return [head, ...played.moments.map((moment) => row(moment, scenario))];
}

function row(moment: Moment, scenario: Scenario): string[] {
  const { rules, axis } = scenario;
  const { at, state } = moment;
  return [
    offsetText(at.wallMs - axis.startMs),
    ...(axis.dated ? [clockText(at.wallMs, axis)] : []),
    ...Object.keys(rules.probes).map((probe) => readingText(probe, moment)),
    ...policyTexts(moment, scenario),
    currentHost(state, rules) ?? '?',
    happened(moment).join('; '),
  ];
}

function readingText(probe: string, { readings }: Moment): string {
  const reading = readings.find((each) => each.probe === probe);
  return reading === undefined ? '' : valueText(reading).replace('missing', '_');
}

/** `move 3 of 3`, `stay 2 of 3, idle 0 of 20`: the verdict, and how far the conditions are. */
function policyTexts({ state, at }: Moment, { rules }: Scenario): string[] {
  const { opinions } = overview(state, rules, at);
  return rules.policies.map((policy, i) => {
    const { suffering, idle } = standings(policy, state, at);
    const idleText = idle ? `, idle ${idle.progress}` : '';
    return `${opinions[i]?.verdict ?? 'stay'} ${suffering.progress}${idleText}`;
  });
}

function happened({ entries }: Moment): string[] {
  return entries.map(entryText).filter((text) => text !== undefined);
}

function entryText(entry: Entry): string | undefined {
  switch (entry.type) {
    case 'intended': {
      const { verdict, from, to, policy: by } = entry;
      return requestText({ verdict, from, to, by, failed: false });
    }
    case 'outcome':
      return entry.outcome === 'confirmed' ? `arrived at ${entry.host}` : `failed: ${entry.reason}`;
    case 'held':
      return `${entry.verdict} held by ${entry.gate}: ${entry.reason}`;
    case 'would-ask':
      return `would ask: ${entry.verdict} -> ${entry.to}`;
    case 'probe-failing':
      return `probe ${entry.probe} is failing`;
    case 'probe-recovered':
      return `probe ${entry.probe} works again`;
    default:
      return undefined;
  }
}
