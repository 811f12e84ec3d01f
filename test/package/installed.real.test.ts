/**
 * The packages in a systemd that is booted for them, from the first install to the purge. dpkg alone
 * installs them, since there is no network: what they depend on is this machine's, or isn't there.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { StatusReport } from '../../src/wire/control.ts';
import { parseJournalLine } from '../../src/wire/journal.ts';
import { Booted } from '../support/booted.ts';
import { initialised } from '../support/mariadb.ts';
import { build, fileOf, LATER, LATEST, laterOf, VERSION } from './packages.ts';

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
  laterOf(folder, 'vmmanage', { version: LATER, line: '; Something more.' });
  laterOf(folder, 'vmmanage', { version: LATEST, line: '; And more.' });
  booted = await Booted.start({ [AT]: folder, '/srv/initialised': initialised() });
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

/** Of all that the daemon has journaled; none of its lines may be one that can't be read. */
function journalLines() {
  const lines = booted.must('cat', `${STATE}/journal.jsonl`).trim().split('\n');
  return lines.map((text) => {
    const line = parseJournalLine(text);
    if (!line) throw new Error(`no line of a journal: ${text}`);
    return line;
  });
}

function entriesOf(type: string) {
  return journalLines().filter((line) => line.type === type);
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

  it('begins no move though it is asked for one', () => {
    const { status, said } = booted.run('vmmanage', 'move', 'host2');
    expect([status, said]).toEqual([75, expect.stringContaining('mode = passive')]);
    expect(entriesOf('intended')).toEqual([]);
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

describe('vmmanage init', () => {
  const DATABASE = 'database.service';

  /** A MariaDB of its own, at the socket that is the default; `more` are words of its command line. */
  function startDatabase(more = ''): void {
    const where = '--datadir=/srv/database --socket=/run/mysqld/mysqld.sock --skip-networking';
    const run = `ExecStart=mariadbd --no-defaults --user=root ${where} ${more}`;
    const text = `[Service]\nRuntimeDirectory=mysqld\n${run}\n`;
    booted.write(`/etc/systemd/system/${DATABASE}`, text);
    booted.must('systemctl', 'daemon-reload');
    booted.must('systemctl', 'restart', DATABASE);
  }

  function init() {
    const values = ['variable=Threads_connected', 'as=value', 'interval=1s'];
    const variable = values.flatMap((each) => ['--set', `probe.${each}`]);
    const policy = ['--policy', 'threshold-aware', '--suffering', '> 50 for 3'];
    const hosts = ['--migrator', 'local', '--hosts', 'host1,host2'];
    const words = ['--yes', '--force', '--probe', 'mysql', ...variable, ...policy, ...hosts];
    return booted.run('vmmanage', 'init', ...words);
  }

  it('reads a database as the daemon does, after the line that it prints was run there', async () => {
    booted.must('cp', '-r', '/srv/initialised', '/srv/database');
    startDatabase();
    let said = '';
    const isDenied = () => {
      said = init().said;
      return said.includes("Access denied for user 'vmmanage'@'localhost'");
    };
    await booted.until('the database', isDenied);
    const [line = ''] = /CREATE USER .*;$/m.exec(said) ?? [];
    booted.write('/srv/first.sql', `${line}\n`);
    startDatabase('--init-file=/srv/first.sql');
    const isRead = () => {
      said = init().said;
      return said.includes('It reads 1, in ');
    };
    await booted.until('the user', isRead);
    expect(said).not.toContain('CREATE USER');
    expect(booted.must('stat', '-c', '%U %G %a', CONF)).toBe('root vmmanage 640\n');
    booted.must('vmmanage', 'check');
    booted.must('systemctl', 'reload', DAEMON);
    const reads = () => /"value": 1\b/.test(booted.run('vmmanage', 'status', '--json').said);
    await booted.until('a reading', reads);
  });

  it('has kept the conf that was there', async () => {
    booted.must('systemctl', 'stop', DATABASE);
    booted.must('mv', `${CONF}.old`, CONF);
    booted.must('sh', '-c', `rm ${CONF}.old.*`);
    expect(booted.must('dpkg', '--verify', 'vmmanage')).toBe('');
    booted.must('systemctl', 'restart', DAEMON);
    expect((await answering()).probes.map(({ kind }) => kind)).toEqual(['system']);
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

describe('an upgrade in the middle of a move', () => {
  const place = `${STATE}/place`;
  const diary = `${STATE}/diary`;
  const end = `${STATE}/end`;
  /** Goes on until it is told to end, or the test has failed long ago. */
  const move = `#!/bin/sh
echo "begin $1" >>${diary}
for i in $(seq 1200); do [ ! -e ${end} ] || break; sleep 0.1; done
echo "$2" >${place}
echo "end $1" >>${diary}
`;
  const migrator = `migrate = /usr/local/bin/slow-move {request} {to}\\nlocate = cat ${place}`;

  it('ends the move once, and loses no line of the journal', async () => {
    await answering();
    booted.write('/usr/local/bin/slow-move', move, { mode: '0755' });
    booted.write(place, 'host1\n', { mode: '0640', owner: 'vmmanage', group: 'vmmanage' });
    booted.must('sed', '-i', 's/^mode = passive/mode = active\\nlook = 1s/', CONF);
    booted.must('sed', '-i', `s|^kind = local|kind = command\\n${migrator}|`, CONF);
    booted.must('vmmanage', 'reload');
    const edited = booted.must('cat', CONF);
    booted.must('vmmanage', 'move', 'host2', '--no-wait');
    await booted.until('the move', () => booted.run('cat', diary).said.startsWith('begin'));
    const before = await answering();
    install('vmmanage', LATEST);
    const after = await answering();
    expect([before.version, after.version]).toEqual([LATER, LATEST]);
    expect(after.pid).not.toBe(before.pid);
    const { id } = before.request ?? {};
    expect(after.request).toMatchObject({ id, from: 'host1', to: 'host2', phase: 'migrating' });
    expect(booted.must('cat', diary)).toBe(`begin ${id}\n`);
    booted.must('touch', end);
    await booted.until('the outcome', () => entriesOf('outcome').length > 0);
    expect(booted.must('cat', diary)).toBe(`begin ${id}\nend ${id}\n`);
    expect(entriesOf('intended')).toMatchObject([{ request: id }]);
    expect(entriesOf('outcome')).toMatchObject([
      { request: id, outcome: 'confirmed', host: 'host2' },
    ]);
    const numbers = journalLines().map(({ seq }) => seq);
    expect(numbers).toEqual(numbers.map((_, index) => index + 1));
    const versions = entriesOf('started').map(({ version }) => version);
    expect(versions.slice(-2)).toEqual([LATER, LATEST]);
    expect(booted.must('cat', CONF)).toBe(edited);
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
    expect((await answering()).place.host).toBe('host2');
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

  it('that is installed again goes on with both', async () => {
    const [conf, lines] = [booted.must('cat', CONF), journalLines()];
    booted.must('dpkg', '--force-confold', '--install', `${AT}/${fileOf('vmmanage-standalone')}`);
    expect((await answering()).place.host).toBe('host2');
    expect(booted.must('cat', CONF)).toBe(conf);
    expect(journalLines().slice(0, lines.length)).toEqual(lines);
    booted.must('dpkg', '--remove', 'vmmanage-standalone');
  });

  it('that is purged leaves what an administrator put there, and its users', () => {
    booted.write('/etc/vmmanage/password', 'secret\n', { mode: '0600' });
    booted.must('dpkg', '--purge', 'vmmanage-standalone');
    expect(traces()).toBe('/etc/vmmanage\n/etc/vmmanage/password\n');
    booted.must('id', 'vmmanage');
  });
});
