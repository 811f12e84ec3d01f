/** What a real run stored, told after its end: why each request was made, and what it all cost. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { EntryType } from '../../src/core/entries.ts';
import type { CostReport } from '../../src/daemon/costs.ts';
import type { ExplainReport } from '../../src/wire/control.ts';
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
hosts = h1, h2, h3
order = learned
spread = no
${threadsConf(database.socket, suffering)}
[constraints]
settle = 300ms
cooldown = 500ms
cooldown_growth = 1
[migrator]
kind = local
delay = 50ms
[host h3]
cost = 7200
[cost]
currency = EUR
array = 3600
`;

it('a request, a moment and the hours of a run that is over are told from its files', async () => {
  const rig = new Rig(conf('> 0 for 3'));
  await rig.startAndWait();
  const count = async (type: EntryType) =>
    (await rig.records()).filter(({ entry }) => entry.type === type).length;
  await until('two moves', async () => (await count('outcome')) >= 2);
  const mid = new Date().toISOString();
  rig.write(conf('> 1000 for 2'));
  await rig.act('/v1/reload');
  await until('the end of the episode', async () => (await count('learned')) >= 2);
  await rig.daemon?.end();

  const json = async (...words: string[]) => {
    const { status, stdout, stderr } = await vmmanage(...words, '-c', rig.conf, '--json');
    expect([status, stderr]).toEqual([0, '']);
    return JSON.parse(stdout);
  };
  const entries = (await rig.records()).map(({ entry }) => entry);
  const id = entries.find((entry) => entry.type === 'intended')?.request ?? '';
  const request: ExplainReport = await json('explain', '--request', id);
  expect(request.summary).toMatch(/^Request \S+ was made: h1→h2, confirmed/);
  expect(request.policies[0]).toMatchObject({
    verdict: 'move',
    suffering: { condition: '> 0 for 3', due: true, progress: '3 of 3' },
  });
  expect(request.gates.filter(({ reason }) => reason !== undefined)).toEqual([]);
  expect(request.targets[0]).toEqual({ host: 'h2', learned: 'not tried yet' });
  const moment: ExplainReport = await json('explain', '--at', mid);
  expect(moment.policies[0]?.suffering.condition).toBe('> 0 for 3');
  expect(moment.past.length).toBeGreaterThanOrEqual(2);

  const { currency, total, hosts, unpriced_hours }: CostReport = await json('cost');
  expect([currency, unpriced_hours]).toEqual(['EUR', 0]);
  expect(hosts.map(({ host, price }) => [host, price]).slice(0, 3)).toEqual([
    ['h1', 3600],
    ['h2', 3600],
    ['h3', 7200],
  ]);
  const sum = hosts.reduce((all, { cost }) => all + cost, 0);
  expect(total.cost).toBeCloseTo(sum, 4);
});
