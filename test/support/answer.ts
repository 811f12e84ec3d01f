/** What vmmanage-host answers, taken apart as a guest does. */
import { spawn } from 'node:child_process';

/** What a call answered: its exit status, its lines `key=value`, and all that it printed. */
export interface Answer {
  readonly status: number | null;
  readonly values: Readonly<Record<string, string>>;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs words and takes what they print apart, as a guest does. */
export function answerOf(words: readonly string[], env = process.env): Promise<Answer> {
  const [name = '', ...rest] = words;
  return new Promise((done, fail) => {
    const child = spawn(name, rest, { stdio: ['ignore', 'pipe', 'pipe'], env });
    const said = { stdout: '', stderr: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => (said.stdout += text));
    child.stderr.setEncoding('utf8').on('data', (text) => (said.stderr += text));
    child.once('error', fail);
    child.once('close', (status) => done({ status, values: valuesOf(said.stdout), ...said }));
  });
}

function valuesOf(text: string): Record<string, string> {
  const lines = text.split('\n').filter((line) => line !== '');
  return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s).slice(0, 2)));
}
