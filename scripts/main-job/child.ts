/**
 * A program of the main job: its output goes to a file, and it ends when the job ends. It leads a
 * session of its own, so that Ctrl-C reaches the job alone, which then ends its programs in order.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { findProgram } from '../../test/support/program.ts';

const GRACE_MS = 8_000;
const TAIL_LINES = 15;

export class Child {
  readonly name: string;
  readonly log: string;
  readonly #process: ChildProcess;
  readonly #atExit = () => this.#process.kill('SIGKILL');

  constructor(name: string, argv: readonly string[], log: string) {
    this.name = name;
    this.log = log;
    const file = openSync(log, 'a');
    const [program = '', ...words] = [...boundToUs(), ...argv];
    this.#process = spawn(program, words, { stdio: ['ignore', file, file], detached: true });
    closeSync(file);
    // Said by `running`, with what the log has.
    this.#process.on('error', () => undefined);
    process.once('exit', this.#atExit);
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get running(): boolean {
    const { pid, exitCode, signalCode } = this.#process;
    return pid !== undefined && exitCode === null && signalCode === null;
  }

  /** What it said so far. */
  said(): string {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8') : '';
  }

  /** How it ended, and its last words. */
  ending(): string {
    const { exitCode, signalCode } = this.#process;
    const last = this.said().trimEnd().split('\n').slice(-TAIL_LINES).join('\n');
    return `${this.name} ended (${signalCode ?? exitCode ?? 'never began'}):\n${last}`;
  }

  /** SIGTERM, and SIGKILL when that doesn't help. */
  async end(): Promise<void> {
    process.removeListener('exit', this.#atExit);
    if (!this.running) return;
    const ended = once(this.#process, 'exit');
    const late = new AbortController();
    this.#process.kill('SIGTERM');
    const killer = sleep(GRACE_MS, undefined, { signal: late.signal }).then(
      () => this.#process.kill('SIGKILL'),
      () => false,
    );
    await ended;
    late.abort();
    await killer;
  }
}

/** Even when we are killed outright, where setpriv (util-linux) can arrange that. */
function boundToUs(): string[] {
  const setpriv = findProgram('setpriv');
  return setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'TERM', '--'];
}
