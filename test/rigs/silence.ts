/** How long the guest was silent, seen from its network: the longest time between two answers to ping. */
import { type ChildProcess, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Rig } from './rig.ts';

const EVERY_S = 0.2;

export class Silence {
  readonly #ping: ChildProcess;
  readonly #answers: number[] = [];

  constructor({ script, lan }: Rig) {
    const words = ['lan', 'ping', '-n', '-i', String(EVERY_S), `${lan}.50`];
    this.#ping = spawn(script, words, { stdio: ['ignore', 'pipe', 'ignore'] });
    const { stdout } = this.#ping;
    if (stdout) createInterface(stdout).on('line', (line) => this.#note(line));
  }

  #note(line: string): void {
    if (line.includes('bytes from')) this.#answers.push(performance.now());
  }

  /** Milliseconds, since a moment of `performance.now()`. */
  longestSince(moment: number): number {
    const times = [...this.#answers.filter((time) => time >= moment), performance.now()];
    return times.reduce(
      ({ longest, last }, time) => ({ longest: Math.max(longest, time - last), last: time }),
      { longest: 0, last: moment },
    ).longest;
  }

  stop(): void {
    this.#ping.kill('SIGKILL');
  }
}
