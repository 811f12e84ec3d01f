/** Every probe that reads a page, at a server that answers as none should: in bits, slowly, by halves. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { apache } from '../../src/probes/apache.ts';
import { http } from '../../src/probes/http.ts';
import type { Probe } from '../../src/probes/probe.ts';
import { prometheus } from '../../src/probes/prometheus.ts';
import { queue } from '../../src/probes/queue.ts';
import { systemClock } from '../../src/system/clock.ts';
import { naiveGrades } from '../support/naive-page.ts';
import { answerOddly, type OddAnswer, oddAnswer } from '../support/odd-answers.ts';
import { optionsFrom } from '../support/options.ts';
import { RUNS } from '../support/runs.ts';
import { standsIn } from './odd-text.ts';

function page(name: string): string {
  return readFileSync(new URL(`./fixtures/pages/${name}.txt`, import.meta.url), 'utf8');
}

const QUEUE = JSON.stringify({ queue: { length: 17, oldest_s: 12.5 }, list: [1, -2.25e3, '4'] });
const ANSWER =
  '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1.5,"0.25"]}]}}';
const JOBS = `# of tonight\n${'grade a = 2+2\ngrade b = x\n'.repeat(20)}{"grade":"a","payload":"7"}\n`;

/** The number of jobs on a page doesn't stand there: somebody else has to count them. */
function isCount(text: string, value: number): boolean {
  return naiveGrades(Buffer.from(text))?.length === value;
}

const MAX_SIZE = 20_000;

describe('a server that answers oddly', () => {
  let server: Server;
  let url: string;
  let next: OddAnswer;
  beforeAll(async () => {
    server = createServer((_, answer) => answerOddly(answer, next));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/metrics`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  // An interval of no length: it never backs off.
  const context = { clock: systemClock(), intervalMs: 0 };
  const max_size = String(MAX_SIZE);
  /** With the page that it is made for, and whether a number comes from a page. */
  const KINDS: [string, () => Probe, string, typeof standsIn][] = [
    [
      'apache',
      () => apache.open(optionsFrom(apache.options, { url, max_size }), context),
      page('apache-prefork'),
      standsIn,
    ],
    [
      'http with a pointer',
      () =>
        http.open(optionsFrom(http.options, { url, max_size, pointer: '/queue/length' }), context),
      QUEUE,
      standsIn,
    ],
    [
      'http with a text',
      () => http.open(optionsFrom(http.options, { url, max_size, after: 'Writing:' }), context),
      page('nginx-stub-status'),
      standsIn,
    ],
    [
      'prometheus with a query',
      () =>
        prometheus.open(optionsFrom(prometheus.options, { url, max_size, query: 'up' }), context),
      ANSWER,
      standsIn,
    ],
    [
      'prometheus with a metric',
      () =>
        prometheus.open(
          optionsFrom(prometheus.options, { url, max_size, metric: 'node_load1' }),
          context,
        ),
      page('node-exporter'),
      standsIn,
    ],
    [
      'queue',
      () => queue.open(optionsFrom(queue.options, { url, max_size }), context),
      JOBS,
      isCount,
    ],
  ];

  it.each(KINDS)(
    'leaves the kind %s a number of its page, or a reason',
    async (kind, open, real, comesFrom) => {
      const probe = open();
      let numbers = 0;
      await fc.assert(
        fc.asyncProperty(oddAnswer(real), async (answer) => {
          next = answer;
          const measured = await probe.read(AbortSignal.timeout(10_000));
          if (!('value' in measured)) return measured.missing !== 'no answer in time';
          numbers += 1;
          const whole = answer.end !== 'lie' && Buffer.byteLength(answer.body) <= MAX_SIZE;
          if (kind === 'queue' && answer.status === 404) return whole && measured.value === 0;
          // Where a queue's page just ends, fewer jobs may stand there than wait.
          if (kind === 'queue' && answer.end === 'close') return false;
          return answer.status === 200 && whole && comesFrom(answer.body, measured.value);
        }),
        { numRuns: RUNS },
      );
      await probe.close();
      expect(numbers).toBeGreaterThan(0);
    },
  );

  it.each(KINDS)(
    'drips: the kind %s has the number of the whole page, or none in time',
    async (_, open, real) => {
      const odd = { status: 200, type: 'text/plain', body: real, end: 'length' } as const;
      const probe = open();
      onTestFinished(() => probe.close());
      next = { ...odd, cuts: [], pauseMs: 0 };
      const { raw: __, ...whole } = await probe.read(AbortSignal.timeout(10_000));
      expect(whole).toEqual({ value: expect.any(Number) });
      next = {
        ...odd,
        cuts: range(1, 20).map((n) => Math.floor((real.length * n) / 20)),
        pauseMs: 10,
      };
      expect(await probe.read(AbortSignal.timeout(10_000))).toMatchObject(whole);
      next = { ...next, pauseMs: 50 };
      const began = performance.now();
      expect(await probe.read(AbortSignal.timeout(200))).toEqual({ missing: 'no answer in time' });
      expect(performance.now() - began).toBeLessThan(900);
    },
  );
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}
