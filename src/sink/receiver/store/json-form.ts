/** One JSON object a line. What isn't known of a record isn't named. */
import type { Arrival } from '../arrival.ts';
import { isTorn, type Known, known } from './known.ts';

export function jsonForm(): (arrival: Arrival) => string {
  return (arrival) => {
    const { wallMs, timeMs, name, peer, boot, seq, priority, text, fields, marks } = arrival;
    const whole = {
      time: new Date(wallMs).toISOString(),
      ...(timeMs === undefined ? {} : { at: new Date(timeMs).toISOString() }),
      name,
      peer,
      boot,
      seq,
      priority,
      text,
      ...(fields.length === 0 ? {} : { fields: objectOf(fields) }),
      ...(marks.length === 0 ? {} : { marks }),
    };
    return `${JSON.stringify(whole)}\n`;
  };
}

/** A name that comes several times has a list of its values. */
function objectOf(fields: Arrival['fields']): Record<string, string | string[]> {
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
