/** The daemon's unit at its limits, in a systemd that is booted for it: crashes, memory, processor time. */
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
} from '../support/booted-units.ts';
import { pause } from '../support/program.ts';

const CRASHES = 50;
const WATCHDOG_S = 9;
const PLACE = '/srv/place';
const GO = '/srv/go';

const conf = (load: string) => `[vm]
name = db7
[array]
hosts = xen1, xen2, xen3
spread = no
[probe load]
kind = command
command = ${load}
interval = 1s
timeout = 900ms
[policy db]
kind = threshold-aware
suffering = > 5 for 3
[constraints]
settle = off
cooldown = 1h
look = 200ms
[migrator]
kind = command
migrate = /usr/local/bin/move {to}
locate = cat ${PLACE}
`;

/** Begins, and moves the guest when it may. */
const MOVE = `#!/bin/sh
echo "$1" >>/srv/begun
while [ ! -e ${GO} ]; do sleep 0.1; done
echo "$1" >${PLACE}
`;

/** In the unit's cgroup, and the last whom the kernel would end there: takes memory until $1 is gone. */
const EATER = `
for groups in /sys/fs/cgroup/memory /sys/fs/cgroup; do
  [ ! -d $groups/system.slice/${DAEMON} ] || break
done
echo $$ >$groups/system.slice/${DAEMON}/cgroup.procs
echo -1000 >/proc/$$/oom_score_adj
n=0
while kill -0 "$1" && [ $n -lt 300 ]; do
  head -c 1M /dev/zero >/dev/shm/eaten.$n
  n=$((n + 1))
done
rm /dev/shm/eaten.*
cat $groups/system.slice/${DAEMON}/memory.oom_control $groups/system.slice/${DAEMON}/memory.events
`;

let booted: Booted;
beforeAll(async () => {
  booted = await bootUnits(DAEMON);
  booted.write(CONF, conf('cat /srv/load'));
  booted.write('/usr/local/bin/move', MOVE, { mode: '0755' });
  booted.must('install', '-d', '-m', '0777', '/srv');
  booted.write(PLACE, 'xen1\n', { mode: '0666' });
  booted.write('/srv/load', '2\n');
  dropIn(booted, DAEMON, 'RestartSec=100ms', 'ReadWritePaths=/srv');
  booted.must('systemctl', 'start', DAEMON);
});
afterAll(() => booted?.stop());

function count(key: string): number {
  const found = booted.run(
    'sh',
    '-c',
    `cat /sys/fs/cgroup/cpu/system.slice/${DAEMON}/cpu.stat || cat /sys/fs/cgroup/system.slice/${DAEMON}/cpu.stat`,
  );
  return Number(new RegExp(`^${key} (\\d+)$`, 'm').exec(found.said)?.[1]);
}

describe('a daemon that is killed', () => {
  it(`${CRASHES} times in a row is started again each time, and loses nothing`, async () => {
    // Each as soon as it is there; some before they are ready.
    const loop = `
      last=0; n=0
      while [ $n -lt ${CRASHES} ]; do
        pid=$(systemctl show -P MainPID ${DAEMON})
        if [ "$pid" != 0 ] && [ "$pid" != $last ]; then kill -KILL $pid; last=$pid; n=$((n + 1)); fi
        sleep 0.0$((n % 10))
      done`;
    expect(booted.run('sh', '-c', loop).status).toBe(0);
    await booted.until('the last restart', () => restarts(booted) >= CRASHES);
    await booted.until('it to be ready', () => booted.show(DAEMON, 'SubState') === 'running');
    await answering(booted);
    expect(restarts(booted)).toBe(CRASHES);
    const found = await records(booted);
    expect(faultsOf(found)).toEqual([]);
    expect(report(booted)?.place.host).toBe('xen1');
  }, 120_000);
});

describe('the limit of memory', () => {
  it('hit while a request is open: the daemon starts again, and the request ends once, as it went', async () => {
    dropIn(
      booted,
      DAEMON,
      'RestartSec=100ms',
      'ReadWritePaths=/srv',
      'MemoryMax=160M',
      'MemorySwapMax=0',
    );
    booted.must('systemctl', 'restart', DAEMON);
    booted.write('/srv/load', '8\n');
    await booted.until('a move', () => booted.run('test', '-e', '/srv/begun').status === 0);
    await booted.until('its record', () => report(booted)?.request?.phase === 'migrating');
    booted.write('/srv/load', '2\n');
    const [daemon, before] = [mainPid(booted), restarts(booted)];
    const open = report(booted)?.request?.id;
    const { said } = booted.run('sh', '-c', EATER, 'sh', daemon);
    expect(said).toMatch(/^oom_kill [1-9]/m);
    await booted.until('the restart', () => restarts(booted) === before + 1);
    // The move is still under way, and known to be.
    expect((await answering(booted)).request).toMatchObject({ id: open, to: 'xen2' });
    booted.must('touch', GO);
    await booted.until('the arrival', () => report(booted)?.place.host === 'xen2');
    const found = await records(booted);
    expect(faultsOf(found)).toEqual([]);
    const outcomes = found.filter(({ entry }) => entry.type === 'outcome');
    expect(outcomes.map(({ entry }) => entry)).toMatchObject([
      { request: open, outcome: 'confirmed', host: 'xen2' },
    ]);
    expect(booted.must('cat', '/srv/begun')).toBe('xen2\n');
  });
});

describe('the quota of processor time', () => {
  it('reached by a program that spins: the watchdog is fed all the same', async () => {
    dropIn(booted, DAEMON, `WatchdogSec=${WATCHDOG_S}`, 'CPUQuota=20%', 'ReadWritePaths=/srv');
    booted.write('/usr/local/bin/spin', '#!/bin/sh\nwhile true; do true; done\n', { mode: '0755' });
    booted.write(CONF, conf('/usr/local/bin/spin'));
    booted.must('systemctl', 'restart', DAEMON);
    const [daemon, throttled] = [mainPid(booted), count('nr_throttled')];
    const fedAt = () => Number(booted.show(DAEMON, 'WatchdogTimestampMonotonic'));
    const before = fedAt();
    await pause(2500 * WATCHDOG_S);
    expect(count('nr_throttled') - throttled).toBeGreaterThan(50);
    expect(fedAt() - before).toBeGreaterThan(1_000_000 * WATCHDOG_S);
    expect([mainPid(booted), restarts(booted)]).toEqual([daemon, 0]);
    expect(report(booted)?.probes).toMatchObject([{ failing: true, missing: 'no answer in time' }]);
  });
});
