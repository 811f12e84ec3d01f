/**
 * The daemon's unit as it stands, in a systemd that is booted for it: what the daemon reaches, who
 * reaches the daemon, and where its secrets can't be found.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Booted } from '../support/booted.ts';
import {
  answering,
  bootUnits,
  CONF,
  DAEMON,
  dropIn,
  mainPid,
  report,
  restarts,
  SECRET,
  STATE,
} from '../support/booted-units.ts';

/** Each in a place of its own; nothing else in the system is spelled like that. */
const SECRETS = {
  literal: 'plugh-in-the-conf',
  file: 'plugh-in-a-file',
  credential: 'plugh-of-systemd',
};
const ANY_SECRET = 'plugh-';

const measures = ['cpu', 'memory', 'load', 'disk-latency', 'pressure-cpu-some'];

const CONF_TEXT = `[vm]
name = db7
[array]
hosts = xen1, xen2
${measures.map((each) => `[probe ${each}]\nkind = system\nmeasure = ${each}\ninterval = 1s`).join('\n')}
[probe threads]
kind = mysql
variable = Threads_connected
as = value
interval = 1s
[probe far]
kind = command
command = ssh -o BatchMode=yes -o StrictHostKeyChecking=accept-new berta@127.0.0.1 echo 7
interval = 10s
timeout = 9s
[probe xenstore]
kind = command
command = /usr/local/bin/xenbus
interval = 1s
[probe writes]
kind = command
command = /usr/local/bin/writes
interval = 1s
[probe literal]
kind = command
command = /usr/local/bin/knows ${SECRETS.literal.length}
password = ${SECRETS.literal}
interval = 1s
[probe file]
kind = command
command = /usr/local/bin/knows ${SECRETS.file.length}
password_file = /etc/vmmanage/password
interval = 1s
[queue builds]
url = http://127.0.0.1:9/builds
user = vmmanage
password_credential = queue
interval = 1s
results = file:${STATE}/results
[policy db]
kind = threshold-aware
probe = load
suffering = > 1000 for 3
[migrator]
kind = local
[log]
level = debug
`;

/** Prints 1 where the password has the length that it should have, and stays for others to look at. */
const KNOWS = `#!/bin/sh
sleep 0.3
[ "\${#PASSWORD}" = "$1" ] && echo 1
`;
/** Prints in how many of these places it could write, those where it may first. */
const WRITES = `#!/bin/sh
n=0
for each in ${STATE} /run/vmmanage /tmp /dev/shm; do touch "$each/x" && n=$((n + 100)); done
for each in / /etc /etc/vmmanage /usr /var /var/lib /var/log /srv /root /home /run /dev /boot; do
  touch "$each/x" && n=$((n + 1))
done 2>/dev/null
echo $n
`;

let booted: Booted;
beforeAll(async () => {
  booted = await bootUnits(DAEMON);
  people();
  servers();
  booted.write('/usr/local/bin/knows', KNOWS, { mode: '0755' });
  booted.write('/usr/local/bin/writes', WRITES, { mode: '0755' });
  const xenbus = '#!/bin/sh\nhead -c 4 /dev/xen/xenbus | wc -c\n';
  booted.write('/usr/local/bin/xenbus', xenbus, { mode: '0755' });
  booted.must('sh', '-c', 'mkdir /dev/xen && mknod /dev/xen/xenbus c 1 5');
  booted.must('sh', '-c', 'chgrp vmmanage /dev/xen/xenbus && chmod 0660 /dev/xen/xenbus');
  booted.write('/etc/vmmanage/password', `${SECRETS.file}\n`, SECRET);
  booted.write('/etc/credentials/queue', `${SECRETS.credential}\n`, { mode: '0600' });
  dropIn(booted, DAEMON, 'LoadCredential=queue:/etc/credentials/queue');
  booted.write(CONF, CONF_TEXT, SECRET);
  booted.must('systemctl', 'start', DAEMON);
  await answering(booted);
});
afterAll(() => booted?.stop());

/** Anna may look, Berta may act, Carl may do neither. */
function people(): void {
  booted.must('useradd', '-m', '-G', 'vmmanage', 'anna');
  // No password, but not locked: else sshd lets nobody in.
  const words = ['-m', '-s', '/bin/sh', '-p', '*', '-G', 'vmmanage-admin'];
  booted.must('useradd', ...words, 'berta');
  booted.must('useradd', '-m', 'carl');
}

/** A database that knows its users by their processes, and Berta's machine. */
function servers(): void {
  const home = ['-o', 'vmmanage', '-g', 'vmmanage'];
  booted.must('install', '-d', ...home, '-m', '0750', STATE);
  booted.must('install', '-d', ...home, '-m', '0700', `${STATE}/.ssh`);
  const as = (user: string, words: string) =>
    booted.must('runuser', '-u', user, '--', 'sh', '-ec', words);
  as('vmmanage', `ssh-keygen -q -t ed25519 -N '' -f ${STATE}/.ssh/id_ed25519`);
  const key = booted.must('cat', `${STATE}/.ssh/id_ed25519.pub`);
  booted.write('/home/berta/.ssh/authorized_keys', key, { mode: '0600', owner: 'berta' });
  booted.must('chown', '-R', 'berta', '/home/berta/.ssh');
  booted.must('sh', '-ec', 'ssh-keygen -A >/dev/null; mkdir -p /run/sshd');
  booted.must('install', '-d', '-o', 'mysql', '/srv/mysql', '/run/mysqld');
  const data = '--no-defaults --datadir=/srv/mysql --auth-root-authentication-method=socket';
  as('mysql', `mariadb-install-db ${data} --skip-test-db >/dev/null`);
  booted.write('/srv/init.sql', 'CREATE USER vmmanage@localhost IDENTIFIED VIA unix_socket;\n');
  const unit = (name: string, start: string) =>
    booted.write(`/etc/systemd/system/${name}.service`, `[Service]\nExecStart=${start}\n`);
  const mariadb = '--no-defaults --user=mysql --datadir=/srv/mysql --skip-networking';
  unit('db', `mariadbd ${mariadb} --socket=/run/mysqld/mysqld.sock --init-file=/srv/init.sql`);
  unit('far', '/usr/sbin/sshd -D -o ListenAddress=127.0.0.1 -o UsePAM=no');
  booted.must('systemctl', 'daemon-reload');
  booted.must('systemctl', 'start', 'db', 'far');
}

function as(user: string, ...words: string[]) {
  return booted.run('runuser', '-u', user, '--', ...words);
}

function values(): Record<string, number | string | undefined> {
  const probes = report(booted)?.probes ?? [];
  return Object.fromEntries(probes.map(({ name, value, missing }) => [name, value ?? missing]));
}

async function untilRead(...names: string[]): Promise<void> {
  const all = () => names.every((name) => typeof values()[name] === 'number');
  await booted.until(`a value of ${names.join(', ')}`, all).catch((error: unknown) => {
    throw new Error(`${JSON.stringify(values())}: ${String(error).slice(0, 200)}`);
  });
}

describe('the daemon reaches', () => {
  it('what the kernel tells of the machine', () => untilRead(...measures));

  it('the database as its own user, without a password', async () => {
    await untilRead('threads');
    expect(values()['threads']).toBeGreaterThan(0);
  });

  it('a host by ssh, with its key', async () => {
    await untilRead('far');
    expect(values()['far']).toBe(7);
  });

  it('the Xenstore’s device where its mode lets it', async () => {
    await untilRead('xenstore');
    expect(values()['xenstore']).toBe(4);
  });

  it('no folder to write to but its state, its sockets and what is temporary', async () => {
    await untilRead('writes');
    expect(values()['writes']).toBe(400);
    // Two of the four are its own alone.
    expect(booted.run('ls', '/tmp/x').status).not.toBe(0);
    expect(booted.run('ls', '/dev/shm/x').status).not.toBe(0);
  });

  it('all that systemd has to say against it comes to 1.5', () => {
    const { status, said } = booted.run('systemd-analyze', 'security', '--threshold=15', DAEMON);
    expect(status, said).toBe(0);
  });
});

describe('whoever', () => {
  it.each([
    ['is in vmmanage may look and not act', 'anna', 0, 77],
    ['is in vmmanage-admin may look and act', 'berta', 0, 0],
    ['is in neither may do neither', 'carl', 77, 77],
  ])('%s', (_, user, look, act) => {
    expect(as(user, 'vmmanage', 'status').status).toBe(look);
    for (const word of ['pause', 'resume', 'reload']) {
      expect([word, as(user, 'vmmanage', word).status]).toEqual([word, act]);
    }
    expect(as(user, 'systemctl', 'kill', DAEMON).status).not.toBe(0);
  });

  it('isn’t its user may not read what it keeps, but its group what was measured', () => {
    const files = [`${STATE}/journal.jsonl`, `${STATE}/.ssh/id_ed25519`, CONF];
    const reads = (user: string) => files.map((file) => as(user, 'cat', file).status === 0);
    expect(reads('carl')).toEqual([false, false, false]);
    expect(reads('berta')).toEqual([false, false, false]);
    expect(reads('anna')).toEqual([true, false, true]);
  });
});

describe('a secret', () => {
  it('comes to whom it is meant for', async () => {
    await untilRead('literal', 'file');
    expect([values()['literal'], values()['file']]).toEqual([1, 1]);
  });

  it('stands in nothing that is shown, logged or recorded', () => {
    for (const words of ['pause', 'resume', 'reload']) booted.must('vmmanage', words);
    const shown = ['status', 'explain', 'jobs', 'hosts', 'where', 'history'].flatMap((command) => [
      booted.run('vmmanage', command).said,
      booted.run('vmmanage', command, '--json').said,
    ]);
    const credentials = `CREDENTIALS_DIRECTORY=/run/credentials/${DAEMON}`;
    const checked = [[], ['--print'], ['--json'], ['--print', '--json']].map(
      (options) => booted.run('env', credentials, 'vmmanage', 'check', ...options).said,
    );
    expect(checked[1]).toContain('(secret)');
    const logged = booted.journal();
    expect(logged).toContain('Conf loaded');
    const recorded = booted.must('sh', '-c', `cat $(find ${STATE} /run/vmmanage /var/log -type f)`);
    expect(recorded).toContain('"type":"conf"');
    const told = [
      booted.must('systemctl', 'show', DAEMON),
      booted.must('systemctl', 'cat', DAEMON),
    ];
    const found = [...shown, ...checked, logged, recorded, ...told].filter((text) =>
      text.includes(ANY_SECRET),
    );
    expect(found).toEqual([]);
  });

  it('is seen by nobody else in the processes, while a program has it', async () => {
    const look =
      'cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null | tr "\\0" "\\n"; ps -eo args';
    const seen = (user: string) => as(user, 'sh', '-c', look).said;
    await booted.until('a program that has one', () => seen('root').includes(ANY_SECRET));
    // The environment is root's and its user's to see; the words of a command are everybody's.
    const words = 'cat /proc/[0-9]*/cmdline | tr "\\0" "\\n"; ps -eo args';
    for (let i = 0; i < 10; i += 1) {
      for (const user of ['anna', 'berta', 'carl']) expect(seen(user)).not.toContain(ANY_SECRET);
      expect(booted.run('sh', '-c', words).said).not.toContain(ANY_SECRET);
    }
    expect(seen('carl')).toContain('/dist/run/main.js');
  });

  it('in a conf that others can read keeps the conf from coming into force, and the daemon from starting', async () => {
    const daemon = mainPid(booted);
    booted.must('chmod', '0644', CONF);
    const reload = booted.run('systemctl', 'reload', DAEMON);
    expect(reload.status).toBe(1);
    expect([mainPid(booted), booted.show(DAEMON, 'ActiveState')]).toEqual([daemon, 'active']);
    const why = /vmmanage.conf:\d+: .*password: others can read this secret: chmod o= /;
    expect(booted.journal(DAEMON)).toMatch(why);
    expect(booted.run('systemctl', 'restart', DAEMON).status).toBe(1);
    expect(booted.show(DAEMON, 'ActiveState')).toBe('failed');
    expect([booted.show(DAEMON, 'ExecMainStatus'), restarts(booted)]).toEqual(['78', 0]);
    expect(booted.journal()).not.toContain(ANY_SECRET);
    booted.must('chmod', '0640', CONF);
    booted.must('systemctl', 'start', DAEMON);
  });
});
