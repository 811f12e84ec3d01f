/** One of the hosts of `hosts.ts`: its folder, its sshd, and what a test may do to it. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { type Answer, answerOf } from './answer.ts';
import { end, processesOf } from './processes.ts';
import { pause } from './program.ts';
import { Server } from './servers.ts';
import { sshdConf } from './sshd.ts';

export const VMMANAGE_HOST = resolve('etc/host/vmmanage-host');
const DOUBLES = resolve('test/hosts/doubles');
const TOOLS = ['xl', 'virsh', 'mln', 'logger'] as const;

export interface HostsPlan {
  readonly hosts: readonly string[];
  /** The lines of each VM's section of vms.conf, without `hosts`; `tool = xl` where nothing is said. */
  readonly vms: Readonly<Record<string, string>>;
  /** Lines of host.conf, for each of them. */
  readonly conf?: string;
}

export class Host {
  readonly name: string;
  readonly port: number;
  readonly #server: Server;

  /** `ssh` is a program: the hosts' own way to each other. */
  constructor(name: string, port: number, ssh: string) {
    this.name = name;
    this.port = port;
    this.#server = new Server(name);
    for (const each of ['etc/hold.d', 'state', 'bin']) this.#make(each);
    this.#empty();
    const folder = `HOST_FOLDER='${this.#path('things')}'`;
    for (const tool of TOOLS) this.#program(tool, `${folder} exec '${DOUBLES}/${tool}'`);
    this.#program('ssh', `exec '${ssh}'`);
    const paths = `--conf '${this.#path('etc')}' --state '${this.#path('state')}'`;
    this.#program('vmmanage-host', `exec '${VMMANAGE_HOST}' ${paths}`);
  }

  get folder(): string {
    return this.#server.folder;
  }

  /** Where the programs of this host are: vmmanage-host, xl, virsh, mln, ssh, logger. */
  get bin(): string {
    return this.#path('bin');
  }

  /** Starts its sshd; so a host that was stopped comes back. */
  async start(): Promise<void> {
    // Where it gives up its privileges; systemd would make it.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    writeFileSync(
      this.#path('sshd.conf'),
      sshdConf(this.folder, this.port, `SetEnv PATH=${this.#searched()}\n`),
    );
    await this.#server.start('sshd', ['-D', '-e', '-f', this.#path('sshd.conf')], this.port);
  }

  /** Nobody can log in any more; who is in stays. */
  stop(): Promise<void> {
    return this.#server.stop();
  }

  remove(): Promise<void> {
    return this.#server.remove();
  }

  reset(): void {
    rmSync(this.#path('things'), { recursive: true, force: true });
    rmSync(this.#path('state'), { recursive: true, force: true });
    for (const name of ['hold', 'state']) rmSync(this.#path('etc', name), { force: true });
    rmSync(this.#path('etc/hold.d'), { recursive: true, force: true });
    this.#make('state');
    this.#make('etc/hold.d');
    this.#empty();
  }

  /** `@/` in a VM's lines is the conf folder. */
  writeConf({ hosts, vms, conf = '' }: HostsPlan): void {
    const sections = Object.entries(vms).map(([vm, lines]) => {
      const tool = lines.includes('tool') ? '' : 'tool = xl\n';
      const stay = lines.includes('min_stay') ? '' : 'min_stay = 0\n';
      return `[${vm}]\n${tool}${stay}hosts = ${hosts.join(', ')}\n${lines.replaceAll('@/', `${this.#path('etc')}/`)}\n`;
    });
    this.#write('etc/vms.conf', sections.join('\n'));
    this.#write('etc/host.conf', `name = ${this.name}\n${conf}\n`);
  }

  /** A file of its conf folder, as a provider writes it: `host.conf`, `vms.conf`, `state` … */
  write(name: string, text: string): void {
    this.#write(join('etc', name), text);
  }

  /** A program of its conf folder. */
  writeProgram(name: string, text: string): void {
    writeFileSync(this.#path('etc', name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }

  /** Sets `state`: `up`, `draining for new disks` … */
  state(words: string): void {
    this.write('state', `${words}\n`);
  }

  /** Holds a VM, or everybody. */
  hold(text: string, vm?: string): void {
    this.write(vm === undefined ? 'hold' : join('hold.d', vm), `${text}\n`);
  }

  unhold(vm?: string): void {
    rmSync(this.#path('etc', vm === undefined ? 'hold' : join('hold.d', vm)), { force: true });
  }

  createDomain(name: string, memoryMb = 256): void {
    const id = Number(this.knob('last_id') || 0) + 1;
    this.setKnob('last_id', String(id));
    this.#write(join('things/domains', name), `${id} ${memoryMb}\n`);
  }

  removeDomain(name: string): void {
    rmSync(this.#path('things/domains', name), { force: true });
  }

  /** All of them, also `NAME--incoming` and `NAME--migratedaway`. */
  domains(): readonly string[] {
    return readdirSync(this.#path('things/domains')).sort();
  }

  /** How the doubles behave here: the knobs are told in test/hosts/doubles/README.md. */
  setKnob(name: string, value: string): void {
    this.#write(join('things/knobs', name), `${value}\n`);
  }

  unsetKnob(name: string): void {
    rmSync(this.#path('things/knobs', name), { force: true });
  }

  knob(name: string): string {
    return this.#read(join('things/knobs', name)).trim();
  }

  /** The calls of xl, virsh and mln, a line each. */
  calls(): readonly string[] {
    return lines(this.#read('things/calls'));
  }

  /** What vmmanage-host gave logger(1). */
  syslog(): readonly string[] {
    return lines(this.#read('things/syslog'));
  }

  /** Calls vmmanage-host here without ssh, as sshd would. */
  call(vm: string, command: string): Promise<Answer> {
    const env = { ...this.env, SSH_ORIGINAL_COMMAND: command };
    return answerOf([join(this.bin, 'vmmanage-host'), '--vm', vm], env);
  }

  /** Runs words here, as root of this host. */
  run(...words: readonly string[]): Promise<Answer> {
    return answerOf(words, this.env);
  }

  /** Breaks the ssh of each transfer from here. Gives back how many there were. */
  cut(): number {
    const found = this.#processes('ssh');
    for (const pid of found) end(pid, 'SIGTERM');
    return found.length;
  }

  /** The link of each transfer from here is dead for that long, and comes back. */
  async stall(ms: number): Promise<number> {
    const found = this.#processes('ssh');
    for (const pid of found) end(pid, 'SIGSTOP');
    await pause(ms);
    for (const pid of found) end(pid, 'SIGCONT');
    return found.length;
  }

  /** Kills the detached half of `migrate` alone, or what it started the tool with; the tool goes on. */
  killRunners(which: 'leader' | 'carrier' = 'leader'): number {
    const found = this.runners(which);
    for (const pid of found) end(pid, 'SIGKILL');
    return found.length;
  }

  runners(which: 'leader' | 'carrier' = 'leader'): readonly number[] {
    return this.#processes('vmmanage-host').filter(
      (pid) => words(pid).includes('--run') && isLeader(pid) === (which === 'leader'),
    );
  }

  #processes(name: string): readonly number[] {
    return processesOf([this.folder]).filter((pid) => basename(nameOf(pid)) === name);
  }

  get env(): NodeJS.ProcessEnv {
    return { PATH: this.#searched(), LANG: 'C.UTF-8' };
  }

  #searched(): string {
    return `${this.bin}:/usr/local/bin:/usr/bin:/bin`;
  }

  #empty(): void {
    this.#make('things/domains');
    this.#make('things/knobs');
    this.setKnob('name', this.name);
  }

  #program(name: string, text: string): void {
    writeFileSync(this.#path('bin', name), `#!/bin/sh\n${text} "$@"\n`, { mode: 0o755 });
  }

  #make(name: string): void {
    mkdirSync(this.#path(name), { recursive: true, mode: 0o755 });
  }

  #write(name: string, text: string): void {
    mkdirSync(dirname(this.#path(name)), { recursive: true });
    writeFileSync(this.#path(name), text, { mode: 0o644 });
  }

  #read(name: string): string {
    return existsSync(this.#path(name)) ? readFileSync(this.#path(name), 'utf8') : '';
  }

  #path(...names: readonly string[]): string {
    return join(this.folder, ...names);
  }
}

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '');
}

function words(pid: number): readonly string[] {
  return procFile(pid, 'cmdline').split('\0');
}

/** Of a session, which is the third field after the name in brackets, and the sixth of all. */
function isLeader(pid: number): boolean {
  return procFile(pid, 'stat').split(') ')[1]?.split(' ')[3] === String(pid);
}

/** As `ps -o comm` shows it. */
function nameOf(pid: number): string {
  return procFile(pid, 'comm').trim();
}

function procFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
