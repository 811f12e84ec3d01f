/** [hooks]: the tenant's programs around a move. */
import type { Context } from './context.ts';
import type { HookPrograms } from './loaded.ts';
import type { SectionSet } from './section-set.ts';
import { checkKeys, readSettings } from './settings.ts';
import { HOOKS } from './tables.ts';

export function buildHooks(set: SectionSet, context: Context): HookPrograms | undefined {
  const section = checkKeys(set.the('hooks'), [HOOKS], context.findings);
  const values = readSettings(section, HOOKS, context);
  if (!values) return undefined;
  const { before_move: before, after_move: after, timeout: timeoutMs } = values;
  return {
    before_move: before && { argv: before, timeoutMs },
    after_move: after && { argv: after, timeoutMs },
  };
}
