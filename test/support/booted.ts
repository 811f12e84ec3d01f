/**
 * A systemd that is booted for a test: this machine's own, by systemd-nspawn, on an overlay over `/`
 * whose changes are kept in memory and gone in the end, with a network of its own. Commands are run
 * in it as root and files written, as an administrator would. It starts nothing but what every
 * system starts first; `boot` beside this file says how.
 */
import { type ChildProcess, spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustFind, pause, spawnBound } from './program.ts';

const BOOT = fileURLToPath(new URL('boot', import.meta.url));
const BOOT_MS = 30_000;
/** Whatever becomes of the test, the system is gone after this. */
const LIFE_S = 300;
const RUN_MS = 60_000;
const LOOK_EVERY_MS = 50;
const ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C' };

export interface Ran {
  readonly status: number | null;
  /** Standard output, and then standard error. */
  readonly said: string;
}

/** As install(1) takes it. */
export interface Ownership {
  readonly mode: string;
  readonly owner?: string;
  readonly group?: string;
}

export class Booted {
  readonly #folder = mkdtempSync(join(tmpdir(), 'vmmanage-booted-'));
  readonly #child: ChildProcess;
  readonly #gone: Promise<void>;
  readonly #atExit = () => this.#end();
  #leader: number | undefined;

  private constructor(binds: readonly string[]) {
    const mounts = join(this.#folder, 'mounts');
    mkdirSync(mounts);
    const log = openSync(this.#log, 'a');
    const unshare = ['unshare', '--mount', '--pid', '--fork', '--kill-child', '--mount-proc'];
    const boot = ['sh', BOOT, mounts, this.#cgroup, String(LIFE_S), ...binds];
    this.#child = spawnBound([...unshare, ...boot], { log, signal: 'KILL' });
    closeSync(log);
    this.#gone = new Promise((done) => this.#child.once('exit', () => done()));
    process.once('exit', this.#atExit);
  }

  /** `shown`: folders and files of this machine that can be read in it, by their path there. */
  static async start(shown: Readonly<Record<string, string>> = {}): Promise<Booted> {
    mustFind('systemd-nspawn');
    if (process.getuid?.() !== 0) throw new Error('a system is booted by root alone: run as root');
    const binds = Object.entries(shown).map(([at, path]) => `--bind-ro=${resolve(path)}:${at}`);
    const booted = new Booted(binds);
    try {
      await booted.#ready();
      return booted;
    } catch (error) {
      const said = readFileSync(booted.#log, 'utf8');
      await booted.stop();
      throw new Error(`systemd-nspawn boots no system here: ${String(error)}\n${said}`);
    }
  }

  /** Runs a program in it as root, to its end. */
  run(...argv: string[]): Ran {
    return this.#enter(argv);
  }

  /** The same, for what has to succeed. Gives back what it said. */
  must(...argv: string[]): string {
    const { status, said } = this.run(...argv);
    if (status !== 0) throw new Error(`${argv.join(' ')}: ${status}: ${said}\n${this.journal()}`);
    return said;
  }

  write(path: string, text: string, ownership: Ownership = { mode: '0644' }): void {
    const { mode, owner = 'root', group = 'root' } = ownership;
    // A pipe of the shell's: Node gives a socket, which nobody can open by its name.
    const install = 'cat | install -D -m "$1" -o "$2" -g "$3" /dev/stdin "$0"';
    const { status, said } = this.#enter(['sh', '-c', install, path, mode, owner, group], text);
    if (status !== 0) throw new Error(`${path} can't be written: ${said}`);
  }

  /** Where this machine finds a file of it. */
  path(at: string): string {
    return `/proc/${this.#leader}/root${at}`;
  }

  /** What was logged so far, by `unit` or by all. */
  journal(unit?: string): string {
    const of = unit === undefined ? [] : ['--unit', unit];
    return this.run('journalctl', '--no-pager', '--output=short-monotonic', ...of).said;
  }

  /** A property of a unit, such as MainPID. */
  show(unit: string, property: string): string {
    return this.must('systemctl', 'show', '--value', '--property', property, unit).trim();
  }

  async until(what: string, holds: () => boolean, ms = 30_000): Promise<void> {
    const last = Date.now() + ms;
    while (!holds()) {
      if (Date.now() > last) throw new Error(`waited in vain for ${what}\n${this.journal()}`);
      await pause(LOOK_EVERY_MS);
    }
  }

  /** At once, as by a power failure, and leaves nothing behind. */
  async stop(): Promise<void> {
    this.#end();
    await this.#gone;
    process.removeListener('exit', this.#atExit);
    rmSync(this.#folder, { recursive: true, force: true });
    await this.#removeCgroups();
  }

  get #log(): string {
    return join(this.#folder, 'log');
  }

  get #cgroup(): string {
    return basename(this.#folder);
  }

  async #ready(): Promise<void> {
    const last = Date.now() + BOOT_MS;
    while (!this.#isUp()) {
      if (this.#child.exitCode !== null) throw new Error(`it ended with ${this.#child.exitCode}`);
      if (Date.now() > last) throw new Error(`it isn't up after ${BOOT_MS / 1000} s`);
      await pause(LOOK_EVERY_MS);
    }
  }

  #isUp(): boolean {
    this.#leader ??= leaderBelow(this.#child.pid ?? 0);
    if (this.#leader === undefined) return false;
    return this.run('systemctl', 'is-active', 'booted.target').status === 0;
  }

  #enter(argv: readonly string[], input = ''): Ran {
    const words = ['--target', String(this.#leader), '--all', '--', ...argv];
    const options = { input, env: ENV, encoding: 'utf8', timeout: RUN_MS } as const;
    const { status, stdout, stderr, error } = spawnSync('nsenter', words, options);
    if (error) throw error;
    return { status, said: stdout + stderr };
  }

  #end(): void {
    this.#child.kill('SIGKILL');
  }

  /** They are empty as soon as the kernel is through with the processes. */
  async #removeCgroups(): Promise<void> {
    const found = ['/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*/${this.#cgroup}*`];
    for (let tries = 0; tries < 20; tries += 1) {
      const { stdout, stderr } = spawnSync('find', [...found, '-delete', '-print']);
      if (stdout.length + stderr.length === 0) return;
      await pause(LOOK_EVERY_MS);
    }
  }
}

/** The booted system's process 1: two pid namespaces down, that of `unshare` and that of nspawn. */
function leaderBelow(pid: number): number | undefined {
  for (const child of childrenOf(pid)) {
    if (/^NSpid:(\t\d+){2}\t1$/m.test(textOf(`/proc/${child}/status`))) return child;
    const found = leaderBelow(child);
    if (found !== undefined) return found;
  }
  return undefined;
}

function childrenOf(pid: number): number[] {
  return textOf(`/proc/${pid}/task/${pid}/children`).split(' ').filter(Boolean).map(Number);
}

/** Empty for a process that is gone. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
