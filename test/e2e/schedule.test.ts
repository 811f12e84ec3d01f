/** Working hours as their users meet them: no database, no reading, and still at the base at night. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Rig, until, vmmanage } from '../support/rig.ts';

/** Every day is closed, so that it is night whenever this runs. */
const conf = (hours: string) => `
[array]
hosts = h1, h2
base = b
[probe]
kind = mysql
socket = /nowhere/mysqld.sock
interval = 300ms
[policy web]
kind = schedule-aware
suffering = > 5 for 3
workhours = ${hours}
[constraints]
cooldown = off
[migrator]
kind = local
delay = 50ms
`;

const NIGHT = conf('09:00-16:00\nclosed = 01-01..12-31');
const DAY = conf('00:00-24:00');

const hostOf = async (rig: Rig) => (await rig.status())?.place.host;

/** The daemon has ended: its journal, gone through again, asks for as much. */
async function expectReplayed(rig: Rig, requests: number): Promise<void> {
  const journal = join(rig.state, 'journal.jsonl');
  const { stderr } = await vmmanage('simulate', '-c', rig.conf, '--replay', journal);
  expect(stderr).toContain(`replay: the same requests as the live run (${requests})`);
}

describe('outside working hours', () => {
  it('the guest goes to the base though no reading ever came, and rests there', async () => {
    const rig = new Rig(NIGHT);
    await rig.startAndWait();
    await until('the base', async () => (await hostOf(rig)) === 'b');
    const policy = (await rig.status())?.policies[0];
    expect(policy).toMatchObject({ reason: 'rests outside workhours', hours: { inside: false } });
    const text = (await vmmanage('status', '--runtime', rig.runtime)).stdout;
    expect(text).toContain('outside workhours');
    await rig.daemon?.end();
    const asked = (await rig.records()).filter(({ entry }) => entry.type === 'intended');
    expect(asked).toHaveLength(1);
    expect(asked[0]?.entry).toMatchObject({ verdict: 'base', reason: 'outside workhours' });
    await expectReplayed(rig, 1);
  });

  it('begins with a reload whose conf says so, after that conf is in the journal', async () => {
    const rig = new Rig(DAY);
    await rig.startAndWait();
    await until('a place', async () => (await hostOf(rig)) === 'h1');
    rig.write(NIGHT);
    await vmmanage('reload', '--runtime', rig.runtime);
    await until('the base', async () => (await hostOf(rig)) === 'b');
    await rig.daemon?.end();
    const types = (await rig.records()).map(({ entry }) => entry.type);
    expect(types.indexOf('intended')).toBeGreaterThan(types.lastIndexOf('conf'));
    await expectReplayed(rig, 1);
  });
});
