/**
 * RFC 5424 as the sink's `--format rfc5424` writes it: the record as it came, with the sink's notes as
 * one more element, `[sink@32473 peer="…" received="…" mark="…"]`. Any other RFC 5424 line is read too.
 */
import { elementsAt, type StructuredData } from '../sink/formats/structured-data.ts';
import type { Element } from '../sink/formats/syslog.ts';
import { timeOf } from '../sink/formats/time-stamp.ts';
import { lineOf, partedText, unread, wholeNumber } from './build.ts';
import type { Field, LogLine } from './record.ts';

const HEADER = /^<(\d{1,3})>1 (\S{1,64}) (\S{1,255}) (\S{1,48}) (\S{1,128}) (\S{1,32}) /;
const GUEST = 'vmmanage@32473';
const SINK = 'sink@32473';
const NOTHING = '-';
const PRIORITY_MAX = 191;

/** The sink writes the fields of all elements into one. */
const PARAMETERS_MAX = 4096;

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
function structured(line: string, begin: number): StructuredData | undefined {
  const data = elementsAt(line, begin, PARAMETERS_MAX);
  if (!data || (data.end < line.length && line[data.end] !== ' ')) return undefined;
  return { elements: data.elements, end: Math.min(data.end + 1, line.length) };
}

function paramsOf(elements: readonly Element[], id: string): readonly Field[] {
  return elements.find((element) => element.id === id)?.parameters ?? [];
}

/** The guest's own by their names, other programs' with the element's in front. */
function fieldsOf(elements: readonly Element[]): Field[] {
  return elements.flatMap(({ id, parameters }): Field[] => {
    if (id === SINK) return [];
    if (id !== GUEST) return parameters.map(([name, value]) => [`${id}.${name}`, value]);
    return parameters.filter(([name]) => name !== 'boot' && name !== 'seq') as Field[];
  });
}

/** Who wrote it, where that wasn't the guest's daemon: `sshd[214]: `. */
function program(app: string, process: string): string {
  if (app === NOTHING || app === 'vmmanage') return '';
  return process === NOTHING ? `${app}: ` : `${app}[${process}]: `;
}
