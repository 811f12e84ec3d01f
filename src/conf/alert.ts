/** [alert]: who is told when a person should look. */
import type { Context } from './context.ts';
import type { AlertSettings } from './loaded.ts';
import type { SectionSet } from './section-set.ts';
import { checkKeys, readSettings } from './settings.ts';
import { ALERT } from './tables.ts';

export function buildAlert(set: SectionSet, context: Context): AlertSettings | undefined {
  const section = checkKeys(set.the('alert'), [ALERT], context.findings);
  const values = readSettings(section, ALERT, context);
  if (!values) return undefined;
  const { exec, url, mail, sendmail, timeout: timeoutMs, tries, remind: remindMs } = values;
  return { exec, url, mail: mail ?? [], sendmail, timeoutMs, tries, remindMs };
}

/** What core has to know: whether anybody listens, and when it reminds. */
export function alertRule({ exec, url, mail, remindMs }: AlertSettings) {
  const somebody = exec !== undefined || url !== undefined || mail.length > 0;
  return somebody ? { alert: { remindMs: remindMs ?? Infinity } } : {};
}
