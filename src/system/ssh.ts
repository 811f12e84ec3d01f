/**
 * How another machine is asked by ssh(1): words for a program, and what ssh said when it failed.
 * Nobody is ever asked for a password, and a machine whose key isn't known is not spoken to.
 */
import type { Ended } from './programs.ts';
import { lastLine, oneLine } from './said.ts';

export interface SshServer {
  /** `USER@HOST`. */
  readonly account: string;
  readonly port: number;
  /** A file; those of the user by default. */
  readonly key?: string | undefined;
  /** The file that holds the server's key; the system's and the user's by default. */
  readonly knownHosts?: string | undefined;
  /** For the connection and its handshake. */
  readonly connectSeconds: number;
  /** A server that stops answering is given up after two of these; otherwise never. */
  readonly aliveSeconds?: number;
}

/** ssh joins `command` with blanks for the other side: no word of it may come from outside unchecked. */
export function sshWords(server: SshServer, command: readonly string[]): string[] {
  const { account, port, key, knownHosts, connectSeconds, aliveSeconds } = server;
  const settings = [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    `ConnectTimeout=${connectSeconds}`,
    ...(key === undefined ? [] : ['IdentitiesOnly=yes']),
    ...(knownHosts === undefined ? [] : [`UserKnownHostsFile=${knownHosts}`]),
    ...(aliveSeconds === undefined
      ? []
      : [`ServerAliveInterval=${aliveSeconds}`, 'ServerAliveCountMax=2']),
  ];
  return [
    ...['ssh', '-T', '-p', String(port), ...(key === undefined ? [] : ['-i', key])],
    ...settings.flatMap((setting) => ['-o', setting]),
    ...['--', account, ...command],
  ];
}

/** What ssh(1) exits with when it failed itself; otherwise it's the other side's command's. */
const SSH_FAILED = 255;

export interface SshFailure {
  /** One line: `ssh: Connection refused`. */
  readonly text: string;
  /** Nothing of the command can have begun: there was no session. */
  readonly never: boolean;
}

/** Each is said before a session begins (OpenSSH 9.2). */
const NEVER: readonly RegExp[] = [
  /^ssh: connect to host /,
  /^ssh: Could not resolve hostname /,
  /^Host key verification failed\.$/,
  /: Permission denied \([^)]*\)\.$/,
  /^Connection timed out during banner exchange$/,
  /^kex_exchange_identification: /,
];

/** Why ssh failed, by what it said; undefined where it didn't. */
export function sshFailure({ exit, stderr }: Ended): SshFailure | undefined {
  if (exit !== SSH_FAILED) return undefined;
  const lines = stderr.split(/\r\n|\n|\r/).map((line) => line.trim());
  const telling = lines.find((line) => NEVER.some((shape) => shape.test(line)));
  const said = shortened(telling ?? lastLine(stderr));
  return { text: `ssh: ${oneLine(said) || 'it failed'}`, never: telling !== undefined };
}

/** Which machine it was stands beside it already. */
function shortened(said: string): string {
  const connecting = /^ssh: connect to host \S+ port \d+: (.+)$/.exec(said);
  if (connecting) return connecting[1] ?? said;
  if (/^Host key verification failed\.$/.test(said)) {
    return 'its key is not the one in known_hosts, or is not there';
  }
  return said.replace(/^ssh: /, '').replace(/\.$/, '');
}
