/**
 * A queue of 1,000 jobs, worked on by the built daemon and worker, which are killed with -9 again
 * and again and go on elsewhere with the state folder that they left: every job's result is
 * accepted, and by its key no job twice (DESIGN.md §2, §11).
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobsReport } from '../../src/wire/control.ts';
import type { JobResult } from '../../src/wire/jobs.ts';
import { Between } from '../support/between.ts';
import { Carried } from '../support/carried.ts';
import { Endpoint } from '../support/endpoint.ts';
import { until, vmmanage } from '../support/rig.ts';
import { Webdav } from '../support/webdav.ts';

const KILLS = process.env['LONG'] ? 100 : 10;
const JOBS = 1000;
/** So that the kills are spread over most of the queue. */
const LIFE_MS = 16_000 / KILLS;

let server: Webdav;
let between: Between;
let taker: Endpoint;
beforeAll(async () => {
  server = await Webdav.start();
  between = await Between.start(server.url(''));
  taker = await Endpoint.start();
});
afterAll(async () => {
  await taker?.close();
  await between?.close();
  await server?.remove();
});

function conf(page: string, more = '', at: { url(page: string): string } = server): string {
  return `[site oslo]
role = home
hosts = h1, h2
at = h1
[site aws]
role = away
[policy build]
kind = site-aware
bigjobs = grade a
threshold = 100000
[queue builds]
url = ${at.url(page)}
interval = 500ms
results = ${taker.url}
${more}`;
}

function publish(page: string): void {
  const lines = Array.from({ length: JOBS }, (_, i) => `grade ${i % 2 ? 'a' : 'b'} = ${i}*${i}`);
  server.publish(page, `${lines.join('\n')}\n`);
}

function byLine(results: readonly JobResult[]): Map<number, Set<string>> {
  const keys = new Map<number, Set<string>>();
  for (const { line, key } of results) keys.set(line, (keys.get(line) ?? new Set()).add(key));
  return keys;
}

/** Each accepted once at least, rightly, and under one key. */
function expectAll(results: readonly JobResult[]): void {
  const keys = byLine(results);
  expect(keys.size).toBe(JOBS);
  expect([...keys.values()].filter((each) => each.size !== 1)).toEqual([]);
  expect(new Set(results.map(({ key }) => key)).size).toBe(JOBS);
  const wrong = results.filter(
    ({ status, line, output }) => status !== 'ok' || output !== `${(line - 1) ** 2}\n`,
  );
  expect(wrong).toEqual([]);
}

describe('a queue of 1,000 jobs', () => {
  it(`under a guest that is killed and moved ${KILLS} times`, async () => {
    publish('moved');
    taker.forget({ honoursKeys: true });
    const guest = new Carried(conf('moved'));
    let killedAtWork = 0;
    for (let i = 0; i < KILLS; i += 1) {
      const before = taker.results.length;
      const atWork = () => taker.results.length > before || before === JOBS;
      guest.start();
      await until('a worker', async () => (await guest.report())?.worker);
      // A busy machine would else be killed before its first job again and again.
      if (i % 4) await until('a result', atWork);
      await sleep(Math.random() * 2 * LIFE_MS);
      await guest.kill();
      if (taker.results.length > before && taker.results.length < JOBS) killedAtWork += 1;
      guest.move();
    }
    guest.start();
    await guest.finish(120_000);
    expectAll(taker.results);
    expect(taker.results).toHaveLength(JOBS);
    expect(killedAtWork).toBeGreaterThan(KILLS / 4);
    const { again } = taker;
    console.info(
      `killed at work ${killedAtWork} times, ${again} results came twice, none was taken twice`,
    );
    expect(again).toBeLessThanOrEqual(KILLS);
    expect(server.pages()).toContain('moved.db7.done');
  }, 900_000);

  it(`under a worker that is killed ${KILLS} times, and a daemon in between`, async () => {
    publish('killed');
    taker.forget({ honoursKeys: false });
    // So many kills of one job are no accident outside of a test.
    const guest = new Carried(conf('killed', 'workers = 3\nlosses = 1000\n'));
    guest.start();
    for (let i = 0; i < KILLS; i += 1) {
      await until('a worker', async () => (await guest.report())?.worker);
      await sleep(Math.random() * LIFE_MS);
      if (i % 2) {
        await guest.worker?.end('SIGKILL');
        guest.startWorker();
      } else {
        await guest.daemon?.end('SIGKILL');
        guest.startDaemon();
      }
    }
    await guest.finish(120_000);
    expectAll(taker.results);
    console.info(`${taker.results.length - JOBS} results came twice`);
  }, 900_000);
});

/** When the guest is killed as its page is put away, and whether the server has renamed it then. */
const LAST_MOMENTS = [
  ['when it asks, unheard', 'MOVE', 'break'],
  ['when it asks, and is heard', 'MOVE', 'pass'],
  ['when it was answered, before it has looked', 'GET', 'break'],
] as const;

describe('a page', () => {
  it(`under a guest that is killed and moved as it puts it away, ${KILLS} times`, async () => {
    taker.forget({ honoursKeys: true });
    const guest = new Carried(conf('last', '', between));
    guest.start();
    for (let i = 0; i < KILLS; i += 1) {
      const [, method, fate] = LAST_MOMENTS[i % LAST_MOMENTS.length] ?? LAST_MOMENTS[0];
      let asked = false;
      let killed: Promise<void> | undefined;
      between.disturb = (how, path) => {
        if (path !== '/last.db7' || taker.results.length < 3 * (i + 1)) return 'pass';
        asked ||= how === 'MOVE';
        if (killed || !asked || how !== method) return 'pass';
        killed = guest.kill();
        return killed.then(() => fate);
      };
      server.publish('last', 'grade a = 1\ngrade a = 2\ngrade a = 2\n');
      await until('the guest to be killed', () => killed !== undefined);
      await killed;
      await sleep(100);
      expect(server.pages()).toContain(
        fate === 'break' && method === 'MOVE' ? 'last.db7' : 'last.db7.done',
      );
      guest.move();
      guest.start();
      await until('the page to be put away', async () => {
        const queue = (await guest.report())?.queues[0];
        return queue?.last && !queue.claimed && !server.pages().includes('last.db7');
      });
    }
    expect(taker.results).toHaveLength(3 * KILLS);
    expect(taker.again).toBe(0);
  }, 900_000);
});

describe('vmmanage jobs', () => {
  it('tells what is claimed, done and failed, and who is missing', async () => {
    server.publish('shown', 'grade a = 1+1\nnonsense\n{"grade":"b","payload":"x","id":"last"}\n');
    const guest = new Carried(conf('shown', 'exec = grep -q 1\nretries = 1\n'));
    guest.startDaemon();
    await until('the daemon', async () => (await guest.report()) !== undefined);
    const alone = await vmmanage('jobs', '--runtime', guest.runtime);
    expect(alone).toMatchObject({ status: 0, stderr: '' });
    expect(alone.stdout).toContain('no worker is connected');
    expect(alone.stdout).toContain('claimed  nothing');
    guest.startWorker();
    await guest.finish(20_000);
    const { stdout } = await vmmanage('jobs', '--json', '--runtime', guest.runtime);
    const report = JSON.parse(stdout) as JobsReport;
    expect(report).toMatchObject({ worker: true, may_begin: true });
    expect(report.queues).toMatchObject([{ name: 'builds', last: { ok: 1, failed: 1 } }]);
    expect(guest.daemon?.said).toContain('line 2 of the claimed page is set aside');
    expect(taker.results.at(-1)).toMatchObject({
      ...{ status: 'failed', reason: 'exit 1', id: 'last', attempts: 2, line: 3 },
    });
  });
});
