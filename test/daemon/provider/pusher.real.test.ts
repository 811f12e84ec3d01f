/** Pushing to a provider that is there, away, slow, or no provider: a real server on loopback. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
// Loaded late by the pusher; the time-outs here are too short for that.
import 'axios';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ProviderSettings } from '../../../src/conf/loaded.ts';
import type { ProbeBound } from '../../../src/core/option-shapes.ts';
import { Pusher } from '../../../src/daemon/provider/pusher.ts';
import { systemClock } from '../../../src/system/clock.ts';
import type { GuestState } from '../../../src/wire/provider.ts';
import { freePort } from '../../support/program.ts';
import { type Provider, startProvider, TOKEN } from '../../support/provider.ts';
import { until } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp.ts';

const clock = systemClock();
/** Waits between tries are short; those of a timeout or a period are what the tests say. */
const hasty = {
  ...clock,
  sleep: (ms: number, signal?: AbortSignal) =>
    clock.sleep(ms >= 500 && ms <= 60_000 ? 20 : ms, signal),
};
const STATE: GuestState = {
  mode: 'active',
  place: { host: 'xen1', lost: false },
  policies: [{ name: 'db', verdict: 'stay' }],
};
const HOUR_MS = 3_600_000;
const OVER_90: ProbeBound = { probe: 'cpu', compare: '>', bound: 90 };

async function setUp(settings: Partial<ProviderSettings> & { url: string }) {
  const said: string[] = [];
  const log = {
    ...{ error: say, warn: say, info: say, debug: say },
    cycle: () => undefined,
    setLevel: () => undefined,
    end: () => undefined,
  };
  function say(message: string, fields: object = {}) {
    said.push(`${message} ${JSON.stringify(fields)}`);
  }
  const all: ProviderSettings = {
    ...{ token: TOKEN, ca: undefined, everyMs: 30, bounds: [], hysteresis: 0.1 },
    ...{ timeoutMs: 400, queueMax: 100 },
    ...settings,
  };
  const parts = { clock: hasty, log, vm: 'db7', incarnation: 'I1', state: () => STATE };
  const pusher = new Pusher(parts);
  onTestFinished(() => pusher.end());
  await pusher.use(all);
  const read = (value: number | string, probe = 'cpu') => {
    const at = clock.now();
    const reading =
      typeof value === 'number' ? { probe, at, value } : { probe, at, missing: value };
    pusher.note(reading, '%');
  };
  return { pusher, settings: all, said, read };
}

const numbers = ({ pushes }: Provider) =>
  pushes.flatMap(({ readings }) => readings.map(({ n }) => n));
const upTo = (n: number) => Array.from({ length: n }, (_, i) => i + 1);

describe('a push', () => {
  it('comes each period, with the readings since the last one and the state', async () => {
    const provider = await startProvider();
    const { read, pusher } = await setUp(provider);
    read(12.5);
    read('timed out');
    await until('a push', () => provider.pushes.length >= 1);
    read(13);
    await until('more', () => provider.pushes.length >= 4);
    expect(numbers(provider)).toEqual([1, 2, 3]);
    const [first] = provider.pushes;
    expect(first).toMatchObject({
      ...{ v: 1, vm: 'db7', incarnation: 'I1', seq: 1, cause: 'period', dropped: 0 },
      state: STATE,
      readings: [
        { n: 1, probe: 'cpu', unit: '%', value: 12.5 },
        { n: 2, probe: 'cpu', unit: '%', missing: 'timed out' },
      ],
    });
    const seqs = provider.pushes.map(({ seq }) => seq);
    expect(seqs).toEqual(upTo(seqs.length));
    expect(provider.wrong).toEqual([]);
    expect(pusher.report()).toMatchObject({ waiting: 0, dropped: 0 });
  });

  it('comes at once for each crossing, and once', async () => {
    const provider = await startProvider();
    const { read } = await setUp({ url: provider.url, everyMs: HOUR_MS, bounds: [OVER_90] });
    const events: number[] = [];
    for (const value of [50, 91, 95, 99, 89, 92, 81, 80, 93]) {
      read(value);
      const crosses = value === 91 || value === 93;
      if (crosses) events.push(value);
      if (crosses)
        await until(`the push of ${value}`, () => provider.pushes.length === events.length);
      else await clock.sleep(15);
    }
    await clock.sleep(50);
    expect(provider.pushes.map(({ cause }) => cause)).toEqual(['event', 'event']);
    const crossed = provider.pushes.flatMap(({ readings }) => readings).filter((r) => r.crossed);
    expect(crossed).toMatchObject([
      { value: 91, crossed: ['> 90'] },
      { value: 93, crossed: ['> 90'] },
    ]);
    // Those between came along with the second.
    expect(numbers(provider)).toEqual(upTo(9));
  });

  it('holds only what crosses a bound, where nothing is periodic', async () => {
    const provider = await startProvider();
    const { read } = await setUp({ url: provider.url, everyMs: undefined, bounds: [OVER_90] });
    for (const value of [1, 2, 91, 3, 4]) read(value);
    await until('the push', () => provider.pushes.length === 1);
    await clock.sleep(50);
    expect(provider.pushes.map(({ readings }) => readings)).toMatchObject([[{ value: 91 }]]);
  });

  it('holds 500 readings at most; the rest follows at once', async () => {
    const provider = await startProvider();
    const { read } = await setUp({ url: provider.url, everyMs: 200, queueMax: 10_000 });
    for (let n = 0; n < 1200; n += 1) read(n);
    await until('all', () => numbers(provider).length === 1200);
    expect(provider.pushes.map(({ readings }) => readings.length)).toEqual([500, 500, 200]);
    expect(numbers(provider)).toEqual(upTo(1200));
  });

  it('isn’t sent through a proxy that the environment names', async () => {
    const before = process.env['HTTP_PROXY'];
    process.env['HTTP_PROXY'] = process.env['http_proxy'] = 'http://127.0.0.1:9';
    onTestFinished(() => {
      delete process.env['http_proxy'];
      if (before === undefined) delete process.env['HTTP_PROXY'];
      else process.env['HTTP_PROXY'] = before;
    });
    const provider = await startProvider();
    await setUp(provider);
    await until('a push', () => provider.pushes.length > 0);
  });
});

describe('a provider', () => {
  it('that is away gets all that waited when it is back, and both are told once', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/base/`;
    const { read, said, pusher } = await setUp({ url, bounds: [OVER_90] });
    for (const value of [1, 95, 2]) read(value);
    await until('its absence', () => pusher.report()?.error === 'ECONNREFUSED');
    await clock.sleep(100);
    const provider = await startProvider({ port });
    await until('the readings', () => numbers(provider).length === 3);
    expect(numbers(provider)).toEqual([1, 2, 3]);
    expect(provider.pushes.filter(({ cause }) => cause === 'event')).toHaveLength(1);
    expect(pusher.report()?.error).toBeUndefined();
    expect(said).toEqual([
      `the provider doesn't take the readings ${JSON.stringify({ url, problem: 'ECONNREFUSED' })}`,
      'the provider takes the readings again {"dropped":0}',
    ]);
  });

  it('that is away too long misses the oldest readings, and is told how many', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}/base/`;
    const { read, said, pusher } = await setUp({ url, queueMax: 5 });
    for (let n = 1; n <= 12; n += 1) read(n);
    expect(pusher.report()).toMatchObject({ waiting: 5, dropped: 7 });
    await until('its absence', () => pusher.report()?.error !== undefined);
    const provider = await startProvider({ port });
    await until('the readings', () => numbers(provider).length > 0);
    expect(numbers(provider)).toEqual([8, 9, 10, 11, 12]);
    expect(provider.pushes[0]?.dropped).toBe(7);
    // The provider has them before its answer is here.
    await until('the end of it', () => pusher.report()?.error === undefined);
    expect(said.filter((each) => each.includes('dropped, the oldest first'))).toHaveLength(1);
    expect(said.at(-1)).toBe('the provider takes the readings again {"dropped":7}');
  });

  it.each<[string, Provider['answer'], RegExp]>([
    ['fails', (_, answer) => answer.writeHead(500).end(), /^HTTP status 500$/],
    ['doesn’t know the token', (_, answer) => answer.writeHead(401).end(), /^HTTP status 401$/],
    ['never answers', () => undefined, /^no answer in time$/],
    ['never ends', (_, answer) => void answer.writeHead(200).write('{'), /^no answer in time$/],
    ['hangs up', (request) => request.socket.destroy(), /^ECONNRESET$/],
    ['is a web page', (_, answer) => answer.end('<html>'), /^not a provider's answer: <html>$/],
    ['says too much', (_, answer) => answer.end(' '.repeat(100_000)), /^ERR_BAD_RESPONSE$/],
    ['says garbage', ({ socket }) => socket.end('\0garbage\n'), /^HPE_/],
  ])('that %s is asked again, with the same readings', async (_, answer, problem) => {
    const provider = await startProvider();
    provider.answer = answer;
    const { read, pusher } = await setUp(provider);
    read(1);
    await until('the problem', () => pusher.report()?.error !== undefined);
    expect(pusher.report()).toMatchObject({ error: expect.stringMatching(problem), waiting: 1 });
    await until('a second try', () => provider.pushes.length >= 2);
    provider.answer = (_request, response) => response.end('{"accepted": true}');
    await until('it to be taken', () => pusher.report()?.error === undefined);
    // The same reading each time, known by its number; the tries by theirs.
    expect(new Set(numbers(provider))).toEqual(new Set([1]));
    const seqs = provider.pushes.map(({ seq }) => seq);
    expect(new Set(seqs).size).toBe(seqs.length);
  });

  it('that refuses a push isn’t sent it again', async () => {
    const provider = await startProvider();
    provider.answer = (_, answer) => answer.writeHead(422).end();
    const { read, pusher, said, settings } = await setUp(provider);
    read(1);
    await until('the refusal', () => pusher.report()?.dropped === 1);
    expect(pusher.report()).toMatchObject({ error: 'HTTP status 422', waiting: 0 });
    read(2);
    await until('the second refusal', () => pusher.report()?.dropped === 2);
    provider.answer = undefined;
    read(3);
    await until('the next', () => numbers(provider).includes(3));
    expect(numbers(provider)).toEqual([1, 2, 3]);
    await until('the end of it', () => pusher.report()?.error === undefined);
    const refusal = { url: settings.url, problem: 'HTTP status 422' };
    expect(said[0]).toMatch(/^the provider (refused readings, which are dropped|doesn't take)/);
    expect(said.filter((each) => !each.startsWith("the provider doesn't take"))).toEqual([
      `the provider refused readings, which are dropped ${JSON.stringify({ ...refusal, count: 1 })}`,
      'the provider takes the readings again {"dropped":2}',
    ]);
  });

  it('that sends it elsewhere isn’t followed, so that nobody else is shown the token', async () => {
    const [provider, other] = [await startProvider(), await startProvider()];
    provider.answer = (_, answer) => answer.writeHead(307, { location: other.url }).end();
    const { pusher } = await setUp(provider);
    await until('the problem', () => pusher.report()?.error === 'HTTP status 307');
    await clock.sleep(60);
    expect([...other.pushes, ...other.wrong]).toEqual([]);
  });

  it('that is slow delays neither a reading nor the end', async () => {
    const provider = await startProvider();
    provider.answer = () => undefined;
    const { read, pusher } = await setUp({ url: provider.url, timeoutMs: HOUR_MS });
    await until('a push', () => provider.pushes.length === 1);
    const beganMs = clock.monotonicMs();
    for (let n = 0; n < 1000; n += 1) read(n);
    expect(clock.monotonicMs() - beganMs).toBeLessThan(500);
    await pusher.end();
    expect(clock.monotonicMs() - beganMs).toBeLessThan(1000);
  });

  it('is left for another, which isn’t told what was measured for the first', async () => {
    const nobody = createServer((socket) => socket.destroy());
    await new Promise<void>((resolve) => nobody.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void nobody.close());
    const { port } = nobody.address() as { port: number };
    const { read, pusher, settings } = await setUp({ url: `http://127.0.0.1:${port}/` });
    read(1);
    await until('its absence', () => pusher.report()?.error !== undefined);
    const provider = await startProvider();
    await pusher.use({ ...settings, url: provider.url });
    read(2);
    await until('the reading', () => numbers(provider).length > 0);
    expect(numbers(provider)).toEqual([2]);
    await pusher.use(undefined);
    expect(pusher.report()).toBeUndefined();
    read(3);
    await clock.sleep(100);
    // What was on its way may still have come.
    expect(numbers(provider)).not.toContain(3);
  });
});

describe('over TLS', () => {
  function certificates(name: string) {
    const folder = tempFolder();
    const openssl = (...words: string[]) =>
      execFileSync('openssl', words, { cwd: folder, stdio: 'ignore' });
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
    openssl('req', '-x509', ...key, '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.pem');
    openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', 'key', '-out', 'csr');
    writeFileSync(join(folder, 'ext'), `subjectAltName=DNS:${name}\n`);
    const signed = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'ext'];
    openssl('x509', '-req', '-in', 'csr', ...signed, '-out', 'cert');
    const read = (file: string) => readFileSync(join(folder, file));
    return { folder, ca: join(folder, 'ca.pem'), tls: { key: read('key'), cert: read('cert') } };
  }

  it('a provider is known by the authority that the conf names', async () => {
    const { ca, tls } = certificates('localhost');
    const provider = await startProvider({ tls });
    const { read } = await setUp({ url: provider.url, ca });
    read(1);
    await until('a push', () => numbers(provider).length === 1);
    expect(provider.wrong).toEqual([]);
  });

  it.each([
    ['an authority that nobody named', 'localhost', /^(UNABLE_TO|SELF_SIGNED)/],
    ['another’s name', 'other.example.org', /^ERR_TLS_CERT_ALTNAME_INVALID$/],
  ])('nothing is sent under %s', async (_, name, problem) => {
    const { ca, tls } = certificates(name);
    const provider = await startProvider({ tls });
    const named = name === 'localhost' ? {} : { ca };
    const { pusher } = await setUp({ url: provider.url, ...named });
    await until('the problem', () => pusher.report()?.error !== undefined);
    expect(pusher.report()?.error).toMatch(problem);
    expect([...provider.pushes, ...provider.wrong]).toEqual([]);
  });

  it('a provider that speaks none is told of as such', async () => {
    const provider = await startProvider();
    const url = provider.url.replace('http://', 'https://');
    const { pusher } = await setUp({ url });
    await until('the problem', () => pusher.report()?.error !== undefined);
    expect(pusher.report()?.error).toBe('no TLS is spoken there');
  });

  it('a file of authorities that comes later is read then', async () => {
    const { folder, ca, tls } = certificates('localhost');
    const provider = await startProvider({ tls });
    const late = join(folder, 'late.pem');
    const { pusher } = await setUp({ url: provider.url, ca: late });
    await until('the problem', () => pusher.report()?.error === 'ENOENT');
    writeFileSync(late, readFileSync(ca));
    await until('a push', () => provider.pushes.length > 0);
  });
});
