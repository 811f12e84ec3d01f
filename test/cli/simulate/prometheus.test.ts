/** A range query, against a small server that answers as Prometheus does. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { type RangeQuery, readPrometheus } from '../../../src/cli/simulate/prometheus.ts';
import { CONF, collector, file, run, told } from './support.ts';

const FROM_S = 1_795_255_200;

let server: Server | undefined;
afterEach(() => {
  server?.close();
  server?.closeAllConnections();
});

/** Answers each call with what `answer` makes of its parameters. */
async function serve(answer: (query: URLSearchParams) => [number, string]): Promise<string> {
  server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://x');
    const [status, body] = answer(url.searchParams);
    response.writeHead(url.pathname === '/api/v1/query_range' ? status : 404);
    response.end(body);
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const matrix = (...series: unknown[][]) =>
  JSON.stringify({
    status: 'success',
    data: { resultType: 'matrix', result: series.map((values) => ({ metric: {}, values })) },
  });

function rangeAt(url: string, more: Partial<RangeQuery> = {}): RangeQuery {
  const [fromMs, toMs] = [FROM_S * 1000, (FROM_S + 120) * 1000];
  return { url, query: 'slow', fromMs, toMs, stepMs: 60_000, probe: 'slow', ...more };
}

async function read(range: RangeQuery) {
  const { signal } = new AbortController();
  const batches = [];
  for await (const batch of readPrometheus(range, collector(), () => undefined, signal)) {
    batches.push(batch);
  }
  return batches.flat();
}

describe('a range', () => {
  it('is asked for with its step, and NaN is a missing reading', async () => {
    let asked = '';
    const url = await serve((query) => {
      asked = query.toString();
      return [
        200,
        matrix([
          [FROM_S, '7'],
          [FROM_S + 60.5, 'NaN'],
          [FROM_S + 120, '8.5'],
        ]),
      ];
    });
    expect(told(await read(rangeAt(`${url}/`)))).toEqual([
      '2026-11-21T10:00:00.000Z slow 7',
      '2026-11-21T10:01:00.500Z slow missing',
      '2026-11-21T10:02:00.000Z slow 8.5',
    ]);
    expect(asked).toBe(`query=slow&start=${FROM_S}&end=${FROM_S + 120}&step=60`);
  });

  it('that is long is asked for in parts that don’t overlap', async () => {
    const asked: [number, number][] = [];
    const url = await serve((query) => {
      asked.push([Number(query.get('start')), Number(query.get('end'))]);
      return [200, matrix()];
    });
    await read(rangeAt(url, { toMs: (FROM_S + 25_000 * 60) * 1000 }));
    expect(asked.map(([start, end]) => (end - start) / 60 + 1)).toEqual([10_000, 10_000, 5001]);
    expect(asked[1]?.[0]).toBe((asked[0]?.[1] ?? 0) + 60);
  });

  it('without data has no readings', async () => {
    const url = await serve(() => [200, matrix()]);
    expect(await read(rangeAt(url))).toEqual([]);
  });
});

describe('refused is', () => {
  it.each<[string, number, string, RegExp]>([
    [
      'an error, in the server’s words',
      400,
      '{"status":"error","error":"parse error"}',
      /HTTP 400: parse error/,
    ],
    ['what is no Prometheus', 200, '<html>', /HTTP 200: that is no answer of a Prometheus/],
    [
      'another kind of result',
      200,
      '{"status":"success","data":{"resultType":"vector","result":[]}}',
      /no range of values/,
    ],
    ['more than one series', 200, matrix([], []), /gives 2 series, one is wanted/],
    ['a value of another form', 200, matrix([[FROM_S, 7]]), /values of another form/],
    ['an infinite value', 200, matrix([[FROM_S, '+Inf']]), /“\+Inf” is no value/],
    [
      'a time that goes back',
      200,
      matrix([
        [FROM_S, '1'],
        [FROM_S - 60, '1'],
      ]),
      /is before the time/,
    ],
  ])('%s', async (_, status, body, expected) => {
    const url = await serve(() => [status, body]);
    await expect(read(rangeAt(url))).rejects.toThrow(expected);
  });

  it('a server that isn’t there, without its password', async () => {
    const wrong = read(rangeAt('http://me:secret@127.0.0.1:1'));
    await expect(wrong).rejects.toThrow(/^http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/);
  });

  it('more steps than anybody means', async () => {
    const range = rangeAt('http://127.0.0.1:1', { stepMs: 1, toMs: FROM_S * 2000 });
    await expect(read(range)).rejects.toThrow('give a larger --step');
  });
});

it('the command simulates what the server has', async () => {
  const values = Array.from({ length: 5 }, (_, i) => [FROM_S + i * 60, '76']);
  const url = await serve(() => [200, matrix(values)]);
  const conf = file('a.conf', CONF);
  const range = ['--from', '2026-11-21T10:00:00Z', '--to', '2026-11-21T11:00:00Z'];
  const { status, out } = await run(
    '-c',
    conf,
    '--prometheus',
    url,
    '--query',
    'slow',
    ...range,
    '--json',
  );
  expect(status).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ readings: 5, requests: [{ from: 'h1', to: 'h2' }] });
});
