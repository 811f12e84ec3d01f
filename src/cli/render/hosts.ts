/** `vmmanage hosts` and `vmmanage where`. Pure: a report in, text out. */
import type { HostReport, LocatorReport, WhereReport } from '../../wire/control.ts';
import { paint, table, type View } from './text.ts';
import { ago, roundSpan } from './times.ts';

export function renderHosts(hosts: readonly HostReport[], view: View): string {
  const anyLearned = hosts.some(({ learned }) => learned);
  const head = ['HOST', 'SITE', 'BASE', 'HERE', ...(anyLearned ? ['LEARNED'] : []), 'TARGET'];
  const rows = hosts.map((host) => [
    host.host,
    host.site,
    host.base ? 'base' : '-',
    host.here ? paint('here', 'bold', view) : '-',
    ...(anyLearned ? [learnedText(host)] : []),
    targetText(host, view),
  ]);
  return table([head, ...rows]);
}

function targetText({ here, barred, against }: HostReport, view: View): string {
  if (here) return '-';
  if (barred) {
    return `${paint('barred', 'yellow', view)} ${roundSpan(barred.left_ms)}: ${barred.reason}`;
  }
  return against ?? 'ok';
}

/** `helped 2 of 3; 4h ago in 6m`; what has faded counts as unknown again. */
function learnedText({ base, learned }: HostReport): string {
  if (!learned) return base ? '-' : 'not tried yet';
  const { helped, of, last_age_ms, last_recovered, last_after_ms, score } = learned;
  const last = last_recovered ? `in ${roundSpan(last_after_ms)}` : 'to no avail';
  const faded = score === undefined ? ', faded' : '';
  return `helped ${helped} of ${of}; ${roundSpan(last_age_ms)} ago ${last}${faded}`;
}

/** The place, then each locator with its word, how old that is, and who told it. */
export function renderWhere(report: WhereReport, view: View): string {
  const { kind, host, site, locators, now } = report;
  const known = site === undefined ? host : `${host} (${site})`;
  const place = kind === 'moving' ? `moving to ${known}` : known;
  const head = kind === 'unknown' ? paint('unknown', 'red', view) : (place ?? 'unknown');
  return [head, ...locators.flatMap((locator) => locatorLines(locator, now, view))].join('\n');
}

function locatorLines(locator: LocatorReport, now: string, view: View): string[] {
  const { name, asks, decides, contradicts, word, looked, known, answers } = locator;
  const who = asks === undefined ? name : `${name} (asks ${asks})`;
  const before = known ? ` (last ${known.word}, ${ago(known.looked, now)} ago)` : '';
  const against = contradicts ? `, ${paint('CONTRADICTS', 'yellow', view)}` : '';
  const weight = decides ? 'decides' : 'only warns';
  const said = answers.map((answer) => `    ${answer.who}: ${answer.says}`);
  return [`  ${who}: ${word}${before}, ${ago(looked, now)} ago; ${weight}${against}`, ...said];
}
