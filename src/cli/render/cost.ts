/** `vmmanage cost`. Pure: a report in, text out. */
import { moneyText } from '../../core/spending.ts';
import type { CostReport, Sum } from '../../daemon/costs.ts';
import { table } from './text.ts';
import { type Here, moment } from './times.ts';

export function renderCost(report: CostReport, here: Here): string {
  const { from, to, currency } = report;
  const money = currency === undefined ? '' : ` ${currency}`;
  const head = `${moment(from, here, 'minutes')} to ${moment(to, here, 'minutes')}`;
  return [
    head,
    '',
    hostTable(report, currency),
    '',
    groupTable(report),
    ...notes(report, money),
  ].join('\n');
}

function hostTable({ hosts, total }: CostReport, currency: string | undefined): string {
  const rows = hosts.map((host) => [
    host.host,
    host.kind,
    hoursText(host),
    host.price === undefined ? '?' : String(host.price),
    host.price === undefined ? '?' : moneyText(host.cost),
  ]);
  const cost = currency === undefined ? 'COST' : `COST (${currency})`;
  return table([
    ['HOST', 'KIND', 'HOURS', 'PER HOUR', cost],
    ...rows,
    ['total', '', hoursText(total), '', moneyText(total.cost)],
  ]);
}

/** The same hours from three sides; a side with one row says nothing new. */
function groupTable({ base, array, away, sites, policies }: CostReport): string {
  const kinds = Object.entries({ base, array, away }).filter(([, { hours }]) => hours > 0);
  const rows = [
    ...kinds.map(([kind, sum]) => ['all of', kind, hoursText(sum), moneyText(sum.cost)]),
    ...sites.map((sum) => ['site', sum.site, hoursText(sum), moneyText(sum.cost)]),
    ...policies.map((sum) => [
      'by',
      sum.policy.replace(/^by /, ''),
      hoursText(sum),
      moneyText(sum.cost),
    ]),
  ];
  return table([['GROUP', 'NAME', 'HOURS', 'COST'], ...rows]);
}

function notes({ unknown_hours, unpriced_hours, staying }: CostReport, money: string): string[] {
  const lines: string[] = [];
  if (unknown_hours > 0) {
    lines.push(`unknown   ${hours(unknown_hours)} h in which nobody can tell where the guest was`);
  }
  if (unpriced_hours > 0) {
    lines.push(
      `unpriced  ${hours(unpriced_hours)} h; give the hosts a price in [host NAME] or [cost]`,
    );
  }
  if (staying) lines.push(savingLine(staying, money));
  return lines.length === 0 ? [] : ['', ...lines];
}

function savingLine({ price, cost, saving }: NonNullable<CostReport['staying']>, money: string) {
  const word = saving < 0 ? 'extra' : 'saving';
  const always = `${moneyText(cost)}${money} in the array all the time (${price} an hour)`;
  return `${word.padEnd(8)}  ${moneyText(Math.abs(saving))}${money} against ${always}`;
}

function hoursText({ hours: n }: Sum): string {
  return hours(n);
}

function hours(n: number): string {
  return String(Number(n.toFixed(2)));
}
