/** The rigs themselves take minutes and root; here is what can be known of them without. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { Ended } from '../../src/core/entries.ts';
import { mustFind } from '../support/program.ts';
import { tableText } from './table.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));

it.each(['e2e', 'images', 'settings', 'xen', 'libvirt', 'guest-init', 'dom0/rig-net'])(
  '%s is clean to shellcheck',
  (script) => {
    const words = ['--external-sources', `${HERE}${script}`];
    const { status, stdout } = spawnSync(mustFind('shellcheck'), words, {
      cwd: ROOT,
      encoding: 'utf8',
    });
    expect([stdout, status]).toEqual(['', 0]);
  },
);

it('the table puts a request beside its step, and a dash where there is none', () => {
  const outcome: Ended = {
    type: 'outcome',
    request: 'R1',
    outcome: 'confirmed',
    host: 'host2',
    reason: 'seen at host2',
    took_ms: 31_040,
    blackout_ms: 3_900,
  };
  const rows = [
    { step: 'a trial', came: 'refused', tookMs: 900, silentMs: 200 },
    { step: 'it suffers', came: 'Arrived', tookMs: 45_000, silentMs: 4_100, request: 'R1' },
  ];
  expect(tableText(rows, [outcome])).toBe(
    [
      '   step          took  request  frozen  silent  what came of it',
      '1  a trial      0.9 s        –       –   0.2 s  refused',
      '2  it suffers  45.0 s   31.0 s   3.9 s   4.1 s  Arrived',
    ].join('\n'),
  );
});
