/** A real server of a test that takes connections, with its folder. */
import type { ChildProcess } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mustFind, pause, spawnBound } from './program.ts';

/** A server of ours in the foreground, ended by its own pid, with a folder that goes with it. */
export class Server {
  readonly folder: string;
  #child: ChildProcess | undefined;

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `vmmanage-${name}-`));
  }

  /** Resolves when it takes connections on `port` of loopback. */
  async start(program: string, words: readonly string[], port: number): Promise<void> {
    const log = openSync(this.#log, 'a');
    const child = spawnBound([mustFind(program), ...words], { log, signal: 'KILL' });
    closeSync(log);
    this.#child = child;
    const until = Date.now() + 20_000;
    while (!(await takesConnections(port))) {
      if (child.exitCode !== null || Date.now() > until) {
        throw new Error(`${program} doesn't answer:\n${readFileSync(this.#log, 'utf8')}`);
      }
      await pause(20);
    }
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('it was not started');
    return this.#child.pid;
  }

  async stop(): Promise<void> {
    const child = this.#child;
    if (child && child.exitCode === null && child.signalCode === null) {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    }
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  get #log(): string {
    return join(this.folder, 'log');
  }
}

function takesConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('connect', () => resolve(true));
    socket.on('error', () => resolve(false));
    socket.on('connect', () => socket.destroy());
  });
}
