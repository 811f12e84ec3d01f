/** How a clone's daemon ends its machine though its unit lets it become nobody else: by the unit that docs/clone.md has for it. */
import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Booted } from '../support/booted.ts';

const PAGE = readFileSync('docs/clone.md', 'utf8');
const [, PATH = '', UNIT = ''] =
  /^# (\/etc\/systemd\/system\/(?:vmmanage-poweroff\.path))\n([^`]+)^```$/m.exec(PAGE) ?? [];
const POWEROFF = /^poweroff = (.+)$/m.exec(PAGE)?.[1]?.split(' ') ?? [];
/** As systemd/vmmanage.service has it. */
const AS_DAEMON = ['--property=User=daemon', '--property=NoNewPrivileges=yes'];

let booted: Booted;
beforeAll(async () => {
  booted = await Booted.start();
}, 60_000);
afterAll(() => booted?.stop());

it('powers the machine off, and only when it is asked to', async () => {
  expect(readFileSync('systemd/vmmanage.service', 'utf8')).toMatch(/^NoNewPrivileges=yes$/m);
  booted.write(PATH, UNIT);
  booted.must('systemctl', 'daemon-reload');
  booted.must('systemctl', 'start', 'vmmanage-poweroff.path');
  booted.must('install', '-d', '-o', 'daemon', '/run/vmmanage');
  expect(booted.show('poweroff.target', 'ActiveState')).toBe('inactive');
  expect(POWEROFF).toHaveLength(2);
  booted.run('systemd-run', '--quiet', '--no-block', '--collect', ...AS_DAEMON, ...POWEROFF);
  // Its process 1 is gone; nothing is run in it any more, since nobody would end that.
  await booted.until('its end', () => !existsSync(booted.path('/etc')));
}, 90_000);
