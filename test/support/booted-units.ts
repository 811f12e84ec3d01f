/** A booted system (booted.ts) with this checkout's program and units in it, and what their tests ask it. */
import { readFileSync } from 'node:fs';
import { type Recorded, readJournal } from '../../src/daemon/journal.ts';
import type { StatusReport } from '../../src/wire/control.ts';
import { Booted } from './booted.ts';

export const DAEMON = 'vmmanage.service';
export const WORKER = 'vmmanage-jobs.service';
export const CONF = '/etc/vmmanage/vmmanage.conf';
export const STATE = '/var/lib/vmmanage';
/** Of a conf that holds a secret, or may hold one. */
export const SECRET = { mode: '0640', group: 'vmmanage' };

/** None of the units is started. */
export async function bootUnits(...units: string[]): Promise<Booted> {
  const booted = await Booted.start({
    '/usr/lib/node_modules/vmmanage': '.',
    '/usr/local/bin/node': process.execPath,
  });
  booted.must('ln', '-sfn', '../lib/node_modules/vmmanage/bin/vmmanage', '/usr/bin/vmmanage');
  for (const unit of units) copy(booted, unit, `/etc/systemd/system/${unit}`);
  copy(booted, 'vmmanage.sysusers', '/etc/sysusers.d/vmmanage.conf');
  booted.must('systemd-sysusers');
  booted.must('systemctl', 'daemon-reload');
  return booted;
}

function copy(booted: Booted, name: string, to: string): void {
  booted.write(to, readFileSync(`systemd/${name}`, 'utf8'));
}

/** In the service section; it holds from the next start on. */
export function dropIn(booted: Booted, unit: string, ...settings: string[]): void {
  const text = ['[Service]', ...settings, ''].join('\n');
  booted.write(`/etc/systemd/system/${unit}.d/test.conf`, text);
  booted.must('systemctl', 'daemon-reload');
}

export function mainPid(booted: Booted, unit = DAEMON): string {
  return booted.show(unit, 'MainPID');
}

/** How often systemd has started it again by itself. */
export function restarts(booted: Booted, unit = DAEMON): number {
  return Number(booted.show(unit, 'NRestarts'));
}

/** Undefined while nobody answers. */
export function report(booted: Booted): StatusReport | undefined {
  const { status, said } = booted.run('vmmanage', 'status', '--json');
  return status === 0 ? (JSON.parse(said) as StatusReport) : undefined;
}

export async function answering(booted: Booted): Promise<StatusReport> {
  let found: StatusReport | undefined;
  await booted.until('the daemon', () => {
    found = report(booted);
    return found !== undefined;
  });
  return found as StatusReport;
}

/** What the daemon of the booted system has recorded. */
export async function records(booted: Booted): Promise<readonly Recorded[]> {
  return (await readJournal(booted.path(STATE))).records;
}

/** No number of the journal is missing or given twice, and each request has one outcome. */
export function faultsOf(found: readonly Recorded[]): string[] {
  const gaps = found.filter(({ seq }, i) => seq !== i + 1).map(({ seq }) => `number ${seq}`);
  const requests = found.flatMap(({ entry }) => (entry.type === 'intended' ? [entry.request] : []));
  const outcomes = found.flatMap(({ entry }) => (entry.type === 'outcome' ? [entry.request] : []));
  const faulty = requests.filter((id) => outcomes.filter((other) => other === id).length !== 1);
  return [...gaps, ...faulty.map((id) => `request ${id}`)];
}
