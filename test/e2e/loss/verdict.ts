/** What a central log holds of what guests sent: each record exactly once, or what went wrong. */
import { readFileSync } from 'node:fs';
import type { Guest } from './guests.ts';

export interface Verdict {
  /** Records that are there. */
  readonly held: number;
  /** Those of which `send` had returned, and which aren't. */
  readonly lost: readonly string[];
  readonly twice: readonly string[];
  /** Whole lines that are no record of a guest. */
  readonly strange: readonly string[];
}

/** The sink's own bracket is the last of a line. */
const RECORD =
  /^\d{10} \S{3} \S{3} [ \d]\d [\d:]{8} \S+ \d{4} (\S+): (record \d+ \d+) .*\[peer=\S+ boot=\S+ seq=\d+\]$/;
/** What a crash left of a line; it counts as not there. */
const TORN = / \[mark="torn: the sink was stopped"\]$/;

export function verdictOn(file: string, guests: readonly Guest[]): Verdict {
  const lines = readFileSync(file, 'latin1').split('\n').slice(0, -1);
  const held = new Set<string>();
  const twice: string[] = [];
  const strange: string[] = [];
  for (const line of lines.filter((each) => !TORN.test(each))) {
    const [, name, text] = RECORD.exec(line) ?? [];
    const record = `${name} ${text}`;
    if (text === undefined) strange.push(line);
    else if (held.has(record)) twice.push(record);
    else held.add(record);
  }
  const sent = guests.flatMap((guest) => guest.accepted().map((text) => `${guest.name} ${text}`));
  return { held: held.size, lost: sent.filter((record) => !held.has(record)), twice, strange };
}
