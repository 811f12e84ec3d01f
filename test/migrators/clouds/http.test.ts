/** One exchange with a cloud's API: its bounds, and where it must not go. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CloudFailure } from '../../../src/migrators/clouds/failure.ts';
import { exchange } from '../../../src/migrators/clouds/http.ts';
import { apiUrl } from '../../../src/migrators/clouds/options.ts';
import { Secrets } from '../../../src/migrators/clouds/secrets.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { FaultyServer } from '../../support/clouds/faulty-server.ts';
import { never } from './launches.ts';

let server: FaultyServer;
beforeEach(async () => {
  server = new FaultyServer(() => ({ status: 200, headers: { 'x-one': '1' }, body: 'yes' }));
  await server.start();
});
afterEach(() => server.close());

const wire = {
  ...{ clock: systemClock(), timeoutMs: 2_000, ca: undefined },
  secrets: new Secrets(),
};
const get = (url = server.url) => exchange({ method: 'GET', url, headers: {} }, wire, never);

async function failureOf(work: Promise<unknown>): Promise<CloudFailure> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (error instanceof CloudFailure) return error;
  throw new Error(`no CloudFailure: ${String(error)}`);
}

describe('an exchange', () => {
  it('brings the answer as it is, whatever its status', async () => {
    expect((await get()).text).toBe('yes');
    expect((await get()).header('x-one')).toBe('1');
    server.faults.push({ status: 500, body: '{"a":1}' });
    expect(await get()).toMatchObject({ status: 500, text: '{"a":1}' });
  });

  it('passes no proxy of the environment', async () => {
    const proxy = new FaultyServer(() => ({ status: 200, body: 'proxy' }));
    await proxy.start();
    process.env['http_proxy'] = proxy.url;
    try {
      expect((await get()).text).toBe('yes');
    } finally {
      delete process.env['http_proxy'];
      await proxy.close();
    }
  });

  it('takes 1 MiB and no more', async () => {
    server.faults.push({ status: 200, body: 'x'.repeat(2 ** 20) });
    expect((await get()).text.length).toBe(2 ** 20);
    server.faults.push({ status: 200, body: 'x'.repeat(2 ** 20 + 1) });
    const { message, kind } = await failureOf(get());
    expect(message).toMatch(/^127\.0\.0\.1:\d+ answers with more than 1M$/);
    expect(kind).toBe('unanswered');
  });

  it('unpacks nothing, which could be huge', async () => {
    const headers = { 'content-encoding': 'gzip' };
    server.faults.push({ status: 200, headers, body: 'not packed' });
    expect((await get()).text).toBe('not packed');
    expect(server.calls[0]?.headers['accept-encoding']).toBe('identity');
  });

  it.each([
    ['http://127.0.0.1:9/', /^no server listens at 127\.0\.0\.1:9$/],
    ['http://nowhere.invalid/', /^host nowhere\.invalid is not known$/],
  ])('with %s, which nobody was sent, may be tried again', async (url, expected) => {
    const { message, kind } = await failureOf(get(url));
    expect(message).toMatch(expected);
    expect(kind).toBe('busy');
  });

  it('by TLS, which nobody speaks there, is not tried again', async () => {
    const { message, kind } = await failureOf(get(server.url.replace('http:', 'https:')));
    expect(message).toMatch(/^127\.0\.0\.1:\d+: no TLS is spoken there; http:\/\/\?$/);
    expect(kind).toBe('refused');
  });

  it('that ends in the middle may have been done', async () => {
    server.faults.push('reset', 'cut');
    expect((await failureOf(get())).kind).toBe('unanswered');
    expect((await failureOf(get())).kind).toBe('unanswered');
  });
});

describe('the address of an API', () => {
  it.each([
    ['https://ec2.eu-north-1.amazonaws.com/', undefined],
    ['http://127.0.0.1:4566/', undefined],
    ['http://localhost:5000/v3', undefined],
    ['http://keystone.example.org:5000/v3', 'would be called in the open'],
    ['https://user:pw@example.org/', 'holds a user or a password'],
    ['https://example.org/?a=b', 'holds a ?'],
    ['ftp://example.org/', 'is not a URL'],
  ])('%s', (text, problem) => {
    const parsed = apiUrl.parse(text);
    expect(parsed.ok).toBe(problem === undefined);
    if (!parsed.ok) expect(parsed.problem).toContain(problem);
  });
});
