/**
 * The packages in a systemd that is booted for them, from the first install to the purge. dpkg alone
 * installs them, since there is no network: what they depend on is this machine's, or isn't there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../src/wire/control.ts';
import { Booted } from '../support/booted.ts';
import { build, fileOf, LATER, laterOf, VERSION } from './packages.ts';

const AT = '/srv/packages';
const DAEMON = 'vmmanage.service';
const SINK = 'vmmanage-sink.service';
const CONF = '/etc/vmmanage/vmmanage.conf';
const STATE = '/var/lib/vmmanage';
const LOG = '/var/log/vmmanage/central.log';
/** Is there for a reader of the installed package alone. */
const THESIS = '/usr/share/doc/vmmanage/examples/thesis';

let folder: string;
let booted: Booted;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vmmanage-packages-'));
  build(folder, 'vmmanage', 'vmmanage-sink', 'vmmanage-standalone');
  laterOf(folder, 'vmmanage', '; Something more.');
  booted = await Booted.start({ [AT]: folder });
  // A container may forbid packages to start services; this system is booted to have them started.
  booted.must('rm', '-f', '/usr/sbin/policy-rc.d');
  // The index of all man pages would be made anew after each step.
  booted.must('rm', '-f', '/var/lib/man-db/auto-update');
});
afterAll(async () => {
  await booted?.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** `--force-depends`: Node need not be Debian's on this machine, and the package asks for that. */
function install(name: string, version = VERSION): string {
  const file = `${AT}/${fileOf(name, version)}`;
  return booted.must('dpkg', '--force-confold', '--force-depends', '--install', file);
}

async function answering(): Promise<StatusReport> {
  const status = () => booted.run('vmmanage', 'status', '--json');
  await booted.until('the daemon', () => status().status === 0);
  return JSON.parse(status().said) as StatusReport;
}

function isActive(unit: string): boolean {
  return booted.run('systemctl', 'is-active', unit).status === 0;
}

function isEnabled(unit: string): string {
  return booted.run('systemctl', 'is-enabled', unit).said.trim();
}

function exists(path: string): boolean {
  return booted.run('test', '-e', path).status === 0;
}

/** Of the unit's process, which is another one after a restart. */
function pid(unit = DAEMON): string {
  return booted.show(unit, 'MainPID');
}

/** What of it lies about: files, links to units, dpkg's own records. */
function traces(): string {
  const places = ['/etc', '/usr', '/var/lib', '/var/log'];
  const found = booted.must('find', ...places, '-path', '*vmmanage*', '-not', '-path', '*/dpkg/*');
  return found;
}

describe('a first install', () => {
  it('starts a daemon that watches and moves nothing', async () => {
    install('vmmanage');
    const report = await answering();
    expect(report).toMatchObject({ mode: 'passive' });
    expect([isEnabled(DAEMON), isActive(DAEMON)]).toEqual(['enabled', true]);
    expect(isEnabled('vmmanage-jobs.service')).toBe('disabled');
    expect(booted.must('ps', '-o', 'user:20=', '-p', pid()).trim()).toBe('vmmanage');
    const { status, said } = booted.run('vmmanage', 'check');
    expect(status, said).toBe(0);
  });

  it('has folders for its user alone', () => {
    const said = booted.must('stat', '-c', '%U %G %a', STATE, `${STATE}/.ssh`);
    expect(said).toBe('vmmanage vmmanage 750\nvmmanage vmmanage 700\n');
  });

  it('is whole: nothing is different from what was packaged, and the pages are found', () => {
    expect(booted.must('dpkg', '--verify', 'vmmanage')).toBe('');
    for (const page of ['vmmanage', 'vmmanage.conf']) booted.must('man', '--where', page);
    const units = ['vmmanage.service', 'vmmanage-jobs.service'];
    const paths = units.map((unit) => `/usr/lib/systemd/system/${unit}`);
    expect(booted.run('systemd-analyze', 'verify', '--man=no', ...paths).said).toBe('');
  });

  it('finds the files that it reads beside its bundle', () => {
    const page = '/tmp/page.html';
    const words = ['-c', `${THESIS}/thesis-20.conf`, '--html', page, `${THESIS}/day.csv`];
    booted.must('vmmanage', 'simulate', ...words);
    expect(booted.must('cat', page)).toMatch(/uPlot/);
    expect(booted.must('vmmanage', 'host-setup', '--name', 'xen1')).toContain('vmmanage-host');
    expect(booted.must('vmmanage', '--version')).toBe(`${VERSION}\n`);
  });
});

describe('the sink', () => {
  it('takes lines on loopback, and is rotated', async () => {
    install('vmmanage-sink');
    await booted.until('the sink', () => /listening/.test(booted.journal(SINK)));
    expect(isEnabled(SINK)).toBe('enabled');
    booted.must('bash', '-c', 'echo "nii3: a line" >/dev/tcp/127.0.0.1/31000');
    await booted.until('the line', () => /nii3: a line/.test(booted.run('cat', LOG).said));
    const before = pid(SINK);
    booted.must('logrotate', '--force', '/etc/logrotate.d/vmmanage-sink');
    expect(pid(SINK)).toBe(before);
    expect(booted.must('ls', '/var/log/vmmanage')).toMatch(/^central\.log-\d{4}/m);
    booted.must('man', '--where', 'vmmanage-sink');
  });

  it('that is removed leaves its log, and that is purged nothing', () => {
    booted.must('dpkg', '--remove', 'vmmanage-sink');
    expect(isActive(SINK)).toBe(false);
    expect(booted.must('ls', '/var/log/vmmanage')).toMatch(/central\.log/);
    booted.must('dpkg', '--purge', 'vmmanage-sink');
    expect(traces()).not.toMatch(/vmmanage-sink|log\/vmmanage/);
    expect(isActive(DAEMON)).toBe(true);
  });
});

describe('an upgrade', () => {
  it('keeps a conf that was edited, and restarts the daemon with it', async () => {
    booted.must('sed', '-i', 's/^interval = 60s/interval = 7s/', CONF);
    booted.must('chmod', '0640', CONF);
    booted.must('chgrp', 'vmmanage', CONF);
    const before = pid();
    install('vmmanage', LATER);
    await answering();
    expect(pid()).not.toBe(before);
    expect(booted.must('cat', CONF)).toMatch(/^interval = 7s$/m);
    expect(booted.must('stat', '-c', '%G %a', CONF)).toBe('vmmanage 640\n');
    expect(booted.must('tail', '-n', '1', `${CONF}.dpkg-dist`)).toBe('; Something more.\n');
    expect(booted.must('vmmanage', '--version')).toBe(`${LATER}\n`);
  });

  it('leaves a daemon alone that was disabled and stopped', () => {
    booted.must('systemctl', 'disable', '--now', DAEMON);
    install('vmmanage', LATER);
    expect([isEnabled(DAEMON), isActive(DAEMON)]).toEqual(['disabled', false]);
    booted.must('systemctl', 'enable', '--now', DAEMON);
  });
});

describe('the package with its own Node', () => {
  it('takes the place of the other, with its conf and its state, where there is no Node', async () => {
    await answering();
    const journal = booted.must('head', '-n', '1', `${STATE}/journal.jsonl`);
    // dpkg is told that the one may go, as apt decides by itself.
    const file = `${AT}/${fileOf('vmmanage-standalone')}`;
    booted.must('mv', process.execPath, `${process.execPath}-away`);
    booted.must('dpkg', '--force-confold', '--auto-deconfigure', '--install', file);
    expect((await answering()).mode).toBe('passive');
    expect(booted.must('readlink', `/proc/${pid()}/exe`)).toBe('/usr/lib/vmmanage/bin/node\n');
    expect(booted.must('cat', CONF)).toMatch(/^interval = 7s$/m);
    expect(isEnabled(DAEMON)).toBe('enabled');
    booted.run('dpkg', '--purge', 'vmmanage');
    expect(isActive(DAEMON)).toBe(true);
    expect(booted.must('head', '-n', '1', `${STATE}/journal.jsonl`)).toBe(journal);
    expect(isEnabled(DAEMON)).toBe('enabled');
  });

  it('has all that the sink depends on', () => {
    booted.must('dpkg', '--install', `${AT}/${fileOf('vmmanage-sink')}`);
    expect(isActive(SINK)).toBe(true);
    booted.must('dpkg', '--purge', 'vmmanage-sink');
  });
});

describe('a package', () => {
  it('that is removed leaves conf and state', () => {
    booted.must('dpkg', '--remove', 'vmmanage-standalone');
    expect(exists('/usr/bin/vmmanage')).toBe(false);
    expect(booted.run('pgrep', '-u', 'vmmanage').said).toBe('');
    expect([exists(CONF), exists(`${STATE}/journal.jsonl`)]).toEqual([true, true]);
  });

  it('that is purged leaves what an administrator put there, and its users', () => {
    booted.write('/etc/vmmanage/password', 'secret\n', { mode: '0600' });
    booted.must('dpkg', '--purge', 'vmmanage-standalone');
    expect(traces()).toBe('/etc/vmmanage\n/etc/vmmanage/password\n');
    booted.must('id', 'vmmanage');
  });
});
