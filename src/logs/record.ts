/** A line of the central log as its reader has it, whatever form its file is in. */
import type { LogEvent } from '../core/log-events.ts';

export type Field = readonly [name: string, value: string];

export interface LogLine {
  /** When it came, by the sink's clock, in milliseconds since 1970. Undefined: it isn't a log line. */
  readonly timeMs: number | undefined;
  /** The guest that sent it, `''` where none is named. */
  readonly name: string;
  /** Without fields and marks; of another program's record with its name in front. */
  readonly text: string;
  readonly fields: readonly Field[];
  readonly event: LogEvent;
  /** When it happened by the guest's clock, where that was said. */
  readonly atMs?: number | undefined;
  /** The sink's own words of it. */
  readonly peer?: string | undefined;
  readonly boot?: string | undefined;
  readonly seq?: number | undefined;
  readonly priority?: number | undefined;
  readonly marks: readonly string[];
}

/** How a log file is written: the sink's `--format`. */
export type Form = 'text' | 'json' | 'rfc5424';

/** The value of a field, or undefined. */
export function fieldOf({ fields }: LogLine, name: string): string | undefined {
  return fields.find(([each]) => each === name)?.[1];
}

/** As an object: a name that comes several times has a list of its values. */
export function fieldsObject(fields: readonly Field[]): Record<string, string | string[]> {
  const values = new Map<string, string | string[]>();
  for (const [name, value] of fields) {
    const before = values.get(name);
    values.set(name, before === undefined ? value : [before, value].flat());
  }
  return Object.fromEntries(values);
}
