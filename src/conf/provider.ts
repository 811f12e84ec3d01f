/** [provider]: who takes the readings of the guest, and which of them at once. */

import { didYouMean } from '../core/nearest.ts';
import { quoted } from '../core/text.ts';
import type { Context } from './context.ts';
import { placeOf } from './findings.ts';
import type { Configured, ProviderSettings } from './loaded.ts';
import { PROVIDER } from './publishing-tables.ts';
import type { SectionSet } from './section-set.ts';
import { checkKeys, readSettings } from './settings.ts';

/** Undefined without such a section; also where it is wrong, which is told. */
export function buildProvider(
  set: SectionSet,
  probes: readonly string[],
  locators: readonly Configured[],
  context: Context,
): ProviderSettings | undefined {
  if (set.of('provider').length === 0) return undefined;
  const { findings } = context;
  const section = checkKeys(set.the('provider'), [PROVIDER], findings);
  const values = readSettings(section, PROVIDER, context);
  if (!values) return undefined;
  const { url, token, ca, push: everyMs, push_event: bounds = [] } = values;
  for (const { probe } of bounds.filter((bound) => !probes.includes(bound.probe))) {
    const text = `there is no probe ${quoted(probe)}${didYouMean(probe, probes)}`;
    findings.problem(placeOf(section, 'push_event'), text);
  }
  if (everyMs === undefined && bounds.length === 0 && !isAsked(locators)) {
    const text = 'off, and there is no push_event: nothing is ever sent';
    findings.warning(placeOf(section, 'push'), text);
  }
  const { push_hysteresis: hysteresis, push_timeout: timeoutMs, push_queue: queueMax } = values;
  return { url, token, ca, everyMs, bounds, hysteresis, timeoutMs, queueMax };
}

/** It may be there to be asked where the guest is. */
function isAsked(locators: readonly Configured[]): boolean {
  return locators.some(({ kind }) => kind === 'provider');
}
