/**
 * A private PostgreSQL and a private Redis for tests: their files and sockets in a temporary folder,
 * no port, ended by their process ids, also with the process that started them.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chownSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from './rig.ts';

export interface Store {
  /** Its socket lies in here. */
  readonly folder: string;
  /** What the store's own client prints, called with `words`. */
  ask(...words: string[]): string;
  remove(): Promise<void>;
}

/** setpriv (util-linux): they end with us even when we are killed. */
const BOUND = ['setpriv', '--pdeathsig', 'KILL'];

export function startPostgres(): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'vmmanage-postgres-'));
  const data = join(folder, 'data');
  const bound = [...BOUND, ...asPostgres(folder), '--'];
  run([...bound, program('initdb'), '-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync']);
  const flags = ['-D', data, '-k', folder, '-c', 'listen_addresses=', '-c', 'fsync=off'];
  const client = ['psql', '-XAtq', '-h', folder, '-U', 'postgres', '-d', 'postgres', '-c'];
  return started(folder, [...bound, program('postgres'), ...flags], client, 'SELECT 1');
}

/** `more`: further words of its command line. */
export function startRedis(...more: string[]): Promise<Store> {
  const folder = mkdtempSync(join(tmpdir(), 'vmmanage-redis-'));
  const socket = join(folder, 'redis.sock');
  const flags = ['--port', '0', '--unixsocket', socket, '--dir', folder, '--save', ''];
  const client = ['redis-cli', '-s', socket];
  return started(folder, [...BOUND, '--', 'redis-server', ...flags, ...more], client, 'PING');
}

async function started(
  folder: string,
  [name = '', ...words]: readonly string[],
  client: readonly string[],
  hello: string,
): Promise<Store> {
  const child = spawn(name, words, { stdio: 'ignore' });
  const store: Store = {
    folder,
    ask: (...asked) => run([...client, ...asked]),
    async remove() {
      if (child.exitCode === null && child.signalCode === null) {
        // To PostgreSQL: at once, without waiting for its clients.
        const ended = once(child, 'exit');
        child.kill('SIGINT');
        await ended;
      }
      rmSync(folder, { recursive: true, force: true });
    },
  };
  try {
    await until(`the server in ${folder} to answer`, () => answers(store, hello, child));
    return store;
  } catch (error) {
    await store.remove();
    throw error;
  }
}

function answers(store: Store, hello: string, child: ChildProcess): boolean {
  if (child.exitCode !== null) throw new Error(`the server ended with ${child.exitCode}`);
  try {
    return store.ask(hello) !== '';
  } catch {
    return false;
  }
}

/** It refuses to run as root. */
function asPostgres(folder: string): string[] {
  if (process.getuid?.() !== 0) return [];
  const [uid, gid] = ['-u', '-g'].map((which) => Number(run(['id', which, 'postgres'])));
  chownSync(folder, uid ?? 0, gid ?? 0);
  return [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
}

/** Debian keeps the servers of each version in a folder of its own. */
function program(name: string): string {
  const folder = '/usr/lib/postgresql';
  const [version = ''] = readdirSync(folder).toSorted((a, b) => Number(b) - Number(a));
  return join(folder, version, 'bin', name);
}

function run([name = '', ...words]: readonly string[]): string {
  return execFileSync(name, words, {
    encoding: 'utf8',
    cwd: '/',
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}
