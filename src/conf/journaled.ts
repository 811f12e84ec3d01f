/**
 * The conf that was in force at some time, from the values that the journal keeps of it. They are
 * printed as a conf and loaded like any other, so that there is one way from values to a conf.
 * Secrets aren't in the journal, and are left out.
 */
import type { ConfValues } from '../core/entries.ts';
import { formatProblem } from './findings.ts';
import { checkSources } from './load.ts';
import type { EffectiveValue, Loaded } from './loaded.ts';
import type { Plugins } from './plugins.ts';
import { printConf } from './print.ts';

const FILE = 'the journal';

/** What is wrong with it instead, where this version doesn't take it any more. */
export function confOfValues(
  values: ConfValues,
  plugins: Plugins,
): Loaded | { readonly problem: string } {
  const text = printConf({ effective: effectiveOf(values) });
  const source = { file: FILE, bytes: new TextEncoder().encode(text), exposed: false };
  const surroundings = { hostname: 'unknown', zone: 'UTC', env: {}, secrets: 'leave' as const };
  const { loaded, problems } = checkSources([source], FILE, plugins, surroundings);
  if (!loaded) {
    const [first] = problems;
    return { problem: first ? formatProblem({ ...first, line: 0 }) : `${FILE}: nothing` };
  }
  return { ...loaded, effective: loaded.effective.map((value) => ({ ...value, origin: 'then' })) };
}

function effectiveOf(values: ConfValues): EffectiveValue[] {
  return Object.entries(values).flatMap(([section, keys]) =>
    Object.entries(keys).map(([key, value]) => ({ section, key, value, origin: FILE })),
  );
}
