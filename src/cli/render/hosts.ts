/** `vmmanage hosts` and `vmmanage where`. Pure: a report in, text out. */
import type { HostReport, WhereReport } from '../../wire/control.ts';
import { paint, table, type View } from './text.ts';
import { roundSpan } from './times.ts';

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

export function renderWhere({ kind, host, site, answers }: WhereReport, view: View): string {
  const known = site === undefined ? host : `${host} (${site})`;
  const place = kind === 'moving' ? `moving to ${known}` : known;
  const head = kind === 'unknown' ? paint('unknown', 'red', view) : (place ?? 'unknown');
  return [head, ...answers.map(({ who, says }) => `  ${who}: ${says}`)].join('\n');
}
