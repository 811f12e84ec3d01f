/**
 * A private MariaDB for tests and for the demo: own data folder, socket and, where asked for, a
 * loopback port, all under a temporary folder. It never reads the system's conf nor touches the
 * system's instance, and ends with the process that started it, however that ends.
 */
import { type ChildProcess, execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { freePort, mustFind, pause, spawnBound } from './program.ts';

/** May log in from the socket and from loopback, with this password, and has no privilege. */
export const TENANT = { user: 'tenant', password: 'right, "quoted" & long' } as const;

export interface MariadbOptions {
  /** Listen on a free loopback port too. */
  readonly tcp?: boolean;
  /** Further options of mariadbd, such as `--long-query-time=0.01`. */
  readonly flags?: readonly string[];
}

const START_MS = 30_000;
const LOOK_EVERY_MS = 20;

/**
 * Small and quick: nothing here has to survive a power failure. `loose`: a version that knows such
 * an option no longer passes over it.
 */
const QUICK = [
  '--loose-innodb-log-file-size=4M',
  '--loose-innodb-buffer-pool-size=8M',
  '--loose-innodb-doublewrite=0',
  '--loose-innodb-flush-log-at-trx-commit=0',
  '--loose-sync-frm=0',
];
const SMALL = [
  '--loose-skip-log-bin',
  '--loose-performance-schema=OFF',
  '--loose-key-buffer-size=1M',
  '--loose-aria-pagecache-buffer-size=8M',
  '--skip-name-resolve',
];
/** It refuses to run as root unless told so. */
const AS_ROOT = process.getuid?.() === 0 ? ['--user=root'] : [];

/** Starts a server of its own and waits until it answers. */
export async function startMariadb(options: MariadbOptions = {}): Promise<Mariadb> {
  const folder = mkdtempSync(join(tmpdir(), 'vmmanage-mariadb-'));
  const port = options.tcp ? await freePort() : undefined;
  const server = new Mariadb(folder, port, options.flags ?? []);
  try {
    cpSync(initialised(), join(folder, 'data'), { recursive: true });
    await server.start();
    await server.query(
      ['localhost', '127.0.0.1']
        .map((at) => `CREATE USER '${TENANT.user}'@'${at}' IDENTIFIED BY '${TENANT.password}'`)
        .join('; '),
    );
    return server;
  } catch (error) {
    await server.remove();
    throw error;
  }
}

/** proc(5): the field behind the name in brackets; T is stopped. */
function threadStates(pid = 0): (string | undefined)[] {
  const tasks = `/proc/${pid}/task`;
  return readdirSync(tasks).map((task) => {
    const line = readFileSync(`${tasks}/${task}/stat`, 'latin1');
    return line.slice(line.lastIndexOf(')') + 2)[0];
  });
}

export class Mariadb {
  readonly socket: string;
  /** Undefined unless `tcp` was asked for. */
  readonly port: number | undefined;
  readonly #folder: string;
  readonly #flags: readonly string[];
  #process: ChildProcess | undefined;
  readonly #atExit = () => this.#endAtOnce();

  constructor(folder: string, port: number | undefined, flags: readonly string[]) {
    this.#folder = folder;
    this.socket = join(folder, 'mysqld.sock');
    this.port = port;
    this.#flags = flags;
    process.once('exit', this.#atExit);
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  async start(): Promise<void> {
    const log = openSync(this.#logFile, 'a');
    const argv = [mustFind('mariadbd', 'mysqld'), ...this.#arguments()];
    this.#process = spawnBound(argv, { log, signal: 'KILL' });
    closeSync(log);
    const until = Date.now() + START_MS;
    while (!(await this.#answers())) {
      if (!this.#running()) throw new Error(`mariadbd ended:\n${this.log()}`);
      if (Date.now() > until) throw new Error(`mariadbd does not answer:\n${this.log()}`);
      await pause(LOOK_EVERY_MS);
    }
  }

  /** Orderly, as an administrator would. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** It keeps its connections and answers nobody. Resolves when each of its threads stands still. */
  async freeze(): Promise<void> {
    this.#process?.kill('SIGSTOP');
    while (!threadStates(this.pid).every((state) => state === 'T')) await pause(LOOK_EVERY_MS);
  }

  thaw(): void {
    this.#process?.kill('SIGCONT');
  }

  /** As the server's root, on a connection of its own; several statements may be given. */
  async query(sql: string): Promise<RowDataPacket[]> {
    const connection = await createConnection({
      socketPath: this.socket,
      user: 'root',
      multipleStatements: true,
    });
    try {
      const [rows] = await connection.query<RowDataPacket[]>(sql);
      return rows;
    } finally {
      await connection.end();
    }
  }

  /** What it said so far. */
  log(): string {
    return existsSync(this.#logFile) ? readFileSync(this.#logFile, 'utf8') : '';
  }

  /** Ends it and leaves nothing behind. */
  async remove(): Promise<void> {
    await this.kill();
    process.removeListener('exit', this.#atExit);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get #logFile(): string {
    return join(this.#folder, 'log');
  }

  #arguments(): string[] {
    return [
      // First, or the system's conf is read.
      '--no-defaults',
      ...AS_ROOT,
      `--datadir=${join(this.#folder, 'data')}`,
      `--tmpdir=${this.#folder}`,
      `--socket=${this.socket}`,
      `--pid-file=${join(this.#folder, 'pid')}`,
      ...(this.port === undefined
        ? ['--skip-networking']
        : ['--bind-address=127.0.0.1', `--port=${this.port}`]),
      ...QUICK,
      ...SMALL,
      ...this.#flags,
    ];
  }

  async #answers(): Promise<boolean> {
    return this.query('SELECT 1').then(
      () => true,
      () => false,
    );
  }

  #running(): boolean {
    return this.#process?.exitCode === null && this.#process.signalCode === null;
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#process;
    if (child === undefined || !this.#running()) return;
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill(signal);
    // A frozen one takes SIGTERM only when it is thawed.
    child.kill('SIGCONT');
    await ended;
  }

  #endAtOnce(): void {
    this.#process?.kill('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Beside the packages, so that it goes when they do and nothing is left in /tmp. */
const CACHE = fileURLToPath(new URL('../../node_modules/.cache/vmmanage/', import.meta.url));

/** A data folder as mariadb-install-db leaves it; made once per version, copied for each server. */
export function initialised(): string {
  const install = mustFind('mariadb-install-db', 'mysql_install_db');
  const version = execFileSync(mustFind('mariadbd', 'mysqld'), ['--no-defaults', '--version']);
  const name = [version.toString(), process.getuid?.(), ...QUICK].join(' ');
  const folder = join(CACHE, `mariadb-${createHash('sha256').update(name).digest('hex')}`);
  if (existsSync(folder)) return folder;
  const aside = `${folder}.${process.pid}`;
  mkdirSync(CACHE, { recursive: true });
  initialise(install, aside);
  try {
    renameSync(aside, folder);
  } catch {
    // Another process was quicker, and its folder is as good.
    rmSync(aside, { recursive: true });
  }
  return folder;
}

/** A server that starts tidies its TMPDIR, so each has its own: several may be made at once. */
function initialise(install: string, folder: string): void {
  const temporary = mkdtempSync(join(tmpdir(), 'vmmanage-mariadb-'));
  const { status, stdout, stderr } = spawnSync(
    install,
    [
      '--no-defaults',
      ...AS_ROOT,
      `--datadir=${folder}`,
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
      '--skip-name-resolve',
      ...QUICK,
    ],
    { encoding: 'utf8', env: { ...process.env, TMPDIR: temporary } },
  );
  rmSync(temporary, { recursive: true, force: true });
  if (status === 0) return;
  rmSync(folder, { recursive: true, force: true });
  throw new Error(`mariadb-install-db failed:\n${stdout}${stderr}`);
}
