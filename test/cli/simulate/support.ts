/** Traces in files, and the command on them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../../src/cli/cli.ts';
import { type Batch, Collector, type Wanted } from '../../../src/cli/simulate/collector.ts';
import { readTraces } from '../../../src/cli/simulate/trace-files.ts';
import type { Reading } from '../../../src/core/words.ts';
import { tempFolder } from '../../support/temp.ts';
import { fakeTerminal } from '../support/terminal.ts';

export const CONF = `
[vm]
name = db7
[array]
hosts = h1, h2, h3
base = b
spread = no
[host h1]
cost = 0.1
[host b]
cost = 0.02
[probe slow]
kind = mysql
[policy db]
kind = base-aware
suffering = > 50 for 3
idle = < 1 for 20
[migrator]
kind = local
`;

export function file(name: string, text: string, folder = tempFolder()): string {
  const path = join(folder, name);
  writeFileSync(path, text, { mode: 0o600 });
  return path;
}

export function collector(wanted: Partial<Wanted> = {}): Collector {
  const all = { probes: new Set(['slow']), fromMs: -Infinity, toMs: Infinity };
  return new Collector({ ...all, ...wanted });
}

export function readAll(paths: readonly string[], into = collector()): Reading[] {
  return batchesOf(paths, into).flat();
}

export function batchesOf(paths: readonly string[], into = collector()): Batch[] {
  return [...readTraces(paths, into, () => undefined)];
}

/** Each reading as people would write it. */
export function told(readings: readonly Reading[]): string[] {
  return readings.map((reading) => {
    const value = 'value' in reading ? reading.value : 'missing';
    return `${new Date(reading.at.wallMs).toISOString()} ${reading.probe} ${value}`;
  });
}

export async function run(...args: string[]) {
  const terminal = fakeTerminal();
  const status = await runCli(['simulate', ...args], terminal);
  return { status, ...terminal.printed, progressed: terminal.progressed };
}
