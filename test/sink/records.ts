/** Records for the tests of the sender: numbered texts, in the thesis's form. */
import { readdirSync } from 'node:fs';
import type { Unsent } from '../../src/sink/sender/sender.ts';

export const VM = 'nii3';

export function unsent(text: string, timeMs = Date.now()): Unsent {
  return { timeMs, vm: VM, boot: 'b0070000-0000-4000-8000-000000000001', text, fields: [] };
}

/** `record 0`, `record 1` … */
export function texts(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => `record ${from + i}`);
}

/** The texts of lines that the sink wrote, less what the sender put around them. */
export function textsOf(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(`${VM}: `, '').replace(/ \[at=\S+\]$/, ''));
}

export function segmentsIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.jsonl'))
    .sort();
}
