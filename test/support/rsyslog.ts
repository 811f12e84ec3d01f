/**
 * A real rsyslog of Debian's package for tests, in the foreground, with a conf and a folder of its
 * own: as one that takes records and writes them to a file, or as one that passes them on.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort, type Place, UNPACKED } from './program.ts';
import { Server } from './servers.ts';

const MODULES = join(UNPACKED, 'usr/lib/x86_64-linux-gnu/rsyslog');

export interface Rsyslog extends Place {
  /** What it wrote, where its conf says `file` is written. */
  readonly file: string;
  readonly pid: number;
  /** Ends it in order, and removes its folder. */
  remove(): Promise<void>;
}

/** Where it takes records, as an input's further parameters. */
export interface RsyslogInput {
  readonly kind: 'imtcp' | 'imrelp';
  /** What stands before the module. */
  readonly before?: string;
  /** Parameters of the module: `streamDriver.name="gtls"`. */
  readonly module?: string;
  readonly input?: string;
}

/** Writes what it takes to `file`, in its default format. */
export function startRsyslog(input: RsyslogInput): Promise<Rsyslog> {
  return startWith(input, ({ folder }) => `action(type="omfile" file="${fileIn(folder)}")`);
}

/** Takes lines over TCP and does with them what `action` says: `action(type="omrelp" …)`. */
export function startRelay(action: string): Promise<Rsyslog> {
  return startWith({ kind: 'imtcp' }, () => action);
}

async function startWith(
  { kind, before = '', module = '', input = '' }: RsyslogInput,
  action: (place: Place) => string,
): Promise<Rsyslog> {
  const server = new Server('rsyslog');
  const place = { folder: server.folder, port: await freePort() };
  const conf = join(place.folder, 'rsyslog.conf');
  writeFileSync(
    conf,
    `global(workDirectory="${place.folder}" maxMessageSize="64k")
${before}
module(load="${kind}" ${module})
input(type="${kind}" port="${place.port}" address="127.0.0.1" ${input})
${action(place)}
`,
  );
  try {
    const words = ['-n', '-f', conf, '-i', join(place.folder, 'pid'), '-M', MODULES];
    await server.start('rsyslogd', words, place.port);
  } catch (error) {
    await server.remove();
    throw error;
  }
  return {
    ...place,
    file: fileIn(place.folder),
    pid: server.pid,
    remove: () => server.remove(),
  };
}

function fileIn(folder: string): string {
  return join(folder, 'received.log');
}
