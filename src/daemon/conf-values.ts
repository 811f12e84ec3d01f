/** What a conf comes to for the daemon: the values for its journal, and those that only a restart changes. */
import type { Loaded } from '../conf/loaded.ts';
import type { ConfValues } from '../core/entries.ts';

/** Where these change, the files and sockets would have to move: that takes a restart. */
export function fixedProblems(before: Loaded, after: Loaded): string[] {
  const fixed: [string, string, string][] = [
    ['name', before.rules.vm, after.rules.vm],
    ['state', before.vm.state, after.vm.state],
    ['runtime', before.vm.runtime, after.vm.runtime],
  ];
  return fixed
    .filter(([, was, is]) => was !== is)
    .map(([key, was, is]) => `[vm] ${key}: changing ${was} to ${is} takes a restart`);
}

/** What the journal is told of a conf. */
export function valuesOf({ effective }: Loaded): ConfValues {
  const values: Record<string, Record<string, string>> = {};
  for (const { section, key, value } of effective) {
    values[section] = { ...values[section], [key]: value };
  }
  return values;
}
