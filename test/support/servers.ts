/** What tests of real servers share: a free port, a server that ends with us, and its folder. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findProgram } from './mariadb.ts';

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

/** A server of ours in the foreground, ended by its own pid, with a folder that goes with it. */
export class Server {
  readonly folder: string;
  #child: ChildProcess | undefined;

  constructor(name: string) {
    this.folder = mkdtempSync(join(tmpdir(), `vmmanage-${name}-`));
  }

  /** Resolves when it takes connections on `port` of loopback. */
  async start(program: string, words: readonly string[], port: number): Promise<void> {
    const path = findProgram(program);
    if (path === undefined) throw new Error(`${program} is missing: run scripts/set-up`);
    const log = openSync(this.#log, 'a');
    const setpriv = findProgram('setpriv');
    const bound = setpriv === undefined ? [] : [setpriv, '--pdeathsig', 'KILL', '--'];
    const [name = path, ...rest] = [...bound, path, ...words];
    const child = spawn(name, rest, { stdio: ['ignore', log, log] });
    closeSync(log);
    this.#child = child;
    const until = Date.now() + 20_000;
    while (!(await takesConnections(port))) {
      if (child.exitCode !== null || Date.now() > until) {
        throw new Error(`${program} doesn't answer:\n${readFileSync(this.#log, 'utf8')}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
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
