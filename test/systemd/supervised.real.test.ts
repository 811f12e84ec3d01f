/**
 * The daemon's unit as it stands, in a systemd that is booted for it: what systemd is told, what the
 * watchdog ends and what it doesn't. Faults are real ones: a process that is stopped, system calls
 * that don't come back (strace makes them wait), a disk that is full.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Booted } from '../support/booted.ts';
import {
  answering,
  bootUnits,
  CONF,
  DAEMON,
  dropIn,
  faultsOf,
  mainPid,
  records,
  report,
  restarts,
  STATE,
} from '../support/booted-units.ts';
import { pause } from '../support/program.ts';

/** Fed every two seconds: enough for a busy machine. */
const WATCHDOG_S = 6;
const PLACE = '/srv/place';
const GO = '/srv/go';

const CONF_TEXT = `[vm]
name = db7
[array]
hosts = xen1, xen2
spread = no
[probe load]
kind = command
command = cat /srv/load
unit = /min
interval = 500ms
[probe slow]
kind = command
command = sleep 60
interval = 1s
timeout = 900ms
[policy db]
kind = threshold-aware
suffering = > 5 for 3
probe = load
[constraints]
settle = off
cooldown = 1h
look = 200ms
[migrator]
kind = command
migrate = /usr/local/bin/move {to}
locate = cat ${PLACE}
`;

/** Moves the guest when it may. */
const MOVE = `#!/bin/sh
while [ ! -e ${GO} ]; do sleep 0.1; done
echo "$1" >${PLACE}
`;

let booted: Booted;
beforeAll(async () => {
  booted = await bootUnits(DAEMON);
  booted.write(CONF, CONF_TEXT);
  booted.write('/usr/local/bin/move', MOVE, { mode: '0755' });
  booted.write(PLACE, 'xen1\n', { mode: '0666' });
  booted.write('/srv/load', '2\n');
  dropIn(
    booted,
    DAEMON,
    `WatchdogSec=${WATCHDOG_S}`,
    'RestartSec=100ms',
    // For the migrator's own file.
    'ReadWritePaths=/srv',
  );
  // Small, so that it is soon full.
  booted.must('install', '-d', '-o', 'vmmanage', '-g', 'vmmanage', '-m', '0750', STATE);
  booted.must('mount', '-t', 'tmpfs', '-o', 'size=4m,mode=0750', 'state', STATE);
  booted.must('chown', 'vmmanage:vmmanage', STATE);
});
afterAll(() => booted?.stop());

function statusText(): string {
  return booted.show(DAEMON, 'StatusText');
}

function states(): string[] {
  return [booted.show(DAEMON, 'ActiveState'), booted.show(DAEMON, 'SubState')];
}

/** When systemd last heard that the daemon lives: µs of the monotonic clock. */
function fedAt(): number {
  return Number(booted.show(DAEMON, 'WatchdogTimestampMonotonic'));
}

/** Makes a system call of the running daemon wait for ten minutes, whenever it is made. */
async function hang(call: string): Promise<void> {
  const inject = `--inject=${call}:delay_enter=600000000`;
  const words = ['strace', '-f', '-qq', `--trace=${call}`, inject, '-o', '/dev/null'];
  booted.must('systemd-run', '--collect', '--unit=fault', ...words, '-p', mainPid(booted));
  const traced = () => /^TracerPid:\t[1-9]/m.test(textOfMain('status'));
  await booted.until('strace', traced);
}

function textOfMain(name: string): string {
  return booted.run('cat', `/proc/${mainPid(booted)}/${name}`).said;
}

/** The watchdog ends the daemon as it is now, and another one answers. */
async function expectEnded(fault: () => unknown): Promise<void> {
  const [before, count] = [mainPid(booted), restarts(booted)];
  const ended = () => booted.journal(DAEMON).match(/Watchdog timeout \(limit 6s\)/g)?.length ?? 0;
  const ends = ended();
  await fault();
  await booted.until('the watchdog', () => ended() > ends);
  // Else strace would hold what is left of it.
  booted.run('systemctl', 'kill', '--signal=KILL', 'fault.service');
  await booted.until('the restart', () => restarts(booted) > count);
  await answering(booted);
  expect([ended() - ends, restarts(booted) - count]).toEqual([1, 1]);
  expect(mainPid(booted)).not.toBe(before);
  expect(faultsOf(await records(booted))).toEqual([]);
}

describe('a start', () => {
  it('is over when the daemon answers, and systemd knows how things stand', async () => {
    booted.must('systemctl', 'start', DAEMON);
    expect(booted.run('vmmanage', 'status').status).toBe(0);
    expect(states()).toEqual(['active', 'running']);
    await booted.until(
      'the place',
      () => statusText() === 'at xen1; db: load 2/min, > 5 for 3: 0 of 3',
    );
    expect(booted.must('systemctl', 'status', DAEMON)).toContain(`Status: "${statusText()}"`);
  });

  it('leaves nothing in an environment by which others could speak for the daemon', async () => {
    booted.write('/usr/local/bin/env-of', '#!/bin/sh\nenv >/tmp/env.$PPID\necho 1\n', {
      mode: '0755',
    });
    booted.write(
      '/etc/vmmanage/conf.d/env.conf',
      '[probe env]\nkind = command\ncommand = /usr/local/bin/env-of\ninterval = 1s\n',
    );
    booted.must('systemctl', 'reload', DAEMON);
    const folder = `/proc/${mainPid(booted)}/root/tmp`;
    await booted.until(
      'the program',
      () => booted.run('sh', '-c', `cat ${folder}/env.*`).status === 0,
    );
    const env = booted.must('sh', '-c', `cat ${folder}/env.*`);
    expect(env).toMatch(/^PATH=/m);
    expect(env).not.toMatch(/NOTIFY|WATCHDOG/);
    booted.must('rm', '/etc/vmmanage/conf.d/env.conf');
    booted.must('systemctl', 'reload', DAEMON);
  });
});

describe('a reload', () => {
  it('puts a good conf in force, and the daemon is the same', () => {
    const daemon = mainPid(booted);
    booted.write(CONF, CONF_TEXT.replace('> 5', '> 7'));
    expect(booted.run('systemctl', 'reload', DAEMON)).toEqual({ status: 0, said: '' });
    expect([...states(), mainPid(booted)]).toEqual(['active', 'running', daemon]);
    expect(statusText()).toContain('> 7 for 3');
  });

  it('of a wrong conf fails, says why, and changes nothing of the one in force', () => {
    const daemon = mainPid(booted);
    const before = report(booted)?.conf.loaded;
    // One that has something right in it, too: nothing of it may come into force.
    booted.write(CONF, CONF_TEXT.replace('> 5', '> 9').replace('settle = off', 'setle = off'));
    const { status, said } = booted.run('systemctl', 'reload', DAEMON);
    expect(status).toBe(1);
    expect(said).toMatch(/^Job for vmmanage.service failed/);
    expect(booted.journal(DAEMON)).toMatch(/vmmanage.conf:\d+: .*setle.*did you mean/);
    expect([...states(), mainPid(booted)]).toEqual(['active', 'running', daemon]);
    expect(statusText()).toMatch(/> 7 for 3: 0 of 3; the last reload failed$/);
    expect(report(booted)?.conf).toMatchObject({ loaded: before, problems: [/setle/] });
    booted.write(CONF, CONF_TEXT);
    booted.must('systemctl', 'reload', DAEMON);
    expect(statusText()).toMatch(/> 5 for 3: 0 of 3$/);
  });

  it('by a signal is told to systemd, too', async () => {
    const stamp = () => report(booted)?.conf.loaded;
    const before = stamp();
    booted.must('systemctl', 'kill', '--signal=HUP', '--kill-who=main', DAEMON);
    await booted.until('the reload', () => stamp() !== before);
    await booted.until('its end', () => states().join() === 'active,running');
    expect(booted.journal(DAEMON)).toMatch(/systemd\[1\]: Reload(ed|ing) vmmanage.service/);
  });
});

describe('the watchdog', () => {
  it('lets a slow probe, a full disk and a move in between be', async () => {
    const daemon = mainPid(booted);
    booted.write('/srv/load', '8\n');
    await booted.until('a move', () => report(booted)?.request?.phase === 'migrating');
    await booted.until('its word', () => statusText().includes('xen1→xen2 migrating, request '));
    booted.run('sh', '-c', `head -c 8M /dev/zero >${STATE}/filled`);
    booted.write('/srv/load', '2\n');
    // What is left of the journal's last page takes some lines more.
    const refused = () =>
      ['pause', 'resume'].every((word) => booted.run('vmmanage', word).status === 1);
    await booted.until('the trouble', refused);
    booted.must('touch', GO);
    await booted.until('the end of the move', () => booted.must('cat', PLACE) === 'xen2\n');
    const before = fedAt();
    await pause(2000 * WATCHDOG_S);
    expect(fedAt() - before).toBeGreaterThan(1_000_000 * WATCHDOG_S);
    expect([mainPid(booted), report(booted)?.request?.phase]).toEqual([daemon, 'migrating']);
    booted.must('rm', `${STATE}/filled`);
    await booted.until('the disk', () => booted.run('vmmanage', 'resume').status === 0);
    await booted.until('the arrival', () => report(booted)?.place.host === 'xen2');
    await booted.until('its word', () => statusText().startsWith('at xen2'));
    expect(faultsOf(await records(booted))).toEqual([]);
    expect(report(booted)?.probes).toContainEqual(
      expect.objectContaining({ name: 'slow', missing: 'no answer in time', failing: true }),
    );
  });

  it('ends a daemon that is stopped', async () => {
    await expectEnded(() => booted.must('kill', '-STOP', mainPid(booted)));
  });

  it('ends one whose loop hangs in a system call', async () => {
    await expectEnded(() => hang('epoll_pwait'));
  });

  it('ends one that answers, while its engine waits for a disk that never says a word', async () => {
    await expectEnded(async () => {
      const before = fedAt();
      await hang('fdatasync');
      booted.must('systemd-run', '--collect', '--unit=asked', 'vmmanage', 'pause');
      // It isn't the loop that hangs.
      expect(report(booted)?.mode).toBe('active');
      await booted.until('the complaint', () =>
        /something stands still.* problem="no event was taken for 2s"/.test(booted.journal(DAEMON)),
      );
      expect(fedAt() - before).toBeLessThan(1_000_000 * WATCHDOG_S);
    });
  });
});

describe('a stop', () => {
  it('is told, and ends the daemon in order', async () => {
    booted.must('systemctl', 'stop', DAEMON);
    expect([booted.show(DAEMON, 'ActiveState'), booted.show(DAEMON, 'Result')]).toEqual([
      'inactive',
      'success',
    ]);
    expect((await records(booted)).at(-1)?.entry.type).toBe('stopped');
  });
});
