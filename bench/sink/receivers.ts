/** What takes lines in the bench: our sink as it is by default, and what people run today. */
import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort } from '../../test/support/program.ts';
import { startRsyslog } from '../../test/support/rsyslog.ts';
import { Server } from '../../test/support/servers.ts';
import { startSyslogNg } from '../../test/support/syslog-ng.ts';

export interface Receiver {
  readonly name: string;
  readonly port: number;
  readonly file: string;
  readonly pid: number;
  remove(): Promise<void>;
}

/** A script that becomes the sink. */
const PROGRAM = resolve(import.meta.dirname, '../../bin/vmmanage');
/** Of /proc/PID/stat, the same on every Linux that Node runs on. */
const TICKS_PER_S = 100;

export async function ourSink(): Promise<Receiver> {
  const server = new Server('bench');
  const [file, port] = [join(server.folder, 'central.log'), await freePort()];
  const words = [PROGRAM, 'sink', '--listen', `127.0.0.1:${port}`, '--file', file];
  await server.start('sh', words, port);
  return { name: 'vmmanage', port, file, pid: server.pid, remove: () => server.remove() };
}

export async function rsyslog(kind: 'imtcp' | 'imrelp'): Promise<Receiver> {
  return { name: `rsyslog ${kind}`, ...(await startRsyslog({ kind })) };
}

export async function syslogNg(): Promise<Receiver> {
  return { name: 'syslog-ng', ...(await startSyslogNg()) };
}

/** Of all its threads, also of those that have ended. */
export function cpuS({ pid }: Receiver): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
  // The name before the last parenthesis may hold anything; user and system time are 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_S;
}
