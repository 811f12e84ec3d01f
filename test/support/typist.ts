/** A person at a terminal: a program on a pty of its own (script(1)), that is typed to when it asks. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';
import { mustFind } from './program.ts';
import { until } from './rig.ts';

export const ENTER = '\r';
export const CTRL_C = '\x03';
export const CTRL_D = '\x04';

export class Typist {
  readonly #child: ChildProcess;
  #said = '';
  #seen = 0;

  /** Words for a shell, as script takes them. It ends with the test. */
  constructor(command: string, env: Readonly<Record<string, string>> = {}) {
    this.#child = spawn(mustFind('script'), ['-qfec', command, '/dev/null'], {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, TERM: 'dumb', ...env },
    });
    this.#child.stdout?.on('data', (chunk: Buffer) => {
      this.#said += chunk.toString();
    });
    onTestFinished(() => void this.#child.kill('SIGHUP'));
  }

  /** All that stood on the screen. */
  get said(): string {
    return this.#said;
  }

  /** Waits until it has asked this, after what was answered before, and answers with a line. */
  async answer(question: string, line: string): Promise<void> {
    await this.type(question, `${line}${ENTER}`);
  }

  async type(question: string, keys: string): Promise<void> {
    const place = await until(`“${question}” after\n${this.#said}`, () => {
      const found = this.#said.indexOf(question, this.#seen);
      return found === -1 ? undefined : { end: found + question.length };
    });
    this.#seen = place.end;
    this.#child.stdin?.write(keys);
  }

  /** Its exit status, once it has ended. */
  async status(): Promise<number | null> {
    if (this.#child.exitCode === null) await once(this.#child, 'exit');
    return this.#child.exitCode;
  }
}
