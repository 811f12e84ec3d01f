/**
 * Hosts for tests: each a real sshd on loopback with a vmmanage-host, a conf and a state of its own,
 * and the doubles of xl, virsh and mln of test/hosts/doubles. Guests reach them with their own keys, by
 * the forced command alone; the hosts reach each other as root would.
 */
import { writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { type Answer, answerOf } from './answer.ts';
import { Host, type HostsPlan } from './host.ts';
import { makeKey } from './keys.ts';
import { endAll } from './processes.ts';
import { freePort, mustFind } from './program.ts';
import { Server } from './servers.ts';

export class Hosts {
  readonly #shared: Server;
  readonly #hosts: ReadonlyMap<string, Host>;

  private constructor(shared: Server, hosts: ReadonlyMap<string, Host>) {
    this.#shared = shared;
    this.#hosts = hosts;
  }

  static async start(plan: HostsPlan): Promise<Hosts> {
    const shared = new Server('hosts');
    const { folder } = shared;
    const keys = new Map(['hosts', ...Object.keys(plan.vms)].map((k) => [k, makeKey(folder, k)]));
    const hosts = new Map<string, Host>();
    for (const name of plan.hosts) {
      const host = new Host(name, await freePort(), join(folder, 'ssh'));
      hosts.set(name, host);
      host.writeConf(plan);
      writeFileSync(join(host.folder, 'authorized'), authorized(keys), { mode: 0o600 });
    }
    const all = new Hosts(shared, hosts);
    all.#introduce();
    await Promise.all(Array.from(hosts.values(), (host) => host.start()));
    return all;
  }

  /** Each host's public key to everybody, and the others' ports to the hosts' own ssh. */
  #introduce(): void {
    const { folder } = this.#shared;
    const known: string[] = [];
    const aliases: string[] = [];
    for (const host of this.#hosts.values()) {
      known.push(`[127.0.0.1]:${host.port} ${makeKey(host.folder, 'host')}`);
      aliases.push(`Host ${host.name}\n  HostName 127.0.0.1\n  Port ${host.port}\n`);
    }
    writeFileSync(this.knownHosts, `${known.join('\n')}\n`);
    const conf = `${aliases.join('')}Host *
  User ${userInfo().username}
  IdentityFile ${join(folder, 'hosts')}
  IdentitiesOnly yes
  UserKnownHostsFile ${this.knownHosts}
  StrictHostKeyChecking yes
`;
    writeFileSync(join(folder, 'ssh_config'), conf);
    const ssh = `#!/bin/sh\nexec ${mustFind('ssh')} -F '${join(folder, 'ssh_config')}' "$@"\n`;
    writeFileSync(join(folder, 'ssh'), ssh, { mode: 0o755 });
  }

  host(name: string): Host {
    const host = this.#hosts.get(name);
    if (host === undefined) throw new Error(`there is no host ${name}`);
    return host;
  }

  get all(): readonly Host[] {
    return [...this.#hosts.values()];
  }

  /** For whom a guest logs in; the address is 127.0.0.1, the port the host's. */
  get user(): string {
    return userInfo().username;
  }

  get knownHosts(): string {
    return join(this.#shared.folder, 'known');
  }

  /** The private key of a VM, or of `hosts`. */
  key(name: string): string {
    return join(this.#shared.folder, name);
  }

  /** The words with which a guest's ssh reaches a host. */
  sshWords(vm: string, host: string): readonly string[] {
    const options = {
      BatchMode: 'yes',
      IdentitiesOnly: 'yes',
      StrictHostKeyChecking: 'yes',
      UserKnownHostsFile: this.knownHosts,
    };
    const words = Object.entries(options).flatMap(([key, value]) => ['-o', `${key}=${value}`]);
    const port = String(this.host(host).port);
    return [
      'ssh',
      '-F',
      'none',
      ...words,
      '-i',
      this.key(vm),
      '-p',
      port,
      `${this.user}@127.0.0.1`,
    ];
  }

  /** What a guest gets to hear that sends `command` to a host by ssh. */
  ask(vm: string, host: string, command: string): Promise<Answer> {
    return answerOf([...this.sshWords(vm, host), '--', command]);
  }

  /** Forgets what happened, but not the conf: no domain, no knob, no hold, no record. */
  async reset(): Promise<void> {
    await endAll(this.#folders);
    for (const host of this.#hosts.values()) host.reset();
  }

  async remove(): Promise<void> {
    await endAll(this.#folders);
    for (const host of this.#hosts.values()) await host.remove();
    await this.#shared.remove();
  }

  /** What every program of a host is told of, but not its sshd. */
  get #folders(): readonly string[] {
    const told = ['things', 'state'];
    return [...this.#hosts.values()].flatMap(({ folder }) =>
      told.map((name) => join(folder, name)),
    );
  }
}

/** As docs/providers.md says: a guest's line holds its forced command and nothing else. */
function authorized(keys: ReadonlyMap<string, string>): string {
  const lines = Array.from(keys, ([name, key]) =>
    name === 'hosts' ? key : `command="vmmanage-host --vm ${name}",restrict ${key}`,
  );
  return `${lines.join('\n')}\n`;
}
