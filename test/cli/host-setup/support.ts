/** The folder of a system for host-setup to work in, as of an image, and calls of it there. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { runCli } from '../../../src/cli/cli.ts';
import { makeKey as newKey } from '../../support/keys.ts';
import { tempFolder } from '../../support/temp.ts';
import { fakeTerminal } from '../support/terminal.ts';

export const KEYS = '/home/vmmanage-host/.ssh/authorized_keys';
export const VMS = '/etc/vmmanage-host/vms.conf';
export const SUDOERS = '/etc/sudoers.d/vmmanage-host';
export const PROGRAM = '/usr/local/bin/vmmanage-host';

export async function hostSetup(...args: readonly string[]) {
  const terminal = fakeTerminal();
  const status = await runCli(['host-setup', ...args], terminal);
  return { status, ...terminal.printed };
}

/** A system's folder. */
export class System {
  readonly root: string;

  /** In a folder of its own, since not all tests have one that goes with them. */
  constructor(folder = tempFolder()) {
    this.root = mkdtempSync(join(folder, 'root-'));
    chmodSync(this.root, 0o755);
    for (const each of ['etc/sudoers.d', 'home', 'usr/bin']) this.#make(each);
    this.write('/usr/bin/sudo', '', 0o755);
    this.write('/etc/passwd', `root:x:0:0::/root:/bin/sh\n${account()}`);
    this.write('/etc/group', 'root:x:0:\n');
  }

  /** `vmmanage host-setup` for this folder. */
  call(...args: readonly string[]) {
    return hostSetup('--root', this.root, ...args);
  }

  /** The same, which is to go well. */
  async do(...args: readonly string[]): Promise<string> {
    const { status, out, err } = await this.call(...args, '--apply');
    if (status !== 0) throw new Error(`exit ${status}: ${out}${err}`);
    return out;
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  write(path: string, text: string, mode = 0o644): void {
    const whole = join(this.root, path);
    this.#make(dirname(path));
    writeFileSync(whole, text);
    chmodSync(whole, mode);
  }

  append(path: string, text: string): void {
    this.write(path, this.read(path) + text, this.mode(path));
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  mode(path: string): number {
    return statSync(join(this.root, path)).mode & 0o7777;
  }

  path(path: string): string {
    return join(this.root, path);
  }

  /** Each file with its mode and text, each folder with its mode; without what useradd keeps aside. */
  all(): Readonly<Record<string, string>> {
    const names = readdirSync(this.root, { recursive: true, encoding: 'utf8' }).sort();
    const shown = names.filter(
      (name) => !/^etc\/(?:passwd|group|shadow|gshadow|subuid|subgid)-?$/.test(name),
    );
    return Object.fromEntries(shown.map((name) => [name, this.#shown(name)]));
  }

  #shown(name: string): string {
    const stat = statSync(this.path(name));
    const text = stat.isFile() ? this.read(name) : '';
    return `${(stat.mode & 0o7777).toString(8)} ${stat.uid}:${stat.gid} ${text}`;
  }

  #make(path: string): void {
    mkdirSync(join(this.root, path), { recursive: true, mode: 0o755 });
  }
}

/** Who isn't root can't make accounts: then there is one. */
function account(): string {
  const uid = process.getuid?.();
  return uid === 0 ? '' : `vmmanage-host:x:${uid}:${uid}::/home/vmmanage-host:/bin/sh\n`;
}

/** A new key of a guest; its public file. */
export function makeKey(folder: string, name: string, ...type: readonly string[]): string {
  newKey(folder, name, type.length === 0 ? undefined : type);
  return join(folder, `${name}.pub`);
}

/** TYPE and BLOB of a public file. */
export function keyOf(file: string): string {
  return readFileSync(file, 'utf8').split(' ').slice(0, 2).join(' ');
}
