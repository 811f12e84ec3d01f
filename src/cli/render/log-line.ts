/**
 * A line of the central log for a terminal, in the colour of its event, or as JSON. What it is given
 * holds nothing that a terminal would obey: logs/read.ts has escaped it.
 */
import { DateTime } from 'luxon';
import type { LogEvent } from '../../core/log-events.ts';
import { instant } from '../../logs/body.ts';
import type { Seen } from '../../logs/read.ts';
import { fieldsObject } from '../../logs/record.ts';
import { jsonLine } from './clean.ts';
import { paint, type Style, type View } from './text.ts';

const COLOURS: Readonly<Partial<Record<LogEvent, Style>>> = {
  request: 'yellow',
  moved: 'green',
  failed: 'red',
  unconfirmed: 'red',
  barred: 'magenta',
  cancelled: 'magenta',
  held: 'cyan',
  'would-ask': 'cyan',
  clone: 'blue',
  started: 'bold',
  stopped: 'bold',
  probe: 'magenta',
  machine: 'magenta',
  trouble: 'red',
};

/** Gives the text of one line after the other. */
export function logRenderer(view: View): (seen: Seen) => string {
  const date = dates(view.zone);
  if (!view.colour) return (seen) => seen.whole ?? `${date(seen.timeMs)}${seen.body()}`;
  return (seen) => {
    const body = seen.body();
    const when = seen.whole?.slice(0, seen.whole.length - body.length) ?? date(seen.timeMs);
    return `${paint(when, 'dim', view)}${coloured(body, seen, view)}`;
  };
}

/** The guest, its text, and more quietly what is said of it. */
function coloured(body: string, seen: Seen, view: View): string {
  const { name, text, event } = seen.line();
  const named = name !== '' && body.startsWith(`${name}: `) ? `${name}: ` : '';
  const end = named.length + text.length;
  const style = COLOURS[event];
  const said = body.slice(named.length, end);
  return [
    named === '' ? '' : paint(named, 'bold', view),
    style === undefined ? said : paint(said, style, view),
    end < body.length ? paint(body.slice(end), 'dim', view) : '',
  ].join('');
}

/** `1242232480 Wed May 13 18:34:40 GMT+2 2009 `, for files whose form has another date. */
function dates(zone: string): (timeMs: number | undefined) => string {
  let [second, text] = [Number.NaN, ''];
  return (timeMs) => {
    if (timeMs === undefined) return '';
    const now = Math.floor(timeMs / 1000);
    if (now === second) return text;
    const at = DateTime.fromSeconds(now, { zone, locale: 'en-GB' });
    const day = String(at.day).padStart(2);
    second = now;
    text = `${now} ${at.toFormat('ccc LLL')} ${day} ${at.toFormat('HH:mm:ss ZZZZ')} ${at.year} `;
    return text;
  };
}

/** One object, in one line. */
export function logJson(seen: Seen): string {
  const { timeMs, atMs, name, event, text, fields, marks, peer, boot, seq, priority } = seen.line();
  return jsonLine({
    ...(timeMs === undefined ? {} : { time: instant(timeMs) }),
    ...(atMs === undefined ? {} : { at: instant(atMs) }),
    ...{ name, event, text, fields: fieldsObject(fields), marks, peer, boot, seq, priority },
  });
}
