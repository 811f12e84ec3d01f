/**
 * The built program, run as a user would: processes of its own in a folder of its own, asked over
 * its sockets, and ended by their own process ids.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { onTestFinished } from 'vitest';
import { type Recorded, readJournal } from '../../src/daemon/journal.ts';
import type { StatusReport } from '../../src/wire/control.ts';

const PROGRAM = resolve(import.meta.dirname, '../../bin/vmmanage');

/** Waits until `look` gives something; rejects after `ms` with what it was waiting for. */
export async function until<T>(
  what: string,
  look: () => T | undefined | false | Promise<T | undefined | false>,
  ms = 20_000,
): Promise<T> {
  const last = performance.now() + ms;
  for (;;) {
    const seen = await look();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > last) throw new Error(`waited ${ms / 1000} s in vain for ${what}`);
    await sleep(20);
  }
}

export interface Said {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** One run of the program to its end. */
export async function vmmanage(...words: string[]): Promise<Said> {
  const child = spawn(PROGRAM, words, { stdio: ['ignore', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  await once(child, 'close');
  return { status: child.exitCode, stdout, stderr };
}

/** A program that goes on until it is ended; at the test's end it is ended in any case. */
export class Running {
  readonly #child: ChildProcess;
  #said = '';

  /** An object before the words is added to the environment. */
  constructor(...given: [Readonly<Record<string, string>>, ...string[]] | string[]) {
    const [first] = given;
    const env = typeof first === 'object' ? first : {};
    const words = given.flatMap((each) => (typeof each === 'string' ? [each] : []));
    this.#child = spawn(PROGRAM, words, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
    });
    const hear = (chunk: Buffer) => {
      this.#said += chunk.toString();
    };
    this.#child.stdout?.on('data', hear);
    this.#child.stderr?.on('data', hear);
  }

  get running(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get said(): string {
    return this.#said;
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error('it could not be started');
    return this.#child.pid;
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** Resolves with the exit status when it has ended. */
  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    if (this.running) {
      // Not `close`: a program that it started may hold its output open.
      const ended = once(this.#child, 'exit');
      this.#child.kill(signal);
      await ended;
    }
    return this.#child.exitCode;
  }
}

/** A guest with a conf of its own. */
export class Rig {
  readonly folder = mkdtempSync(join(tmpdir(), 'vmmanage-e2e-'));
  readonly state = join(this.folder, 'state');
  readonly runtime = join(this.folder, 'run');
  readonly conf = join(this.folder, 'vmmanage.conf');
  daemon: Running | undefined;

  /** `text` is the conf without its `[vm]`. Belongs to the running test. */
  constructor(text: string) {
    this.write(text);
    onTestFinished(async () => {
      await this.daemon?.end('SIGKILL');
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  write(text: string): void {
    const vm = `[vm]\nname = db7\nstate = ${this.state}\nruntime = ${this.runtime}\n`;
    writeFileSync(this.conf, `${text}\n${vm}`, { mode: 0o600 });
  }

  start(): Running {
    this.daemon = new Running('run', '-c', this.conf);
    return this.daemon;
  }

  async startAndWait(): Promise<Running> {
    const daemon = this.start();
    await until('the daemon to answer', async () => {
      if (!daemon.running) throw new Error(`the daemon ended: ${daemon.said}`);
      return (await this.status()) !== undefined;
    });
    return daemon;
  }

  async records(): Promise<readonly Recorded[]> {
    return (await readJournal(this.state)).records;
  }

  journalText(): string {
    return readFileSync(join(this.state, 'journal.jsonl'), 'utf8');
  }

  /** Undefined while nobody answers. */
  async status(): Promise<StatusReport | undefined> {
    return (await call(join(this.runtime, 'look.sock'), 'GET', '/v1/status').catch(() => undefined))
      ?.body as StatusReport | undefined;
  }

  /** Whether it answers, and no request is open. */
  async isIdle(): Promise<boolean> {
    const status = await this.status();
    return status !== undefined && status.request === undefined;
  }

  /** POST on the socket to act. */
  act(path: string, body: object = {}) {
    return call(join(this.runtime, 'act.sock'), 'POST', path, body);
  }

  look(path: string) {
    return call(join(this.runtime, 'look.sock'), 'GET', path);
  }
}

export function call(
  socketPath: string,
  method: string,
  path: string,
  body?: object | string,
): Promise<{ status: number; body: unknown }> {
  return new Promise((resolve, reject) => {
    const asked = request({ socketPath, method, path, timeout: 10_000, agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk) => {
        text += chunk;
      });
      answer.on('end', () => {
        resolve({
          status: answer.statusCode ?? 0,
          body: text === '' ? undefined : JSON.parse(text),
        });
      });
    });
    asked.on('error', reject);
    asked.end(typeof body === 'string' ? body : body && JSON.stringify(body));
  });
}
