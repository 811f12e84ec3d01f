/** The prometheus probe's parsers on real answers and pages, and its options. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { selector } from '../../src/probes/exposition.ts';
import { oneOf, parseAnswer, prometheus, samplesOnPage } from '../../src/probes/prometheus.ts';
import { optionsFrom } from '../support/options.ts';

interface Fixture {
  readonly program: string;
  readonly version: string;
  readonly answers: readonly { query: string; status: number; body: string }[];
}

const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/prometheus-answers.json', import.meta.url), 'utf8'),
) as Fixture;

describe(`an answer of ${fixture.program} ${fixture.version}`, () => {
  const EXPECTED: readonly [string, object | string][] = [
    ['node_load1', { value: 2.3 }],
    ['scalar(node_load1)', { value: 2.3 }],
    ['node_load1[2s]', 'the answer is a matrix'],
    ['"text"', 'the answer is a string'],
    ['no_such_metric', 'no series answers the query (or none any longer)'],
    [
      'rate(',
      'the server says: invalid parameter "query": 1:6: parse error: unclosed left parenthesis',
    ],
    ['0/0', 'the sample is NaN'],
    ['vector(1)/0', 'the sample is +Inf'],
    [
      'node_cpu_seconds_total{mode="idle"}',
      '2 series fit; say which: {__name__="node_cpu_seconds_total",cpu="0",instance="127.0.0.1:9100",job="all",mode="idle"}, {__name__="node_cpu_seconds_total",cpu="1",instance="127.0.0.1:9100",job="all",mode="idle"}',
    ],
  ];

  it('is looked at, each of them', () => {
    expect(EXPECTED.map(([query]) => query)).toEqual(fixture.answers.map(({ query }) => query));
  });

  it.each(EXPECTED)('to %s', (query, expected) => {
    const answer = fixture.answers.find((each) => each.query === query);
    const measured = typeof expected === 'string' ? { missing: expected } : expected;
    expect(parseAnswer(answer?.body ?? '')).toEqual(measured);
  });
});

describe('an answer', () => {
  const vector = (...result: unknown[]) =>
    JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });

  it.each([
    ['nothing', ''],
    ['another page', '<html>'],
    ['of another program', '{"status":"success"}'],
    ['with a number as a number', vector({ metric: {}, value: [1, 4] })],
    ['with a histogram', vector({ metric: {}, histogram: [1, { count: '4' }] })],
    ['with too much', vector({ metric: {}, value: [1, '4', '5'] })],
    ['with a null', vector(null)],
    [
      'that is partly wrong',
      '{"status":"partial","data":{"resultType":"scalar","result":[1,"4"]}}',
    ],
  ])('that is %s has no number', (_, body) => {
    expect(parseAnswer(body)).toEqual({ missing: expect.any(String) });
  });

  it('that is refused says what the server says, or else its status', () => {
    const error = '{"status":"error","errorType":"timeout","error":"query timed out"}';
    expect(parseAnswer(error, 'the server answers 503')).toEqual({
      missing: 'the server says: query timed out',
    });
    expect(parseAnswer('Service Unavailable', 'the server answers 503')).toEqual({
      missing: 'the server answers 503',
    });
  });
});

describe('a page of metrics', () => {
  const NOW = 1_000_000_000_000;
  const x = selector.parse('x');

  function measured(body: string, type = 'text/plain') {
    if (!x.ok) throw new Error(x.problem);
    const samples = samplesOnPage({ type, body }, x.value);
    return typeof samples === 'string' ? samples : oneOf(samples, x.value, NOW);
  }

  it.each([
    ['one sample', 'x 4\n', { value: 4 }],
    ['an infinite one', 'x +Inf\n', { missing: 'the sample is +Inf' }],
    ['one that is not a number', 'x NaN\n', { missing: 'the sample is NaN' }],
    ['a hexadecimal one', 'x 0x10\n', { missing: 'the sample is 0x10' }],
    ['none', 'y 4\n', { missing: 'the page has no such x' }],
    ['one of five minutes ago', `x 4 ${NOW - 300_000}\n`, { value: 4 }],
    ['an older one', `x 4 ${NOW - 300_001}\n`, { missing: 'the sample is stale: 5m old' }],
    [
      'several',
      'x{a="1"} 1\nx{a="2"} 2\nx{a="3"} 3\nx{a="4"} 4\n',
      { missing: '4 series fit; say which: {a="1"}, {a="2"}, {a="3"}, …' },
    ],
  ])('with %s', (_, body, expected) => {
    expect(measured(body)).toEqual(expected);
  });

  it('is told by its type', () => {
    expect(measured('x 4\n# EOF\n', 'application/openmetrics-text')).toEqual({ value: 4 });
    expect(measured('x 4\n', '')).toBe(
      'the answer has no Content-Type: it may be no page of metrics',
    );
    expect(measured('x 4\n', 'text/html')).toMatch(/“text\/html”, not a page of metrics/);
  });
});

describe('the options', () => {
  const url = 'http://127.0.0.1:9090/';

  it.each([
    [{ query: 'up' }, undefined],
    [{ metric: 'up' }, undefined],
    [{}, 'query'],
    [{ query: 'up', metric: 'up' }, 'metric'],
  ])('ask for one thing: %j', (given, key) => {
    expect(prometheus.conflict?.(optionsFrom(prometheus.options, { url, ...given }))?.key).toBe(
      key,
    );
  });
});
