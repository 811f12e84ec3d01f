/** Every parser of a page, given what no server should answer. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseStatus } from '../../src/probes/apache.ts';
import { selector } from '../../src/probes/exposition.ts';
import { numberAfter } from '../../src/probes/http.ts';
import { jsonPointer, numberAt } from '../../src/probes/json-pointer.ts';
import { oneOf, parseAnswer, samplesOnPage } from '../../src/probes/prometheus.ts';
import { measureJobs, queue } from '../../src/probes/queue.ts';
import { naiveGrades } from '../support/naive-page.ts';
import { optionsFrom } from '../support/options.ts';
import { RUNS } from '../support/runs.ts';
import { anyText, describeOddText, garbled, type Parsed } from './odd-text.ts';

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
