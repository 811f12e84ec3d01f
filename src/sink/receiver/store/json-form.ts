/** One JSON object a line. What isn't known of a record isn't named. */
import type { Arrival, Known } from '../arrival.ts';
import { isTorn, known } from './known.ts';
import { timeWriter } from './times.ts';

export function jsonForm(): (arrival: Arrival) => string {
  const [timeOf, ownTimeOf] = [timeWriter(), timeWriter()];
  return (arrival) => {
    const { wallMs, timeMs, name, peer, boot, seq, priority, text, fields, marks } = arrival;
    let line = `{"time":"${timeOf(wallMs)}"`;
    if (timeMs !== undefined) line += `,"at":"${ownTimeOf(timeMs)}"`;
    line += `,"name":${JSON.stringify(name)},"peer":${JSON.stringify(peer)}`;
    if (boot !== undefined) line += `,"boot":${JSON.stringify(boot)}`;
    if (seq !== undefined) line += `,"seq":${seq}`;
    line += `,"priority":${priority},"text":${JSON.stringify(text)}`;
    if (fields.length > 0) line += `,"fields":${object(fields)}`;
    if (marks.length > 0) line += `,"marks":${JSON.stringify(marks)}`;
    return `${line}}\n`;
  };
}

function object(fields: Arrival['fields']): string {
  const names = new Set<string>();
  let written = '';
  for (const [name, value] of fields) {
    if (names.has(name)) return JSON.stringify(withLists(fields));
    names.add(name);
    written += `,${JSON.stringify(name)}:${JSON.stringify(value)}`;
  }
  return `{${written.slice(1)}}`;
}

/** A name that comes several times has a list of its values. */
function withLists(fields: Arrival['fields']): Record<string, string | string[]> {
  const values = new Map<string, string | string[]>();
  for (const [name, value] of fields) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(values);
}

export function knownOfJson(line: string): Known | undefined {
  const object = objectIn(line);
  if (!object) return undefined;
  const { name, boot, seq, text, marks } = object;
  if (Array.isArray(marks) && marks.map(String).some(isTorn)) return undefined;
  return known(textOf(name), textOf(boot), numberOf(seq), textOf(text));
}

function objectIn(line: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    // A line that a crash left torn, or none of ours.
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

function numberOf(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : undefined;
}
