/** The page of a queue at a real server that hands it out slowly: to a guest, and to the probe. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { Holding } from '../../src/jobs/holding.ts';
import { queue } from '../../src/probes/queue.ts';
import { optionsFrom } from '../support/options.ts';
import type { WebServer } from '../support/program.ts';
import { tempFolder } from '../support/temp.ts';
import { startNginx } from '../support/web-servers.ts';
import { clock, settingsOf } from './support.ts';

/** Of a page of 12 KB: nginx takes a second or two for it. */
const RATE = '6k';
const JOBS = 1000;

let server: WebServer;
let url: string;
beforeAll(async () => {
  server = await startNginx(`location / { root site; limit_rate ${RATE}; }`);
  const site = join(server.folder, 'site');
  mkdirSync(site);
  url = `${server.url}/builds`;
  for (const name of ['builds', 'builds.db7']) {
    writeFileSync(join(site, name), 'grade a = 1\n'.repeat(JOBS), { mode: 0o644 });
  }
});
afterAll(() => server.stop());

const READERS: [string, (signal: AbortSignal) => Promise<number | string | undefined>][] = [
  [
    'a guest',
    async (signal) => {
      const parts = { clock, newId: () => 'C1', warn: () => undefined };
      const holding = new Holding(settingsOf(url), tempFolder(), parts);
      onTestFinished(() => holding.close());
      const trouble = await holding.find(() => false, signal);
      return holding.page?.jobs.length ?? trouble;
    },
  ],
  [
    'the probe',
    async (signal) => {
      const context = { clock, intervalMs: 60_000 };
      const probe = queue.open(optionsFrom(queue.options, { url }), context);
      onTestFinished(() => probe.close());
      const measured = await probe.read(signal);
      return 'value' in measured ? measured.value : measured.missing;
    },
  ],
];

it.each(READERS)('%s has all of it, or none in time', async (_, read) => {
  const began = performance.now();
  expect(await read(AbortSignal.timeout(300))).toMatch(/^no answer.* in time$/);
  expect(performance.now() - began).toBeLessThan(1_500);
  expect(await read(AbortSignal.timeout(30_000))).toBe(JOBS);
  expect(performance.now() - began).toBeGreaterThan(1_000);
});
