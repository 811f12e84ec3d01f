/**
 * The units as they stand, in a systemd that is booted for them: the daemon claims pages from a real
 * WebDAV server, the worker runs their jobs, and what a job can't reach is tried from inside one.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobsReport, QueueReport, StatusReport } from '../../src/wire/control.ts';
import type { JobResult } from '../../src/wire/jobs.ts';
import type { Booted } from '../support/booted.ts';
import {
  answering,
  bootUnits,
  CONF,
  DAEMON,
  dropIn,
  mainPid,
  SECRET,
  report as statusOf,
  WORKER,
} from '../support/booted-units.ts';
import { webdavConf } from '../support/webdav.ts';

const PAGES = '/srv/queue/pages';
const PORT = 8080;
const RESULTS = '/var/lib/vmmanage/results';

/** For each line of its input whether it could be done. */
const TRY = `#!/bin/sh
while read -r each; do
  if sh -c "$each" >/dev/null 2>&1; then echo "yes: $each"; else echo "no: $each"; fi
done
`;

/** A job that takes for ever, until it has been begun once and the file of that is there. */
const FIRST_SLEEP = `#!/bin/sh
[ -e /srv/slept ] || exec sleep 600
`;

function queue(name: string, more = ''): string {
  return `[queue ${name}]
url = http://127.0.0.1:${PORT}/${name}
interval = 500ms
results = file:${RESULTS}
${more}`;
}

function conf(more = ''): string {
  return `[vm]
name = db7
[site oslo]
role = home
hosts = xen1, xen2
[site aws]
role = away
[policy build]
kind = site-aware
queue = sums
bigjobs = grade a
threshold = 1000
[probe memory]
kind = system
measure = memory
interval = 1s
[migrator]
kind = local
${queue('sums', 'user = vmmanage\npassword_file = /etc/vmmanage/password\n')}
${queue('tried', 'exec = /usr/local/bin/try\nuser = vmmanage\npassword_credential = queue\n')}
${queue('env', 'exec = env\n')}
${queue('eats', "exec = node -e 'Buffer.alloc(4e8, 1)'\nretries = 0\n")}
${queue('sleeps', 'exec = /usr/local/bin/first-sleep\n')}
${more}`;
}

let booted: Booted;
beforeAll(async () => {
  booted = await bootUnits(DAEMON, WORKER);
  install();
  startServer();
  booted.must('systemctl', 'start', DAEMON, WORKER);
  await answering(booted);
});
afterAll(() => booted?.stop());

/** A secret in each of the places that a secret may be in. */
function install(): void {
  booted.write(CONF, conf(), SECRET);
  booted.write('/etc/vmmanage/password', 'secret\n', SECRET);
  booted.write('/etc/credentials/queue', 'secret\n', { mode: '0600' });
  dropIn(booted, DAEMON, 'LoadCredential=queue:/etc/credentials/queue');
  booted.write('/usr/local/bin/try', TRY, { mode: '0755' });
  booted.write('/usr/local/bin/first-sleep', FIRST_SLEEP, { mode: '0755' });
}

function startServer(): void {
  booted.must('install', '-d', '-m', '0777', '/srv/queue', PAGES, '/srv/queue/locks');
  booted.write('/srv/queue/apache.conf', webdavConf('/srv/queue', PORT));
  const run = 'ExecStart=apache2 -f /srv/queue/apache.conf -DFOREGROUND';
  booted.write('/etc/systemd/system/queue.service', `[Service]\n${run}\n`);
  booted.must('systemctl', 'start', 'queue.service');
}

function publish(page: string, jobs: readonly object[]): void {
  const lines = jobs.map((job) => `${JSON.stringify(job)}\n`);
  booted.write(`${PAGES}/.${page}`, lines.join(''), { mode: '0666' });
  booted.must('mv', `${PAGES}/.${page}`, `${PAGES}/${page}`);
}

function report(name: string): QueueReport | undefined {
  const { queues } = JSON.parse(booted.must('vmmanage', 'jobs', '--json')) as JobsReport;
  return queues.find((each) => each.name === name);
}

/** The results of a page's jobs, once there is one of each. */
async function workOff(page: string, payloads: readonly string[]): Promise<JobResult[]> {
  const before = results(page).length;
  publish(
    page,
    payloads.map((payload) => ({ grade: 'b', payload })),
  );
  const found = () => results(page).slice(before);
  await booted.until(`the results of ${page}`, () => found().length >= payloads.length);
  return found();
}

function results(page: string): JobResult[] {
  const lines = booted.run('cat', RESULTS).said.match(/^{.*}$/gm) ?? [];
  return lines.map((line) => JSON.parse(line) as JobResult).filter(({ queue }) => queue === page);
}

function activeState(unit: string): string {
  return booted.show(unit, 'ActiveState');
}

function probes(): StatusReport['probes'] {
  return statusOf(booted)?.probes ?? [];
}

function probeNames(): string[] {
  return probes().map(({ name }) => name);
}

function expectEnded(): void {
  for (const unit of [DAEMON, WORKER]) {
    expect(activeState(unit)).toBe('inactive');
    expect(booted.show(unit, 'Result')).toBe('success');
  }
  expect(booted.run('pgrep', '-l', '-u', 'vmmanage,vmmanage-jobs').said).toBe('');
}

/** The process of the job that sleeps; empty while there is none. */
function sleeper(): string {
  return booted.run('pgrep', '-u', 'vmmanage-jobs', '-x', 'sleep').said.trim();
}

describe('the units', () => {
  it('are understood by this systemd, with their program in its place', () => {
    const units = [DAEMON, WORKER].map((unit) => `/etc/systemd/system/${unit}`);
    expect(booted.run('systemd-analyze', 'verify', '--man=no', ...units)).toEqual({
      status: 0,
      said: '',
    });
  });

  it('run as users of their own, and work off a page that the daemon claims', async () => {
    const found = await workOff('sums', ['2^100', '6*7']);
    expect(found).toMatchObject([
      { vm: 'db7', status: 'ok', output: '1267650600228229401496703205376\n' },
      { status: 'ok', output: '42\n' },
    ]);
    await booted.until('the page to be put away', () => report('sums')?.last !== undefined);
    expect(report('sums')?.last).toMatchObject({ ok: 2, failed: 0 });
    expect(booted.must('ls', PAGES)).toBe('sums.db7.done\n');
    const user = (unit: string) =>
      booted.must('ps', '-o', 'user:20=', '-p', mainPid(booted, unit)).trim();
    expect([user(DAEMON), user(WORKER)]).toEqual(['vmmanage', 'vmmanage-jobs']);
    expect(probes()).toContainEqual(
      expect.objectContaining({ name: 'memory', value: expect.any(Number), failing: false }),
    );
  });
});

describe('a job', () => {
  it('reaches nothing of the daemon, of its secrets, or of the network', async () => {
    const credential = `/run/credentials/${DAEMON}/queue`;
    const reads = [
      CONF,
      '/etc/vmmanage/password',
      '/etc/credentials/queue',
      credential,
      '/var/lib/vmmanage/journal.jsonl',
      RESULTS,
      `/proc/${mainPid(booted, DAEMON)}/environ`,
    ].map((path) => `cat ${path}`);
    const others = [
      'ls /etc/vmmanage',
      'ls /var/lib/vmmanage',
      'ls /root',
      `kill -0 ${mainPid(booted, DAEMON)}`,
      'touch /run/vmmanage/x',
      'touch /usr/local/x',
      'touch /var/tmp/../x',
      'vmmanage status',
      'vmmanage pause',
      `bash -c '</dev/tcp/127.0.0.1/${PORT}'`,
    ];
    const tries = [...reads, ...others];
    const asRoot = booted.must('sh', '-c', 'printf \'%s\\n\' "$@" | try', 'sh', ...tries);
    expect(asRoot.match(/^no: .*$/gm)).toBeNull();
    booted.must('vmmanage', 'resume');
    const [result] = await workOff('tried', [tries.join('\n')]);
    expect(result?.output?.trim().split('\n')).toEqual(tries.map((each) => `no: ${each}`));
  });

  it('finds a chosen environment', async () => {
    const [result] = await workOff('env', ['']);
    const lines = (result?.output ?? '').trim().split('\n').sort();
    expect(lines).toEqual([
      'HOME=/tmp',
      'LC_ALL=C.UTF-8',
      'LOGNAME=vmmanage-jobs',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
      'USER=vmmanage-jobs',
      'VMMANAGE_JOBS=/run/vmmanage/jobs.sock',
      `VMMANAGE_KEY=${result?.key}`,
    ]);
  });

  it('that eats all memory has failed alone', async () => {
    // Less than the unit says, for the sake of the machine that the test runs on.
    dropIn(booted, WORKER, 'MemoryMax=200M');
    const pids = [mainPid(booted, DAEMON), mainPid(booted, WORKER)];
    const failed = { status: 'failed', reason: 'killed by SIGKILL', attempts: 1 };
    expect(await workOff('eats', ['', ''])).toMatchObject([failed, failed]);
    expect(await workOff('sums', ['1+1'])).toMatchObject([{ status: 'ok', output: '2\n' }]);
    expect([mainPid(booted, DAEMON), mainPid(booted, WORKER)]).toEqual(pids);
  });

  it('ends with its worker when that is killed, and is done by the next', async () => {
    const daemon = mainPid(booted, DAEMON);
    const done = workOff('sleeps', ['']);
    await booted.until('the job to sleep', () => sleeper() !== '');
    const [worker, sleep] = [mainPid(booted, WORKER), sleeper()];
    booted.must('touch', '/srv/slept');
    booted.must('kill', '-KILL', worker);
    await booted.until('the job to be gone', () => booted.run('kill', '-0', sleep).status !== 0);
    expect(await done).toMatchObject([{ status: 'ok', attempts: 2 }]);
    expect(booted.show(WORKER, 'NRestarts')).toBe('1');
    expect(mainPid(booted, DAEMON)).toBe(daemon);
  });
});

describe('an administrator', () => {
  it('reloads a conf, or is told what is wrong with it while the old one stays', () => {
    const daemon = mainPid(booted, DAEMON);
    booted.write(CONF, conf('[probe more]\nkind = system\nmeasure = load\n'), SECRET);
    expect(booted.run('systemctl', 'reload', DAEMON)).toEqual({ status: 0, said: '' });
    expect(probeNames()).toContain('more');
    booted.write(CONF, conf('[probe more]\nkind = sistem\n'), SECRET);
    const wrong = booted.run('systemctl', 'reload', DAEMON);
    expect(wrong.status).not.toBe(0);
    expect(wrong.said).toMatch(/^Job for vmmanage.service failed/);
    expect(booted.journal(DAEMON)).toMatch(/vmmanage.conf:\d+: .*“sistem” is not a kind of probe/);
    expect([activeState(DAEMON), mainPid(booted, DAEMON)]).toEqual(['active', daemon]);
    expect(probeNames()).toContain('more');
    booted.write(CONF, conf(), SECRET);
    booted.must('systemctl', 'reload', DAEMON);
    expect(probeNames()).not.toContain('more');
  });

  it('restarts the daemon alone, and the worker goes on', async () => {
    const worker = mainPid(booted, WORKER);
    booted.must('systemctl', 'restart', DAEMON);
    await answering(booted);
    expect(await workOff('sums', ['2+2'])).toMatchObject([{ status: 'ok', output: '4\n' }]);
    expect(mainPid(booted, WORKER)).toBe(worker);
  });

  it('stops both, and nothing of them is left', async () => {
    booted.must('systemctl', 'stop', DAEMON, WORKER);
    expectEnded();
    booted.must('systemctl', 'start', DAEMON, WORKER);
    await answering(booted);
  });

  it('shuts the machine down, and the worker ends before its daemon', async () => {
    // All that isn't needed ends in one go, as in a shutdown.
    booted.must('systemctl', 'isolate', 'booted.target');
    await booted.until('the daemon to end', () => activeState(DAEMON) === 'inactive');
    const ends = booted.journal().match(/(Stopping|Stopped) vmmanage\S*/g);
    expect(ends?.slice(-4)).toEqual([
      `Stopping ${WORKER}`,
      `Stopped ${WORKER}`,
      `Stopping ${DAEMON}`,
      `Stopped ${DAEMON}`,
    ]);
    expectEnded();
  });
});
