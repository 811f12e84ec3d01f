/** [constraints]: the gates of DESIGN.md §6. */
import type { Constraints } from '../core/conf.ts';
import { didYouMean } from '../core/nearest.ts';
import { quoted } from '../core/text.ts';
import type { Context } from './context.ts';
import { placeOf } from './findings.ts';
import type { ProgramSettings } from './loaded.ts';
import type { SectionSet } from './section-set.ts';
import type { Section } from './sections.ts';
import { checkKeys, type Fallback, readSettings } from './settings.ts';
import { CONSTRAINTS } from './tables.ts';

/** What `gates = thesis` switches off: all but settling. */
const OFF_IN_THESIS = [
  'cooldown',
  'back_and_forth',
  'retry',
  'max_moves',
  'all_tried',
  'moved_back_rest',
];

/** `thesis`: present where `gates = thesis`, for the defaults of other sections. */
export interface Gates {
  readonly constraints: Constraints | undefined;
  readonly thesis: Fallback | undefined;
  readonly holdProgram: ProgramSettings | undefined;
  /** Whose days and hours are meant. */
  readonly zone: string;
}

export function buildConstraints(set: SectionSet, context: Context): Gates {
  const section = checkKeys(set.the('constraints'), [CONSTRAINTS], context.findings);
  const thesis = thesisFallback(section.entries.get('gates'));
  const values = readSettings(section, CONSTRAINTS, context, (key) => {
    if (key === 'timezone')
      return hasDays(section, set) ? { text: context.surroundings.zone } : undefined;
    return OFF_IN_THESIS.includes(key) ? thesis : undefined;
  });
  if (!values) return { constraints: undefined, thesis, holdProgram: undefined, zone: 'UTC' };
  const zone = values.timezone ?? 'UTC';
  const constraints: Constraints = {
    mode: values.mode,
    settleMs: values.settle,
    holdWhile: values.hold_while !== undefined,
    cooldownMs: values.cooldown,
    cooldownGrowth: values.cooldown_growth,
    cooldownMaxMs: values.cooldown_max,
    backAndForthMs: values.back_and_forth,
    retryMs: values.retry,
    maxMoves: values.max_moves,
    quiet: values.quiet && { windows: values.quiet, closed: [], zone },
    budget: values.budget && { ...values.budget, zone },
    allTried: values.all_tried === 'rest',
    movedBackRestMs: values.moved_back_rest,
    allow: values.allow,
    deny: values.deny ?? [],
    maxTargets: values.max_targets,
    barMs: values.bar,
    lookMs: values.look,
    lookMaxMs: values.look_max,
    prefer: values.prefer,
  };
  const { hold_while: argv, hold_timeout: timeoutMs } = values;
  return { constraints, thesis, holdProgram: argv && { argv, timeoutMs }, zone };
}

/** Whether something goes by the days of a zone; a page of metrics tells what a day costs. */
function hasDays({ entries }: Section, set: SectionSet): boolean {
  const days = ['quiet', 'budget'].some((key) => (entries.get(key)?.value ?? 'off') !== 'off');
  return days || set.of('metrics').length > 0;
}

function thesisFallback(gates: { value: string; file: string; line: number } | undefined) {
  if (gates?.value !== 'thesis') return undefined;
  return { text: 'off', origin: `${gates.file}:${gates.line}` };
}

/** `allow` and `deny` name hosts that there are, and none names one for both. */
export function checkHostsOf(
  { allow, deny }: Constraints,
  hosts: readonly string[],
  set: SectionSet,
  { findings }: Context,
): void {
  const section = set.the('constraints');
  for (const [key, named] of [['allow', allow ?? []] as const, ['deny', deny] as const]) {
    for (const host of named.filter((host) => !hosts.includes(host))) {
      const text = `${quoted(host)} is not a host of this conf${didYouMean(host, hosts)}`;
      findings.problem(placeOf(section, key), text);
    }
  }
  const both = allow?.find((host) => deny.includes(host));
  if (both === undefined) return;
  const other = section.entries.get('allow');
  const text = `${quoted(both)} is allowed too, in ${other?.file}:${other?.line}`;
  findings.problem(placeOf(section, 'deny'), text);
}
