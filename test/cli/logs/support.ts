/** `vmmanage logs` as a function, on files that a test writes. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCli } from '../../../src/cli/cli.ts';
import { FORMS, type MadeLine, madeLines } from '../../support/made-logs.ts';
import { fakeTerminal } from '../support/terminal.ts';

export const FROM_S = 1_242_232_480;
export const DAY_S = 86_400;

export const MADE = madeLines({
  ...{ guests: 5, hosts: 3, everyS: 1800 },
  ...{ fromS: FROM_S, toS: FROM_S + DAY_S },
});

export function contentOf(lines: readonly MadeLine[], form: keyof typeof FORMS = 'text'): string {
  return lines.map((line) => `${FORMS[form](line)}\n`).join('');
}

export function written(folder: string, name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

type Settings = Parameters<typeof fakeTerminal>[0];

export async function logs(args: readonly string[], settings: Settings = {}) {
  const terminal = fakeTerminal(settings);
  const status = await runCli(['logs', ...args], terminal);
  return { status, ...terminal.printed };
}

/** Without the escapes that paint. */
export function colourless(text: string): string {
  return text
    .split('\u001b')
    .map((part, index) => (index === 0 ? part : part.replace(/^\[\d+m/, '')))
    .join('');
}
