/** What systemd-notify is given, by one of the test's own; the real one is test/systemd's. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import { takeNotifier } from '../../src/system/notify.ts';
import { tempFolder } from '../support/temp.ts';

const clock = systemClock();
const SOCKET = '/run/systemd/notify';

/** Puts a program of that text before all others; gives back the file that it may write to. */
function systemdNotify(text: string): string {
  const folder = tempFolder();
  const path = join(folder, 'systemd-notify');
  const diary = join(folder, 'diary');
  writeFileSync(path, `#!/bin/sh\ndiary=${diary}\n${text}\n`);
  chmodSync(path, 0o755);
  const before = process.env['PATH'];
  process.env['PATH'] = `${folder}:${before}`;
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
  return diary;
}

function notifier(env: Record<string, string | undefined> = { NOTIFY_SOCKET: SOCKET }) {
  const found = takeNotifier(env, clock, 42);
  if (!found) throw new Error('nobody listens');
  return found;
}

it('where no systemd listens there is nobody to tell', () => {
  expect(takeNotifier({}, clock)).toBeUndefined();
  expect(takeNotifier({ NOTIFY_SOCKET: '', WATCHDOG_USEC: '1' }, clock)).toBeUndefined();
});

it('what systemd tells it by is gone from the environment, and the rest stays', () => {
  const env = { NOTIFY_SOCKET: SOCKET, WATCHDOG_USEC: '3000000', WATCHDOG_PID: '42', HOME: '/' };
  expect(notifier(env).watchdogMs).toBe(3000);
  expect(env).toEqual({ HOME: '/' });
});

it.each([
  ['none is asked for', {}, undefined],
  ['whoever it is', { WATCHDOG_USEC: '3000000' }, 3000],
  ['this process', { WATCHDOG_USEC: '3000000', WATCHDOG_PID: '42' }, 3000],
  ['another process', { WATCHDOG_USEC: '3000000', WATCHDOG_PID: '41' }, undefined],
  ['no number', { WATCHDOG_USEC: '3s' }, undefined],
  ['no time at all', { WATCHDOG_USEC: '0' }, undefined],
])('the watchdog watches: %s', (_, env, ms) => {
  expect(notifier({ NOTIFY_SOCKET: SOCKET, ...env }).watchdogMs).toBe(ms);
});

it('all fields go in one message, each on its line, whatever stands in it', async () => {
  const diary = systemdNotify('echo "$NOTIFY_SOCKET" >$diary; printf "<%s>\\n" "$@" >>$diary');
  const STATUS = `held by "xen2"\nMAINPID=1\n${'x'.repeat(500)}`;
  expect(await notifier().tell({ WATCHDOG: '1', STATUS })).toBeUndefined();
  const [socket, first, status, ...more] = readFileSync(diary, 'utf8').split('\n');
  expect([socket, first, more]).toEqual([SOCKET, '<WATCHDOG=1>', ['']]);
  expect(status).toMatch(/^<STATUS=held by "xen2"\\u\{a\}MAINPID=1\\u\{a\}x{300,}…>$/);
});

it('one message follows the other, in the order in which they were said', async () => {
  const diary = systemdNotify('case $1 in READY*) sleep 0.2 ;; esac; echo "$1" >>$diary');
  const to = notifier();
  await Promise.all([to.tell({ READY: '1' }), to.tell({ STOPPING: '1' })]);
  expect(readFileSync(diary, 'utf8')).toBe('READY=1\nSTOPPING=1\n');
});

it('a failure is told, and does nothing else', async () => {
  systemdNotify('echo "No status data could be sent: refused" >&2; exit 1');
  expect(await notifier().tell({ READY: '1' })).toBe(
    'systemd-notify: exit 1: No status data could be sent: refused',
  );
});

it('one that hangs is ended after some seconds, and the next is tried', async () => {
  const diary = systemdNotify('[ -e $diary ] && exit; echo $$ >$diary; exec sleep 600');
  const to = notifier();
  expect(await to.tell({ READY: '1' })).toBe('systemd-notify: timed out');
  expect(existsSync(`/proc/${readFileSync(diary, 'utf8').trim()}`)).toBe(false);
  expect(await to.tell({ STATUS: 'at xen1' })).toBeUndefined();
}, 30_000);

it('a machine without it is told of', async () => {
  const before = process.env['PATH'];
  process.env['PATH'] = tempFolder();
  onTestFinished(() => {
    process.env['PATH'] = before;
  });
  expect(await notifier().tell({ READY: '1' })).toBe(
    'systemd-notify: no such program: systemd-notify',
  );
});
