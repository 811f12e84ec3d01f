/**
 * A queue of 1,000 jobs, worked on by the built daemon and worker, which are killed with -9 again
 * and again and go on elsewhere with the state folder that they left: every job's result is
 * accepted, and by its key no job twice (DESIGN.md §2, §11).
 */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { JobsReport } from '../../src/wire/control.ts';
import type { JobResult } from '../../src/wire/jobs.ts';
import { Endpoint } from '../support/endpoint.ts';
import { call, Running, until, vmmanage } from '../support/rig.ts';
import { Webdav } from '../support/webdav.ts';

const KILLS = process.env['LONG'] ? 100 : 10;
const JOBS = 1000;
/** So that the kills are spread over most of the queue. */
const LIFE_MS = 16_000 / KILLS;

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

/** A guest whose state folder can go to another machine. */
class Worker {
  readonly #folder = mkdtempSync(join(tmpdir(), 'vmmanage-jobs-'));
  readonly #conf: string;
  #home = 0;
  daemon: Running | undefined;
  worker: Running | undefined;

  constructor(conf: string) {
    this.#conf = conf;
    onTestFinished(async () => {
      await Promise.all([this.daemon?.end('SIGKILL'), this.worker?.end('SIGKILL')]);
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  get home(): string {
    return join(this.#folder, String(this.#home));
  }

  get runtime(): string {
    return join(this.home, 'run');
  }

  startDaemon(): void {
    const path = join(this.#folder, 'vmmanage.conf');
    const vm = `[vm]\nname = db7\nstate = ${this.home}/state\nruntime = ${this.runtime}\n`;
    writeFileSync(path, `${this.#conf}${vm}`, { mode: 0o600 });
    this.daemon = new Running('run', '-c', path);
  }

  startWorker(): void {
    this.worker = new Running('work', '--runtime', this.runtime);
  }

  start(): void {
    this.startDaemon();
    this.startWorker();
  }

  async kill(): Promise<void> {
    await Promise.all([this.daemon?.end('SIGKILL'), this.worker?.end('SIGKILL')]);
  }

  /** Only what lies in the state folder comes along. */
  move(): void {
    const before = this.home;
    this.#home += 1;
    cpSync(join(before, 'state'), join(this.home, 'state'), {
      recursive: true,
      filter: (path) => !path.endsWith('.lock'),
    });
    rmSync(before, { recursive: true });
  }

  async report(): Promise<JobsReport | undefined> {
    const answer = await call(join(this.runtime, 'look.sock'), 'GET', '/v1/jobs').catch(
      () => undefined,
    );
    return answer?.body as JobsReport | undefined;
  }

  /** Until its page is put away. */
  async finish(ms: number): Promise<void> {
    await until(
      'the page to be put away',
      async () => (await this.report())?.queues[0]?.last !== undefined,
      ms,
    );
  }
}

function conf(page: string, more = ''): string {
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
url = ${server.url(page)}
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
    taker.results.length = 0;
    const guest = new Worker(conf('moved'));
    let killedAtWork = 0;
    for (let i = 0; i < KILLS; i += 1) {
      guest.start();
      await until('a worker', async () => (await guest.report())?.worker);
      const before = taker.results.length;
      await sleep(Math.random() * 2 * LIFE_MS);
      await guest.kill();
      if (taker.results.length > before && taker.results.length < JOBS) killedAtWork += 1;
      guest.move();
    }
    guest.start();
    await guest.finish(120_000);
    expectAll(taker.results);
    expect(killedAtWork).toBeGreaterThan(KILLS / 4);
    const duplicates = taker.results.length - JOBS;
    console.info(`killed at work ${killedAtWork} times, ${duplicates} results came twice`);
    expect(duplicates).toBeLessThanOrEqual(KILLS);
    expect(server.pages()).toContain('moved.db7.done');
  }, 400_000);

  it(`under a worker that is killed ${KILLS} times, and a daemon in between`, async () => {
    publish('killed');
    taker.results.length = 0;
    // So many kills of one job are no accident outside of a test.
    const guest = new Worker(conf('killed', 'workers = 3\nlosses = 1000\n'));
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
  }, 400_000);
});

describe('vmmanage jobs', () => {
  it('tells what is claimed, done and failed, and who is missing', async () => {
    server.publish('shown', 'grade a = 1+1\nnonsense\n{"grade":"b","payload":"x","id":"last"}\n');
    const guest = new Worker(conf('shown', 'exec = grep -q 1\nretries = 1\n'));
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
