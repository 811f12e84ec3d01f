/** The units as systemd itself reads them. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SINK_LIMITS } from '../../src/sink/receiver/sink.ts';
import { WORKER_GROUP } from '../../src/wire/jobs.ts';

const SOCKETS = ['vmmanage-sink-tls.socket', 'vmmanage-sink.socket'];
/** Ten times what `systemd-analyze security` may come to at most. */
const EXPOSURE: Readonly<Record<string, number>> = {
  'vmmanage-jobs.service': 2,
  'vmmanage-sink.service': 11,
  'vmmanage.service': 15,
};
const UNITS = ['vmmanage-jobs.service', 'vmmanage-sink.service', 'vmmanage.service'];
/** Nothing on this machine: verify asks for a program that is there, and /bin/true always is. */
const PROGRAM = /^(ExecStart|ExecReload)=vmmanage /gm;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmmanage-units-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function unit(name: string): string {
  return readFileSync(join('systemd', name), 'utf8');
}

/** What systemd says of a unit: nothing, when all of it is understood. */
function verify(name: string, text: string): string {
  const path = join(folder, name);
  writeFileSync(path, text.replace(PROGRAM, '$1=/bin/true '));
  const { stdout, stderr } = run('systemd-analyze', 'verify', '--man=no', path);
  return stdout + stderr;
}

function run(program: string, ...args: string[]) {
  const ended = spawnSync(program, args, { encoding: 'utf8' });
  if (ended.error) throw ended.error;
  return ended;
}

/** The values of a setting, in their order. */
function settings(name: string, key: string): string[] {
  const pattern = new RegExp(`^${key}=(.*)$`, 'gm');
  return [...unit(name).matchAll(pattern)].map((match) => match[1] ?? '');
}

it('the units are these', () => {
  const found = readdirSync('systemd').filter((name) => /\.(service|socket)$/.test(name));
  expect(found).toEqual([...UNITS, ...SOCKETS].sort());
});

describe.each(SOCKETS)('%s', (name) => {
  it('is understood by systemd to the last key, with its service', () => {
    const service = 'vmmanage-sink.service';
    writeFileSync(join(folder, service), unit(service).replace(PROGRAM, '$1=/bin/true '));
    expect(verify(name, unit(name))).toBe('');
    const wrong = unit(name).replace('\n[Socket]\n', '\n[Socket]\nListenStraem=31000\n');
    expect(verify(name, wrong)).toMatch(/Unknown key.* 'ListenStraem'/);
  });

  it('has the name that the sink knows it by, and listens on loopback until told otherwise', () => {
    const tls = name.includes('tls');
    expect(settings(name, 'FileDescriptorName')).toEqual([tls ? 'tls' : 'plain']);
    expect(settings(name, 'ListenStream')).toEqual([tls ? '127.0.0.1:6514' : '127.0.0.1:31000']);
  });
});

describe.each(UNITS)('%s', (name) => {
  it('is understood by systemd to the last key', () => {
    expect(unit(name)).toMatch(PROGRAM);
    expect(verify(name, unit(name))).toBe('');
  });

  it('would be told of an unknown key', () => {
    const wrong = unit(name).replace('\n[Service]\n', '\n[Service]\nRestrat=always\n');
    expect(verify(name, wrong)).toMatch(/Unknown key.* 'Restrat'/);
  });

  it('is tried again for ever', () => {
    expect(settings(name, 'Restart')).toEqual(['on-failure']);
    expect(settings(name, 'StartLimitIntervalSec')).toEqual(['0']);
  });

  it('lets Node run', () => {
    expect(settings(name, 'SystemCallFilter')).toEqual([
      '@system-service @pkey',
      '~@privileged @resources',
    ]);
    expect(settings(name, 'SystemCallErrorNumber')).toEqual(['EPERM']);
    expect(settings(name, 'MemoryDenyWriteExecute')).toEqual([]);
    expect(settings(name, 'ProcSubset')).toEqual([]);
  });

  it('is exposed no more than this', () => {
    const path = join(folder, name);
    writeFileSync(path, unit(name).replace(PROGRAM, '$1=/bin/true '));
    const { status, stdout } = run(
      'systemd-analyze',
      'security',
      '--offline=true',
      `--threshold=${EXPOSURE[name]}`,
      path,
    );
    expect(status, stdout).toBe(0);
  });
});

describe('vmmanage.service', () => {
  const own = (key: string) => settings('vmmanage.service', key);

  it('says by itself how it is doing, and is watched', () => {
    expect([own('Type'), own('NotifyAccess'), own('WatchdogSec')]).toEqual([
      ['notify'],
      ['all'],
      ['3min'],
    ]);
  });

  it('has a bound for each thing that it could use up, and leaves no core', () => {
    for (const key of ['MemoryHigh', 'MemoryMax', 'CPUQuota', 'TasksMax', 'LimitNOFILE']) {
      expect(own(key)).toHaveLength(1);
    }
    expect(own('LimitCORE')).toEqual(['0']);
  });

  it('is in no group but its own: a folder gives a socket to the others', () => {
    expect(own('SupplementaryGroups')).toEqual([]);
    const made = own('ExecStartPre').map((line) => / -g (\S+) -m 2700 (\S+)$/.exec(line)?.slice(1));
    const groups = ['vmmanage-admin', WORKER_GROUP];
    expect(made).toEqual(groups.map((group) => [group, `/run/vmmanage/${group}`]));
  });

  it('leaves a migration that is under way alone', () => {
    expect(settings('vmmanage.service', 'KillMode')).toEqual(['process']);
  });

  it('is not tried again with a wrong conf', () => {
    expect(settings('vmmanage.service', 'RestartPreventExitStatus')).toEqual(['65 78']);
  });
});

describe('vmmanage-jobs.service', () => {
  it('shares nothing with the daemon but the group of the socket', () => {
    const user = settings('vmmanage-jobs.service', 'User');
    expect(settings('vmmanage.service', 'User')).not.toEqual(user);
    expect(settings('vmmanage-jobs.service', 'SupplementaryGroups')).toEqual([]);
    expect(settings('vmmanage-jobs.service', 'Group')).toEqual([WORKER_GROUP]);
  });

  it('sees neither conf nor keys nor state, and no network', () => {
    const hidden = settings('vmmanage-jobs.service', 'InaccessiblePaths').join(' ');
    expect(hidden.split(' ')).toEqual(
      expect.arrayContaining(['-/etc/vmmanage', '-/var/lib/vmmanage', '-/root']),
    );
    expect(settings('vmmanage-jobs.service', 'PrivateNetwork')).toEqual(['yes']);
    expect(settings('vmmanage-jobs.service', 'LoadCredential')).toEqual([]);
  });

  it('bounds memory and processes, and ends all of them with itself', () => {
    expect(settings('vmmanage-jobs.service', 'MemoryMax')).toEqual(['2G']);
    expect(settings('vmmanage-jobs.service', 'TasksMax')).toEqual(['512']);
    expect(settings('vmmanage-jobs.service', 'KillMode')).toEqual(['control-group']);
  });
});

describe('vmmanage-sink.service', () => {
  it('writes nowhere but in its folder of logs, and in one for what it passes on', () => {
    expect(settings('vmmanage-sink.service', 'ProtectSystem')).toEqual(['strict']);
    expect(settings('vmmanage-sink.service', 'LogsDirectory')).toEqual(['vmmanage']);
    expect(settings('vmmanage-sink.service', 'ReadWritePaths')).toEqual([]);
    expect(settings('vmmanage-sink.service', 'StateDirectory')).toEqual(['vmmanage-sink']);
  });

  it('may have more files open than the sink takes connections', () => {
    const files = Number(settings('vmmanage-sink.service', 'LimitNOFILE')[0]);
    expect(files).toBeGreaterThan(SINK_LIMITS.connections);
  });
});

it('the users and groups of the units are made', () => {
  // In an empty system, so that it doesn't matter who is known on this machine.
  const snippet = resolve('systemd', 'vmmanage.sysusers');
  const { stdout, stderr } = run('systemd-sysusers', '--dry-run', `--root=${folder}`, snippet);
  const named = ['User', 'Group'].flatMap((key) => UNITS.flatMap((name) => settings(name, key)));
  const names = new Set([...named, 'vmmanage-admin']);
  for (const name of names) expect(stdout + stderr).toContain(`'${name}'`);
});
