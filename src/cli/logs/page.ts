/** `logs --html`: guests as rows, hosts as colours over time, requests as marks. */
import type { LogEvent } from '../../core/log-events.ts';
import { formatSpan } from '../../core/text.ts';
import { type Activity, hourly } from '../../logs/activity.ts';
import { type Field, fieldOf, type LogLine } from '../../logs/record.ts';
import { asset, type Card, cardsHtml, htmlOf, namedZone } from '../page.ts';
import { fullMoment } from '../render/simulation.ts';
import { greatest } from '../render/sparkline.ts';

/** Seconds since the span began, the event's place in `EVENTS`, and what the line says. */
export type Told = readonly [at: number, event: number, text: string];

/** Lines that are worth a mark or a word under the pointer. */
const EVENTS: readonly LogEvent[] = ['request', 'failed', 'unconfirmed', 'moved', 'held', 'clone'];
/** A page of so many lines has some 15 MB; later ones are counted. */
const LINES_MAX = 120_000;
const TEXT_MAX = 240;

/** The lines for the page, as they are read. */
export class Tellings {
  readonly #of = new Map<string, [atMs: number, event: number, text: string][]>();
  #kept = 0;
  /** Lines that the page has no room for. */
  left = 0;

  take(line: LogLine): void {
    const event = EVENTS.indexOf(line.event);
    if (event === -1 || line.timeMs === undefined) return;
    if (this.#kept >= LINES_MAX) {
      this.left += 1;
      return;
    }
    this.#kept += 1;
    const list = this.#of.get(line.name) ?? [];
    if (list.length === 0) this.#of.set(line.name, list);
    list.push([line.timeMs, event, textOf(line)]);
  }

  of(name: string, fromMs: number): Told[] {
    const list = this.#of.get(name) ?? [];
    return list.map(([atMs, event, text]) => [seconds(atMs - fromMs), event, text]);
  }
}

/** Without what every line of it has, such as the request's id. */
function textOf(line: LogLine): string {
  const said = line.fields.filter(([name]) => !['request', 'from', 'to'].includes(name));
  const [from, to] = [fieldOf(line, 'from'), fieldOf(line, 'to')];
  const way: Field[] = from === undefined || to === undefined ? [] : [['way', `${from}→${to}`]];
  const all = [...way, ...said].map(([name, value]) =>
    name === 'way' ? value : `${name} ${value}`,
  );
  const text = all.length === 0 ? line.text : `${line.text} (${all.join(', ')})`;
  return text.length <= TEXT_MAX ? text : `${text.slice(0, TEXT_MAX)}…`;
}

export function logPage(activity: Activity, tellings: Tellings, zone: string): string {
  const { fromMs, toMs } = activity;
  const [from, to] = [fromMs, toMs].map((ms) => fullMoment(ms, zone));
  const data = pageData(activity, tellings, zone);
  return htmlOf({
    title: 'What the guests did',
    span: `from ${from} to ${to}, ${formatSpan(toMs - fromMs)}`,
    data,
    body: bodyOf(activity, tellings),
    styles: [asset('page.css'), asset('logs/page.css')],
    scripts: [asset('logs/page.js')],
  });
}

function pageData(activity: Activity, tellings: Tellings, zone: string) {
  const { fromMs, toMs, guests, hosts } = activity;
  const places = new Map(hosts.map((host, index) => [host, index]));
  return {
    zone: namedZone(zone),
    from: fromMs / 1000,
    span: Math.max(1, seconds(toMs - fromMs)),
    events: EVENTS,
    hosts,
    hour0: Math.floor(fromMs / HOUR_MS) * 3600 - fromMs / 1000,
    perHour: hourly(
      guests.flatMap(({ requestsMs }) => requestsMs),
      activity,
    ),
    guests: guests.map(({ name, stays, requestsMs }) => ({
      name,
      requests: requestsMs.length,
      stays: stays.map((stay) => [
        ...[places.get(stay.host) ?? 0, seconds(stay.fromMs - fromMs)],
        seconds(stay.toMs - fromMs),
      ]),
      lines: tellings.of(name, fromMs),
    })),
  };
}

const HOUR_MS = 3_600_000;

function seconds(ms: number): number {
  return Math.round(ms / 1000);
}

function bodyOf(activity: Activity, { left }: Tellings): string {
  const notes = [
    ...(left === 0
      ? []
      : [`the last ${left} lines have no marks and no words here: the page would be too big.`]),
    ...(activity.left === 0 ? [] : [`${activity.left} more guests are left out.`]),
  ];
  return `${cardsHtml(cardsOf(activity))}
<noscript>The charts need JavaScript.</noscript>
<div id="readout" class="dim">Point at a chart to read it; drag to zoom, double-click to see all.</div>
<div id="charts"></div>
${notes.map((note) => `<p class="dim">${note}</p>`).join('\n')}`;
}

function cardsOf(activity: Activity): Card[] {
  const { guests, hosts } = activity;
  const all = guests.flatMap(({ requestsMs }) => requestsMs);
  const failed = guests.reduce((sum, guest) => sum + guest.failed, 0);
  const card = (label: string, value: number) => ({
    label,
    rows: [{ name: '', value: String(value) }],
  });
  return [
    card('guests', guests.length),
    card('hosts', hosts.length),
    card('requests', all.length),
    card('in an hour, at most', greatest(hourly(all, activity))),
    card('failed', failed),
  ];
}
