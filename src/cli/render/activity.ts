/** `vmmanage logs --activity`: who asked how often, and how many guests each host had. Pure. */

import { formatSpan } from '../../core/text.ts';
import { type Activity, hourly, occupancy } from '../../logs/activity.ts';
import { fullMoment } from './simulation.ts';
import { greatest, SPARKLINE_COLUMNS, sparkline } from './sparkline.ts';
import { counted, table, type View } from './text.ts';

/** More than fit a screen: those that asked least are summed up. */
const ROWS_MAX = 40;

export function renderActivity(activity: Activity, view: View): string {
  const { fromMs, toMs, guests, hosts, left } = activity;
  if (guests.length === 0) return 'nothing in that time';
  const [from, to] = [fromMs, toMs].map((ms) => fullMoment(ms, view.zone));
  const span = `from ${from} to ${to}, ${formatSpan(toMs - fromMs)}`;
  const whole = `${counted(guests.length, 'guest')} on ${counted(hosts.length, 'host')} ${span}`;
  const others = left === 0 ? [] : [`${left} more guests are left out`];
  return [whole, ...others, '', ...requests(activity), '', ...places(activity)].join('\n');
}

function requests(activity: Activity): string[] {
  const rows = activity.guests.map(({ name, requestsMs, failed }) => {
    const hours = hourly(requestsMs, activity);
    return { name, failed, n: requestsMs.length, hours, drawn: columnsOf(hours) };
  });
  const all = rows.reduce<number[]>(
    (sums, { hours }) => hours.map((n, i) => n + (sums[i] ?? 0)),
    [],
  );
  const busiest = rows.toSorted((a, b) => b.n - a.n).slice(0, ROWS_MAX);
  const shown = rows.filter((row) => busiest.includes(row));
  const top = greatest(shown.flatMap(({ drawn }) => drawn));
  const line = (name: string, n: number, failed: number, hours: readonly number[], of?: number) => [
    ...[name, String(n), failed === 0 ? '' : `${failed} failed`],
    ...[`at most ${greatest(hours)}`, sparkline(columnsOf(hours), of)],
  ];
  const sum = (of: (row: (typeof rows)[number]) => number) =>
    rows.reduce((n, row) => n + of(row), 0);
  const total = line(
    'all',
    sum(({ n }) => n),
    sum(({ failed }) => failed),
    all,
    greatest(all),
  );
  const lines = shown.map(({ name, n, failed, hours }) => line(name, n, failed, hours, top));
  const rest = rows.length - shown.length;
  return [
    'requests per hour',
    table([total, ...lines]),
    ...(rest === 0 ? [] : [`and ${counted(rest, 'guest')} that asked less often`]),
  ];
}

/** Requests an hour, on average, in as many stretches as are drawn. */
function columnsOf(hours: readonly number[]): number[] {
  const each = Math.ceil(hours.length / SPARKLINE_COLUMNS);
  return Array.from({ length: Math.ceil(hours.length / each) }, (_, index) => {
    const stretch = hours.slice(index * each, (index + 1) * each);
    return stretch.reduce((sum, n) => sum + n, 0) / stretch.length;
  });
}

function places(activity: Activity): string[] {
  const parts = Math.min(SPARKLINE_COLUMNS, Math.max(1, hourly([], activity).length));
  const averages = [...occupancy(activity, parts)];
  if (averages.length === 0) return ['guests per host: no line says where a guest was'];
  const top = greatest(averages.flatMap(([, values]) => values));
  const rows = averages.map(([host, values]) => {
    const mean = values.reduce((sum, n) => sum + n, 0) / values.length;
    return [
      host,
      `on average ${mean.toFixed(1)}`,
      `at most ${greatest(values).toFixed(1)}`,
      sparkline(values, top),
    ];
  });
  return ['guests per host', table(rows.slice(0, ROWS_MAX))];
}
