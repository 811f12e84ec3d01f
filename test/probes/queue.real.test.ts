/** The queue probe on pages of real servers. */
import { chmodSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Probe } from '../../src/probes/probe.ts';
import { queue } from '../../src/probes/queue.ts';
import { systemClock } from '../../src/system/clock.ts';
import { startApache } from '../support/apache.ts';
import { optionsFrom } from '../support/options.ts';
import type { WebServer } from '../support/program.ts';
import { startNginx } from '../support/web-servers.ts';

const clock = systemClock();

type Given = NonNullable<Parameters<typeof optionsFrom<typeof queue.options>>[1]>;

/** Each serves `site` in its folder. */
const SERVERS: [string, () => Promise<WebServer>][] = [
  ['nginx', () => startNginx('location / { root site; }')],
  ['Apache', () => startApache('event')],
];

describe.each(SERVERS)('a page of %s', (_, start) => {
  let server: WebServer;
  beforeAll(async () => {
    server = await start();
    mkdirSync(join(server.folder, 'site'), { recursive: true });
  });
  afterAll(() => server.stop());

  function open(page: string, given: Given = {}): Probe {
    const url = `${server.url}/${page}`;
    const probe = queue.open(optionsFrom(queue.options, { url, ...given }), {
      clock,
      intervalMs: 60_000,
    });
    onTestFinished(() => probe.close());
    return probe;
  }

  async function read(probe: Probe) {
    const { raw: _, ...measured } = await probe.read(AbortSignal.timeout(10_000));
    return measured;
  }

  /** As docs/jobs.md says: written aside, and renamed into place. */
  function publish(page: string, text: string): string {
    const path = join(server.folder, 'site', page);
    writeFileSync(`${path}.new`, text, { mode: 0o644 });
    renameSync(`${path}.new`, path);
    return path;
  }

  it('is counted as it grows, until a guest claims it', async () => {
    const probe = open('builds');
    const big = open('builds', { grade: 'a' });
    expect(await read(probe)).toEqual({ value: 0 });
    publish('builds', 'grade a = 1\ngrade b = 2\n');
    expect([await read(probe), await read(big)]).toEqual([{ value: 2 }, { value: 1 }]);
    const path = publish('builds', 'grade a = 1\n'.repeat(600));
    expect(await read(probe)).toEqual({ value: 600 });
    renameSync(path, `${path}.db7`);
    expect(await read(probe)).toEqual({ value: 0 });
  });

  it('tells for how long its oldest job has waited', async () => {
    const at = new Date(clock.now().wallMs - 90_000).toISOString();
    publish('aged', `${JSON.stringify({ grade: 'a', payload: 'x', added: at })}\n`);
    const measured = await read(open('aged', { measure: 'age' }));
    expect(measured).toEqual({ value: expect.any(Number) });
    const { value } = measured as { value: number };
    expect(value).toBeGreaterThanOrEqual(90);
    expect(value).toBeLessThan(110);
  });

  it('that is larger than allowed, or not ended, is missing', async () => {
    publish('half', 'grade a = 1\ngrade a = 2');
    expect(await read(open('half'))).toEqual({ missing: expect.stringMatching(/not be whole/) });
    publish('large', 'grade a = 1\n'.repeat(1000));
    expect(await read(open('large', { max_size: '10K' }))).toEqual({
      missing: 'the page is larger than 10K',
    });
    expect(await read(open('large', { max_jobs: '999' }))).toEqual({
      missing: 'the page has more than 999 lines of jobs',
    });
  });

  it('that the server may not show is missing', async () => {
    const path = publish('secret', 'grade a = 1\n');
    chmodSync(path, 0o600);
    expect(await read(open('secret'))).toEqual({ missing: expect.stringMatching(/answers 403/) });
  });
});
