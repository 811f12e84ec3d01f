/** Guests of a loss test: processes that send, are killed and started again, and say what they sent. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { onTestFinished } from 'vitest';

const SCRIPT = resolve(import.meta.dirname, 'guest.ts');

export interface GuestOptions {
  readonly name: string;
  readonly url: string;
  /** Its own, in which its spool stays over its runs. */
  readonly folder: string;
  /** Records a second. */
  readonly rate: number;
}

export class Guest {
  readonly name: string;
  readonly #options: GuestOptions;
  #child: ChildProcess;
  #runs = 0;

  constructor(options: GuestOptions) {
    this.name = options.name;
    this.#options = options;
    mkdirSync(options.folder, { recursive: true });
    this.#child = this.#start();
    onTestFinished(() => this.#end('SIGKILL'));
  }

  /** Killed in the middle of whatever it does, and started on what it left. */
  async killAndStart(): Promise<void> {
    await this.#end('SIGKILL');
    this.#child = this.#start();
  }

  /** Sends what it has, and nothing new. Rejects where something could not be sent. */
  async finish(): Promise<void> {
    await this.#end('SIGTERM');
    const { exitCode, signalCode } = this.#child;
    if (exitCode !== 0) throw new Error(`${this.name} ended with ${exitCode ?? signalCode}`);
  }

  /** The texts for which `send` returned. */
  accepted(): string[] {
    return readFileSync(this.#file, 'latin1').split('\n').slice(0, -1);
  }

  /** Whether its latest run has sent something. */
  get sends(): boolean {
    try {
      return readFileSync(this.#file, 'latin1').includes(`record ${this.#runs} `);
    } catch {
      return false;
    }
  }

  get #file(): string {
    return join(this.#options.folder, 'accepted');
  }

  #start(): ChildProcess {
    this.#runs += 1;
    const { url, folder, name, rate } = this.#options;
    const words = [url, folder, name, String(this.#runs), String(rate)];
    return spawn(process.execPath, ['--import', 'tsx', SCRIPT, ...words], { stdio: 'inherit' });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill(signal);
    await ended;
  }
}
