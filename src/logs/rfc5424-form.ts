/**
 * RFC 5424 as the sink's `--format rfc5424` writes it: the record as it came, with the sink's notes as
 * one more element, `[sink@32473 peer="…" received="…" mark="…"]`. Any other RFC 5424 line is read too.
 */
import { lineOf, partedText, unread, wholeNumber } from './build.ts';
import { timeOf } from './moment.ts';
import type { Field, LogLine } from './record.ts';

const HEADER = /^<(\d{1,3})>1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) /;
const ID = /\[([^\s=\]"]{1,64})/y;
const PARAM = / ([^\s=\]"]{1,72})="((?:[^"\\\]]|\\.)*)"/y;
const GUEST = 'vmmanage@32473';
const SINK = 'sink@32473';
const NOTHING = '-';
const PRIORITY_MAX = 191;

interface Element {
  readonly id: string;
  readonly params: readonly Field[];
}

export function parseRfc5424(line: string): LogLine {
  const header = HEADER.exec(line);
  const data = header ? structured(line, header[0].length) : undefined;
  if (!header || !data || Number(header[1]) > PRIORITY_MAX) return unread(line);
  const [, priority, stamp = '', host = '', app = '', process = ''] = header;
  const own = stamp === NOTHING ? undefined : timeOf(stamp);
  const value = (of: string, name: string) =>
    paramsOf(data.elements, of).find(([each]) => each === name)?.[1];
  const received = timeOf(value(SINK, 'received') ?? '');
  return lineOf({
    timeMs: received ?? own,
    name: host === NOTHING ? '' : host,
    atMs: received === undefined || received === own ? undefined : own,
    ...partedText(program(app, process) + line.slice(data.end), fieldsOf(data.elements)),
    peer: value(SINK, 'peer'),
    boot: value(GUEST, 'boot'),
    seq: wholeNumber(value(GUEST, 'seq')),
    priority: Number(priority),
    marks: paramsOf(data.elements, SINK).flatMap(([name, mark]) => (name === 'mark' ? [mark] : [])),
  });
}

/** `end` is where the message begins. Undefined where the data are broken. */
function structured(line: string, begin: number) {
  const elements: Element[] = [];
  let end = begin;
  if (line.startsWith(NOTHING, begin)) end += NOTHING.length;
  while (line[end] === '[') {
    const element = elementAt(line, end);
    if (!element) return undefined;
    elements.push(element);
    end = element.end;
  }
  const whole = end > begin && (end === line.length || line[end] === ' ');
  return whole ? { elements, end: Math.min(end + 1, line.length) } : undefined;
}

function elementAt(line: string, begin: number): (Element & { end: number }) | undefined {
  ID.lastIndex = begin;
  const id = ID.exec(line)?.[1];
  if (id === undefined) return undefined;
  const params: Field[] = [];
  let end = ID.lastIndex;
  for (;;) {
    PARAM.lastIndex = end;
    const found = PARAM.exec(line);
    if (!found) break;
    params.push([found[1] ?? '', (found[2] ?? '').replace(/\\(["\\\]])/g, '$1')]);
    end = PARAM.lastIndex;
  }
  return line[end] === ']' ? { id, params, end: end + 1 } : undefined;
}

function paramsOf(elements: readonly Element[], id: string): readonly Field[] {
  return elements.find((element) => element.id === id)?.params ?? [];
}

/** The guest's own by their names, other programs' with the element's in front. */
function fieldsOf(elements: readonly Element[]): Field[] {
  return elements.flatMap(({ id, params }): Field[] => {
    if (id === SINK) return [];
    if (id !== GUEST) return params.map(([name, value]) => [`${id}.${name}`, value]);
    return params.filter(([name]) => name !== 'boot' && name !== 'seq') as Field[];
  });
}

/** Who wrote it, where that wasn't the guest's daemon: `sshd[214]: `. */
function program(app: string, process: string): string {
  if (app === NOTHING || app === 'vmmanage') return '';
  return process === NOTHING ? `${app}: ` : `${app}[${process}]: `;
}
