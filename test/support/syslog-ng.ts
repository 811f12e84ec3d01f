/**
 * A real syslog-ng of Debian's package for tests, in the foreground, with a conf and a folder of its
 * own, and its load generator.
 */
import { execFile } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { freePort, mustFind, type Place, UNPACKED } from './program.ts';
import { Server } from './servers.ts';

/** It was built for another place. */
const ENVIRONMENT = {
  SYSLOGNG_PREFIX: join(UNPACKED, 'usr'),
  LD_LIBRARY_PATH: join(UNPACKED, 'usr/lib/syslog-ng'),
};

export interface SyslogNg extends Place {
  /** What it wrote. */
  readonly file: string;
  readonly pid: number;
  /** Ends it in order, and removes its folder. */
  remove(): Promise<void>;
}

/** Takes lines over TCP and writes them to `file`, in its default format. */
export async function startSyslogNg(): Promise<SyslogNg> {
  const server = new Server('syslog-ng');
  const place = { folder: server.folder, port: await freePort() };
  const file = join(place.folder, 'received.log');
  const conf = join(place.folder, 'syslog-ng.conf');
  writeFileSync(
    conf,
    `@version: 3.35
options { stats_freq(0); };
source s { network(ip("127.0.0.1") port(${place.port}) transport("tcp") max-connections(1000)); };
destination d { file("${file}"); };
log { source(s); destination(d); };
`,
  );
  const environment = Object.entries(ENVIRONMENT).map(([name, value]) => `${name}=${value}`);
  const words = ['-F', '--no-caps', '-f', conf, ...filesIn(place.folder)];
  try {
    await server.start('env', [...environment, mustFind('syslog-ng'), ...words], place.port);
  } catch (error) {
    await server.remove();
    throw error;
  }
  return { ...place, file, pid: server.pid, remove: () => server.remove() };
}

function filesIn(folder: string): string[] {
  const files = { persist: 'state', pidfile: 'pid', control: 'control' };
  return Object.entries(files).map(
    ([name, file]) => `--${name}${name === 'persist' ? '-file' : ''}=${join(folder, file)}`,
  );
}

/** Runs loggen to its end; rejects where it fails. */
export async function loggen(...words: string[]): Promise<void> {
  const env = { ...process.env, ...ENVIRONMENT };
  await promisify(execFile)(mustFind('loggen'), words, { env });
}
