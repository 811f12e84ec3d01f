/**
 * Real programs for tests: found, started on a port of their own with their files in a temporary
 * folder, and ended with the process that started them, however that ends.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { get } from 'node:http';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';

const START_MS = 30_000;
const LOOK_EVERY_MS = 20;

/** Where scripts/set-up unpacks what can't be installed beside what the machine has. */
export const UNPACKED = resolve(import.meta.dirname, '../../node_modules/.debian');

/** Where `names` are found first: unpacked, in PATH, or where Debian keeps servers. Undefined: nowhere. */
export function findProgram(...names: string[]): string | undefined {
  const unpacked = [join(UNPACKED, 'usr/sbin'), join(UNPACKED, 'usr/bin')];
  const inPath = (process.env['PATH'] ?? '').split(delimiter);
  const folders = [...unpacked, ...inPath, '/usr/sbin', '/usr/bin'];
  const paths = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return paths.find((path) => existsSync(path));
}

export function mustFind(...names: string[]): string {
  const path = findProgram(...names);
  if (path === undefined) throw new Error(`${names[0]} is missing: run scripts/set-up`);
  return path;
}

interface Binding {
  /** An open file that takes what it says. */
  readonly log: number;
  /** What it gets when we are gone. */
  readonly signal: 'KILL' | 'TERM';
  /** In a process group of its own. */
  readonly detached?: true;
}

/** Ends with us even when we are killed, where setpriv (util-linux) is there to say so. */
export function spawnBound(argv: readonly string[], binding: Binding): ChildProcess {
  const { log, signal, detached = false } = binding;
  const setpriv = findProgram('setpriv');
  const bound = setpriv === undefined ? [] : [setpriv, '--pdeathsig', signal, '--'];
  const [name = '', ...words] = [...bound, ...argv];
  return spawn(name, words, { stdio: ['ignore', log, log], detached });
}

export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** A folder for the files of a server, and a free port of loopback. */
export interface Place {
  readonly folder: string;
  readonly port: number;
}

export interface WebServer extends Place {
  readonly url: string;
  /** Sends its first process a signal. */
  signal(name: NodeJS.Signals): void;
  /** Ends it and its children, and removes its folder. */
  stop(): Promise<void>;
}

/**
 * Starts a server that speaks HTTP. `prepare` writes its files and gives back its argument array;
 * it is ready when it answers at `path`, whatever it answers.
 */
export async function startWebServer(
  prepare: (place: Place) => readonly string[],
  path = '/',
): Promise<WebServer> {
  const place = { folder: mkdtempSync(join(tmpdir(), 'vmmanage-server-')), port: await freePort() };
  const logFile = join(place.folder, 'said');
  const log = openSync(logFile, 'a');
  // In a group of its own: Apache ends its whole group.
  const child = spawnBound(prepare(place), { log, signal: 'TERM', detached: true });
  closeSync(log);
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const atExit = () => endGroup(child, 'SIGKILL');
  process.once('exit', atExit);
  const server: WebServer = {
    ...place,
    url: `http://127.0.0.1:${place.port}`,
    signal: (name) => void child.kill(name),
    async stop() {
      endGroup(child, 'SIGTERM');
      await Promise.race([gone, pause(STOP_MS)]);
      endGroup(child, 'SIGKILL');
      await gone;
      process.removeListener('exit', atExit);
      rmSync(place.folder, { recursive: true, force: true });
    },
  };
  try {
    await answering(child, `${server.url}${path}`);
    return server;
  } catch (error) {
    const said = readFileSync(logFile, 'utf8');
    await server.stop();
    throw new Error(`${String(error)}\n${said}`);
  }
}

const STOP_MS = 5_000;

function endGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended already.
  }
}

async function answering(child: ChildProcess, url: string): Promise<void> {
  const until = Date.now() + START_MS;
  while (!(await answers(url))) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`);
    if (Date.now() > until) throw new Error(`nothing answers at ${url}`);
    await pause(LOOK_EVERY_MS);
  }
}

function answers(url: string): Promise<boolean> {
  return new Promise((resolve) => {
    get(url, { agent: false, timeout: 1000 }, (answer) => {
      answer.resume().on('error', () => undefined);
      resolve(true);
    }).on('error', () => resolve(false));
  });
}
