/** Every probe that reads a page, and every parser of one, given what no server should answer. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { apache, parseStatus } from '../../src/probes/apache.ts';
import { selector } from '../../src/probes/exposition.ts';
import { http, numberAfter } from '../../src/probes/http.ts';
import { jsonPointer, numberAt } from '../../src/probes/json-pointer.ts';
import type { Probe } from '../../src/probes/probe.ts';
import { oneOf, parseAnswer, prometheus, samplesOnPage } from '../../src/probes/prometheus.ts';
import { measureJobs, queue } from '../../src/probes/queue.ts';
import { systemClock } from '../../src/system/clock.ts';
import { naiveGrades } from '../support/naive-page.ts';
import { answerOddly, type OddAnswer, oddAnswer } from '../support/odd-answers.ts';
import { optionsFrom } from '../support/options.ts';
import { RUNS } from '../support/runs.ts';
import { anyText, describeOddText, garbled, type Parsed, standsIn } from './odd-text.ts';

function page(name: string): string {
  return readFileSync(new URL(`./fixtures/pages/${name}.txt`, import.meta.url), 'utf8');
}

function must<T>(parsed: { ok: true; value: T } | { ok: false; problem: string }): T {
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}

const QUEUE = JSON.stringify({ queue: { length: 17, oldest_s: 12.5 }, list: [1, -2.25e3, '4'] });
const ANSWER =
  '{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1.5,"0.25"]}]}}';
const OPENMETRICS =
  '# TYPE jobs gauge\njobs{q="a"} 41 # {trace="1"} 9 1.5\njobs{q="b"} 5.5\n# EOF\n';

const metric = (text: string) => must(selector.parse(text));

function onPage(type: string, text: string, wanted: string): Parsed {
  const samples = samplesOnPage({ type, body: text }, metric(wanted));
  if (typeof samples === 'string') return { missing: samples };
  return oneOf(samples, metric(wanted), 0);
}

const APACHES = [page('apache-prefork'), page('apache-event')];

describeOddText('a status page', (text) => parseStatus(text, 'Total Accesses'), APACHES);
describeOddText(
  'a JSON pointer',
  (text) => numberAt(text, must(jsonPointer.parse('/queue/length'))),
  [QUEUE],
);
describeOddText(
  'a pointer into a list',
  (text) => numberAt(text, must(jsonPointer.parse('/list/1'))),
  [QUEUE],
);
describeOddText('the number after a text', (text) => numberAfter(text, 'Active connections:'), [
  page('nginx-stub-status').replace('connections: 1', 'connections: 291'),
]);
describeOddText('a metric', (text) => onPage('text/plain', text, 'node_load1'), [
  page('node-exporter'),
]);
describeOddText(
  'a metric with labels',
  (text) => onPage('text/plain', text, 'node_cpu_seconds_total{cpu="1",mode="idle"}'),
  [page('node-exporter')],
);
describeOddText(
  'a metric of OpenMetrics',
  (text) => onPage('application/openmetrics-text', text, 'jobs{q="a"}'),
  [OPENMETRICS],
);
describeOddText('an answer to a query', (text) => parseAnswer(text), [ANSWER]);

it('The share of idle workers stays one, whatever the page says', () => {
  fc.assert(
    fc.property(garbled(APACHES), (text) => {
      const share = parseStatus(text, 'idle%');
      if (!('value' in share)) return;
      expect(share.value).toBeGreaterThanOrEqual(0);
      expect(share.value).toBeLessThanOrEqual(100);
    }),
    { numRuns: RUNS },
  );
});

const JOBS = `# of tonight\n${'grade a = 2+2\ngrade b = x\n'.repeat(20)}{"grade":"a","payload":"7"}\n`;

/** The number of jobs on a page doesn't stand there: somebody else has to count them. */
function isCount(page: string, value: number): boolean {
  return naiveGrades(Buffer.from(page))?.length === value;
}

it('The number of jobs is that of a naive count, or there is none, whatever the page says', () => {
  const options = optionsFrom(queue.options, { url: 'http://127.0.0.1/' });
  const bytes = fc.oneof(
    garbled([JOBS]).map((text) => Buffer.from(text)),
    anyText.map((text) => Buffer.from(`${text}\n`)),
    fc.tuple(garbled([JOBS]), fc.nat()).map(([text, at]) => cut(Buffer.from(text), at)),
    fc.tuple(garbled([JOBS]), fc.nat(), fc.nat({ max: 255 })).map(([text, at, byte]) => {
      const whole = Buffer.from(text);
      return whole.fill(byte, at % whole.length, (at % whole.length) + 1);
    }),
    garbled([JOBS]).map((text) => Buffer.from(text.repeat(20))),
  );
  let numbers = 0;
  fc.assert(
    fc.property(bytes, (page) => {
      const measured = measureJobs(page, options, 0);
      const count = naiveGrades(page)?.length;
      if ('value' in measured) numbers += 1;
      return 'value' in measured ? measured.value === count : count === undefined;
    }),
    { numRuns: RUNS },
  );
  expect(numbers).toBeGreaterThan(RUNS / 10);
});

function cut(page: Buffer, at: number): Buffer {
  return page.subarray(0, at % (page.length + 1));
}

it('The age of the oldest job is told by the page, or there is none', () => {
  const options = optionsFrom(queue.options, { url: 'http://127.0.0.1/', measure: 'age' });
  const times = ['2026-11-21T10:04:55Z', '2026-11-21T11:04:50.5+01:00', '2026-11-20T23:59:59Z'];
  const aged = times.map((added) => `{"grade":"a","payload":"7","added":"${added}"}\n`).join('');
  const nowMs = Date.UTC(2026, 10, 22);
  let numbers = 0;
  fc.assert(
    fc.property(fc.oneof(garbled([aged]), anyText), (page) => {
      const measured = measureJobs(Buffer.from(page), options, nowMs);
      const count = measureJobs(Buffer.from(page), { ...options, measure: 'count' }, nowMs);
      if (!('value' in measured)) return measured.missing !== '';
      numbers += 1;
      const said = [...page.matchAll(/"(\d{4}-[^"]*)"/g)].map(([, text = '']) => Date.parse(text));
      if (measured.value === 0) return 'value' in count && count.value === 0;
      return said.some((ms) => (nowMs - ms) / 1000 === measured.value);
    }),
    { numRuns: RUNS },
  );
  expect(numbers).toBeGreaterThan(RUNS / 10);
});

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
      APACHES[0] ?? '',
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
