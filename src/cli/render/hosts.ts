/** `vmmanage hosts` and `vmmanage where`. Pure: a report in, text out. */
import type { HostReport, WhereReport } from '../../wire/control.ts';
import { paint, table, type View } from './text.ts';
import { roundSpan } from './times.ts';

export function renderHosts(hosts: readonly HostReport[], view: View): string {
  const head = ['HOST', 'SITE', 'BASE', 'HERE', 'TARGET'];
  const rows = hosts.map((host) => [
    host.host,
    host.site,
    host.base ? 'base' : '-',
    host.here ? paint('here', 'bold', view) : '-',
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

export function renderWhere({ kind, host, site, answers }: WhereReport, view: View): string {
  const known = site === undefined ? host : `${host} (${site})`;
  const place = kind === 'moving' ? `moving to ${known}` : known;
  const head = kind === 'unknown' ? paint('unknown', 'red', view) : (place ?? 'unknown');
  return [head, ...answers.map(({ who, says }) => `  ${who}: ${says}`)].join('\n');
}
