/** A real sshd on a port of its own, with keys and a conf of its own, for one account: ours. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { makeKey } from './keys.ts';
import { freePort } from './program.ts';
import { Server } from './servers.ts';

export class Sshd {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.port = port;
  }

  /** Each of `commands` is what a key of its own may run, by its name. */
  static async start(commands: Readonly<Record<string, string>>): Promise<Sshd> {
    const server = new Server('sshd');
    const { folder } = server;
    const port = await freePort();
    const keys = Object.entries(commands).map(([name, command]) => {
      const key = makeKey(folder, name);
      return `restrict,command="${command.replaceAll('"', '\\"')}" ${key}`;
    });
    writeFileSync(join(folder, 'authorized'), `${keys.join('\n')}\n`, { mode: 0o600 });
    const host = makeKey(folder, 'host');
    writeFileSync(join(folder, 'known'), `[127.0.0.1]:${port} ${host}\n`);
    const conf = join(folder, 'sshd.conf');
    writeFileSync(conf, sshdConf(folder, port));
    // Where it gives up its privileges; systemd would make it.
    if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
    await server.start('sshd', ['-D', '-e', '-f', conf], port);
    return new Sshd(server, port);
  }

  get account(): string {
    return `${userInfo().username}@127.0.0.1`;
  }

  key(name: string): string {
    return join(this.#server.folder, name);
  }

  get knownHosts(): string {
    return this.key('known');
  }

  remove(): Promise<void> {
    return this.#server.remove();
  }
}

/** For a server of its own on loopback, with its files in that folder; `more`: further lines. */
export function sshdConf(folder: string, port: number, more = ''): string {
  return `ListenAddress 127.0.0.1
Port ${port}
HostKey ${folder}/host
PidFile ${folder}/pid
AuthorizedKeysFile ${folder}/authorized
StrictModes no
PasswordAuthentication no
KbdInteractiveAuthentication no
PubkeyAuthentication yes
PermitRootLogin yes
UsePAM no
MaxStartups 100
${more}`;
}
