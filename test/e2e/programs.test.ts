/** The tenant's own programs around a move, with the built daemon. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ExplainReport } from '../../src/wire/control.ts';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';
import { Rig, until } from '../support/rig.ts';

let database: Mariadb;
beforeAll(async () => {
  database = await startMariadb();
});
afterAll(() => database.remove());

/** A guest that suffers from its first reading on, unless `suffering` says otherwise. */
const conf = (constraints: string, more = '', suffering = '> 0 for 1') => `
[array]
hosts = h1, h2, h3
spread = no
[probe threads]
kind = mysql
user = root
socket = ${database.socket}
variable = Threads_connected
as = value
interval = 200ms
[policy db]
kind = threshold-aware
suffering = ${suffering}
[migrator]
kind = local
delay = 50ms
[constraints]
${constraints}
${more}
`;

async function types(rig: Rig): Promise<string[]> {
  return (await rig.records()).map(({ entry }) => entry.type);
}

describe('hold_while', () => {
  it('holds a move while it exits with 0, is shown, and lets go', async () => {
    const rig = new Rig('');
    const backup = join(rig.folder, 'backup');
    writeFileSync(backup, 'the nightly backup runs\n');
    rig.write(conf(`hold_while = /usr/bin/cat ${backup}`));
    await rig.startAndWait();
    await until('a hold', async () => (await rig.status())?.held?.gate === 'hold');
    const held = (await rig.status())?.held;
    expect(held?.reason).toBe('hold_while: the nightly backup runs');
    const { body } = await rig.look('/v1/explain');
    expect((body as ExplainReport).summary).toContain('the nightly backup runs');
    const asked = await rig.act('/v1/move', { verdict: 'move' });
    expect(asked).toMatchObject({
      status: 409,
      body: { error: 'held: hold_while: the nightly backup runs' },
    });
    expect(await types(rig)).not.toContain('intended');
    rmSync(backup);
    await until('the move', async () => (await types(rig)).includes('intended'));
  });

  it('that can’t be run doesn’t hold, and is said', async () => {
    const rig = new Rig(conf('hold_while = /no/such/program'));
    const daemon = await rig.startAndWait();
    await until('the move', async () => (await types(rig)).includes('intended'));
    expect(daemon.said).toContain("hold_while can't be asked, so it doesn't hold");
    expect((await rig.status())?.cautions.join()).toContain('no such program: /no/such/program');
  });
});
