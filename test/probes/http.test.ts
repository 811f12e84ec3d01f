/** The http probe: what of an answer is measured, on servers of the test. */
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { http, numberAfter } from '../../src/probes/http.ts';
import { systemClock } from '../../src/system/clock.ts';
import { optionsFrom } from '../support/options.ts';

const nginx = readFileSync(
  new URL('./fixtures/pages/nginx-stub-status.txt', import.meta.url),
  'utf8',
);

describe('the number after a text', () => {
  it.each([
    ['Active connections:', 1],
    ['Writing:', 1],
    ['Waiting:', 0],
  ])('of nginx: %j', (after, value) => {
    expect(numberAfter(nginx, after)).toEqual({ value });
  });

  it.each([
    ['a decimal', 'load 0.25 now', 0.25],
    ['negative', 'load -3\n', -3],
    ['before markup', 'load <b>4</b>', undefined],
    ['inside markup', '<td>load 4</td>', 4],
    ['a percentage', 'load 40%\n', 40],
    ['the end of a sentence', 'load 4. More', 4],
    ['before a comma', 'load 4, more', 4],
    ['at once', 'load4 ', 4],
    ['on the next line', 'load\n4\n', undefined],
    ['with thousands', 'load 1,234 ', undefined],
    ['with a narrow blank', 'load 1\u202f234 ', undefined],
    ['with a unit', 'load 4ms ', undefined],
    ['a version', 'load 1.2.3 ', undefined],
    ['where the page may be cut off', 'load 4', undefined],
    ['twice', 'load 4\nload 5\n', undefined],
    ['nowhere', 'lead 4\n', undefined],
    ['a word', 'load high\n', undefined],
    ['endless', `load ${'1'.repeat(300)} `, undefined],
    ['far away', `load ${' '.repeat(300)}1 `, undefined],
  ])('%s', (_, page, value) => {
    const expected = value === undefined ? { missing: expect.any(String) } : { value };
    expect(numberAfter(page, 'load')).toEqual(expected);
  });

  it('says why there is none', () => {
    expect(numberAfter('load 4ms\n', 'load')).toEqual({
      missing: 'no number follows “load”: 4ms',
    });
    expect(numberAfter('load 4ms\nJobs: 5\n', 'load')).toEqual({
      missing: 'no number follows “load”: 4ms',
    });
    expect(numberAfter('', 'load')).toEqual({
      missing: "the page doesn't say “load”",
    });
  });
});

describe('an answer', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer(({ url: path = '' }, answer) => {
      const status = Number(/\d+/.exec(path)?.[0] ?? 200);
      answer.statusCode = status;
      if (path === '/slow') setTimeout(() => answer.end('late'), 100);
      else answer.end('{"queue": {"length": 3}} and'.slice(0, path === '/text' ? undefined : 24));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  async function read(path: string, given: object) {
    const chosen = optionsFrom(http.options, { url: url + path, ...given });
    const probe = http.open(chosen, { clock: systemClock(), intervalMs: 60_000 });
    const measured = await probe.read(AbortSignal.timeout(10_000));
    await probe.close();
    return measured;
  }

  it('has a latency', async () => {
    const measured = await read('/slow', { measure: 'latency' });
    expect(measured).toMatchObject({ value: expect.any(Number), raw: '200 \nlate' });
    expect((measured as { value: number }).value).toBeGreaterThanOrEqual(99);
    expect((measured as { value: number }).value).toBeLessThan(5_000);
  });

  it.each([200, 204, 301, 404, 503])('has a status: %i', async (status) => {
    expect(await read(`/${status}`, { measure: 'status' })).toMatchObject({ value: status });
  });

  it('has a number at a pointer', async () => {
    expect(await read('/', { pointer: '/queue/length' })).toMatchObject({ value: 3 });
  });

  it('has a number after a text', async () => {
    expect(await read('/text', { after: '"length":' })).toMatchObject({ value: 3 });
  });

  it.each([
    ['a latency', '/503', { measure: 'latency' }, 'the server answers 503'],
    [
      'a number',
      '/404',
      { pointer: '/queue/length' },
      /^the server answers 404: there is no page http:\/\/127\.0\.0\.1:\d+\/404$/,
    ],
    ['a pointer', '/text', { pointer: '/queue/length' }, /^the page is not JSON: /],
  ])('that is refused has not %s', async (_, path, given, missing) => {
    const reason = typeof missing === 'string' ? missing : expect.stringMatching(missing);
    expect(await read(path, given)).toMatchObject({ missing: reason });
  });
});

describe('the options', () => {
  const url = 'http://127.0.0.1/';

  it.each([
    [{ measure: 'latency' }, undefined],
    [{ pointer: '/a' }, undefined],
    [{ pointer: '' }, undefined],
    [{ after: 'x' }, undefined],
    [{}, 'measure'],
    [{ measure: 'status', pointer: '/a' }, 'pointer'],
    [{ pointer: '/a', after: 'x' }, 'after'],
  ])('ask for one thing: %j', (given, key) => {
    expect(http.conflict?.(optionsFrom(http.options, { url, ...given }))?.key).toBe(key);
  });

  it.each([
    [{ measure: 'latency' }, 'ms'],
    [{ measure: 'status' }, ''],
    [{ pointer: '/a' }, ''],
  ])('know the unit of %j', (given, unit) => {
    expect(http.unit(optionsFrom(http.options, { url, ...given }), 1000)).toBe(unit);
  });
});
