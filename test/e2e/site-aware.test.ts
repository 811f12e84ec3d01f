/** A guest that follows its jobs: away for the big ones and home again, with the real worker and bc. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Entry } from '../../src/core/entries.ts';
import type { JobsReport } from '../../src/wire/control.ts';
import { Endpoint } from '../support/endpoint.ts';
import { Rig, Running, until } from '../support/rig.ts';
import { Webdav } from '../support/webdav.ts';

let server: Webdav;
let taker: Endpoint;
beforeAll(async () => {
  server = await Webdav.start();
  taker = await Endpoint.start();
});
afterAll(async () => {
  await taker?.close();
  await server?.remove();
});

function conf(page: string, policy: string, queue: string): string {
  return `[site oslo]
role = home
hosts = h1
at = h1
[site aws]
role = away
[migrator]
kind = local
delay = 300ms
[policy build]
kind = site-aware
bigjobs = grade a
threshold = 2
${policy}
[queue builds]
url = ${server.url(page)}
interval = 300ms
results = ${taker.url}
${queue}
[constraints]
settle = off
cooldown = off
retry = 1s
`;
}

async function guest(page: string, policy: string, queue: string): Promise<Rig> {
  taker.results.length = 0;
  const rig = new Rig(conf(page, policy, queue));
  await rig.startAndWait();
  const worker = new Running('work', '--runtime', rig.runtime);
  onTestFinished(async () => void (await worker.end('SIGKILL')));
  return rig;
}

async function entries(rig: Rig): Promise<Entry[]> {
  return (await rig.records()).map(({ entry }) => entry);
}

function requests(all: readonly Entry[]): string[] {
  return all.flatMap((entry) => {
    if (entry.type === 'intended') return [`${entry.verdict} to ${entry.to}`];
    return entry.type === 'outcome' ? [`${entry.outcome} at ${entry.host}`] : [];
  });
}

const THERE_AND_BACK = ['away to aws', 'confirmed at aws', 'home to h1', 'confirmed at h1'];

describe('a guest with big jobs', () => {
  it('finishes the job in hand, goes away, does the rest there, and comes home', async () => {
    server.publish('big', `grade b = 1\n${'grade a = 2\n'.repeat(4)}grade b = 3\n`);
    const rig = await guest('big', '', `exec = "/bin/sh -c 'sleep 0.5; cat'"`);
    await until('the guest to come home', async () => {
      const said = requests(await entries(rig));
      return said.length === THERE_AND_BACK.length && taker.results.length === 6;
    });
    const all = await entries(rig);
    expect(requests(all)).toEqual(THERE_AND_BACK);
    let inHand = 0;
    let moving = false;
    const where: (string | undefined)[] = [];
    for (const entry of all) {
      if (entry.type === 'intended') {
        expect(inHand).toBe(0);
        moving = true;
      } else if (entry.type === 'outcome') {
        moving = false;
      } else if (entry.type === 'job-began') {
        expect(moving).toBe(false);
        inHand += 1;
        where.push(entry.role);
      } else if (entry.type === 'job-ended') {
        expect(entry).toMatchObject({ ok: true });
        inHand -= 1;
      }
    }
    expect(where).toHaveLength(6);
    expect(where[0]).toBe('home');
    expect(where.filter((role) => role === 'away').length).toBeGreaterThanOrEqual(2);
    expect(new Set(taker.results.map(({ line }) => line)).size).toBe(6);
    const last = await until('the page to be put away', async () => {
      const { body } = await rig.look('/v1/jobs');
      return (body as JobsReport).queues[0]?.last;
    });
    expect(last).toMatchObject({ ok: 6, failed: 0 });
    const status = await rig.status();
    expect(status?.probes).toMatchObject([{ name: 'builds', kind: 'queue', unit: 'big jobs' }]);
  });

  it('leaves though a result waits, and alerts to it', async () => {
    taker.answers.push(503, 503, 503, 503);
    server.publish('waiting', 'grade a = 1\ngrade a = 2\ngrade a = 3\n');
    const rig = await guest('waiting', '', 'result_alert = 1s');
    await until('the guest to be away', async () =>
      requests(await entries(rig)).includes('confirmed at aws'),
    );
    expect(taker.results).toEqual([]);
    await until('all results', () => taker.results.length === 3);
    const all = await entries(rig);
    const [ended] = all.filter((entry) => entry.type === 'job-ended');
    expect(ended).toMatchObject({ ok: true, role: 'home' });
    expect(ended?.took_ms).toBeLessThan(1000);
    expect(all.filter((entry) => entry.type === 'results-waiting')).toMatchObject([
      { queue: 'builds', reason: expect.stringContaining('503') },
    ]);
  });

  it('doesn’t wait for a job beyond finish_timeout, and loses none', async () => {
    server.publish('long', 'grade a = 1\ngrade a = 2\n');
    const rig = await guest('long', 'finish_timeout = 1s', `exec = "/bin/sh -c 'sleep 3; cat'"`);
    await until('both results', () => taker.results.length === 2);
    const all = await entries(rig);
    const away = all.findIndex((entry) => entry.type === 'intended');
    const ended = all.findIndex((entry) => entry.type === 'job-ended');
    expect(away).toBeGreaterThan(-1);
    expect(away).toBeLessThan(ended);
    expect(all[away]).toMatchObject({
      reason: expect.stringContaining('longer than finish_timeout'),
    });
    expect(taker.results.map(({ output }) => output)).toEqual(['1\n', '2\n']);
  });
});
