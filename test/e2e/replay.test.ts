/** The journal and the history of a real run, through `simulate --replay`, give the same requests. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';
import { Rig, until, vmmanage } from '../support/rig.ts';
import { threadsConf } from '../support/threads.ts';

let database: Mariadb;
beforeAll(async () => {
  database = await startMariadb();
});
afterAll(() => database.remove());

const conf = (suffering: string) => `
[array]
hosts = h1, h2, h3, h4, h5, h6
base = b
${threadsConf(database.socket, suffering)}
[constraints]
settle = 300ms
cooldown = 500ms
cooldown_growth = 1
all_tried = off
retry = 300ms
max_moves = off
[migrator]
kind = local
delay = 150ms
unreachable = h2
`;

describe('a run with moves, an unreachable host, a pause, a reload, a kill and a start', () => {
  it('is gone through again with the same requests', async () => {
    const rig = new Rig(conf('> 0 for 3'));
    await rig.startAndWait();
    const asked = async () =>
      (await rig.records()).filter(({ entry }) => entry.type === 'intended');
    const more = async (n: number) => {
      const before = (await asked()).length;
      await until(`${n} more requests`, async () => (await asked()).length >= before + n);
    };
    await more(2);
    await rig.act('/v1/pause', { why: 'upgrade' });
    await rig.act('/v1/resume');
    await more(1);
    rig.write(conf('> 0 for 2'));
    await rig.act('/v1/reload');
    await more(2);
    await rig.daemon?.end('SIGKILL');
    await rig.startAndWait();
    await more(2);
    await rig.daemon?.end();
    const journal = join(rig.state, 'journal.jsonl');
    const { stdout, stderr } = await vmmanage(
      'simulate',
      '-c',
      rig.conf,
      '--replay',
      journal,
      '--json',
    );
    const live = (await asked()).map(({ entry, at }) => ({
      time: new Date(at.wallMs).toISOString(),
      ...('from' in entry ? { from: entry.from } : {}),
    }));
    const { requests } = JSON.parse(stdout) as { requests: { time: string; from: string }[] };
    expect(stderr).toContain('replay: the same requests as the live run');
    expect(requests.map(({ time, from }) => ({ time, from }))).toEqual(live);
  });
});
