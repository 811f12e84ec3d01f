/** Asking for a page: what servers answer, and what they do wrong. Real servers on loopback. */
import { createServer, type RequestListener } from 'node:http';
import {
  type AddressInfo,
  createServer as createTcpServer,
  type Server,
  type Socket,
} from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  PAGE_OPTIONS,
  type Page,
  type PageAnswer,
  type PageOptions,
  PageReader,
  refusal,
} from '../../src/probes/http-page.ts';
import { systemClock } from '../../src/system/clock.ts';

const INTERVAL_MS = 50;
const closers: (() => void)[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
});

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/page?auto`;
}

function web(listener: RequestListener): Promise<string> {
  const server = createServer(listener);
  closers.push(() => server.closeAllConnections());
  return listening(server);
}

/** A server that says what it likes. */
function tcp(talk: (socket: Socket) => void): Promise<string> {
  return listening(
    createTcpServer((socket) => {
      closers.push(() => socket.destroy());
      socket.on('error', () => undefined);
      socket.once('data', () => talk(socket));
    }),
  );
}

function reader(url: string, options: Partial<PageOptions> = {}): PageReader {
  const all = { user: undefined, password: undefined, host: undefined, ca: undefined };
  const context = { clock: systemClock(), intervalMs: INTERVAL_MS };
  const made = new PageReader(url, { ...all, max_size: 1000, ...options }, context);
  closers.push(() => void made.close());
  return made;
}

function read(url: string, options: Partial<PageOptions> = {}, ms = 2000): Promise<PageAnswer> {
  return reader(url, options).read(AbortSignal.timeout(ms));
}

describe('a page', () => {
  it('is read with its status, type and time', async () => {
    const url = await web((_, answer) => {
      answer.setHeader('content-type', 'Text/Plain; charset=utf-8').end('IdleWorkers: 7\n');
    });
    const page = await read(url);
    expect(page).toMatchObject({ status: 200, type: 'text/plain', body: 'IdleWorkers: 7\n' });
    expect(page).toHaveProperty('tookMs', expect.any(Number));
  });

  it('is asked for by its path and query, as the user and at the site that the conf names', async () => {
    const url = await web(({ url: path, headers }, answer) => {
      answer.end(JSON.stringify([path, headers.host, headers.authorization]));
    });
    const page = await read(url, { host: 'www.example.org', user: 'ops', password: 'a:b' });
    const told = 'body' in page ? JSON.parse(page.body) : page;
    expect(told).toEqual(['/page?auto', 'www.example.org', `Basic ${btoa('ops:a:b')}`]);
  });

  it('comes over one kept connection', async () => {
    const seen = new Set<unknown>();
    const url = await web(({ socket }, answer) => {
      seen.add(socket);
      answer.end('x');
    });
    const kept = reader(url);
    for (let n = 0; n < 3; n += 1) await kept.read(AbortSignal.timeout(2000));
    expect(seen.size).toBe(1);
  });

  it('is asked for anew where the kept connection turns out to be dead', async () => {
    let connections = 0;
    const server = createTcpServer((socket) => {
      connections += 1;
      const nth = connections;
      socket.on('error', () => undefined);
      let asked = 0;
      socket.on('data', () => {
        asked += 1;
        if (nth === 1 && asked === 2) socket.resetAndDestroy();
        else socket.write('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx');
      });
      closers.push(() => socket.destroy());
    });
    const kept = reader(await listening(server));
    expect(await kept.read(AbortSignal.timeout(2000))).toMatchObject({ body: 'x\n' });
    expect(await kept.read(AbortSignal.timeout(2000))).toMatchObject({ body: 'x\n' });
    expect(connections).toBe(2);
  });

  it.each([
    ['ends where the server said', 'Content-Length: 4\r\n\r\na\nb4', 'a\nb4\n', true],
    [
      'ends in its last part',
      'Transfer-Encoding: chunked\r\n\r\n2\r\n42\r\n0\r\n\r\n',
      '42\n',
      true,
    ],
    ['has its own last end', 'Content-Length: 3\r\n\r\n42\n', '42\n', true],
    ['may be cut off where the server hung up', '\r\n42', '42', false],
    ['may be cut off at a line end, too', '\r\n42\n', '42\n', false],
  ])('%s, which its last line tells', async (_, rest, body, whole) => {
    const url = await tcp((socket) => socket.end(`HTTP/1.1 200 OK\r\n${rest}`));
    expect(await read(url)).toMatchObject({ body, whole });
  });
});

describe('no page', () => {
  const OK = 'HTTP/1.1 200 OK\r\n';

  it.each<[string, (socket: Socket) => void, RegExp]>([
    ['larger than the bound', (s) => s.end(`${OK}\r\n${'x'.repeat(1001)}`), /larger than 1000$/],
    [
      'cut off',
      (s) => s.end(`${OK}Content-Length: 9\r\n\r\nxxx`),
      /^(connection to .* lost|.*aborted)$/,
    ],
    ['reset', (s) => s.resetAndDestroy(), /^connection to .* lost$/],
    ['not HTTP', (s) => s.end('SSH-2.0-OpenSSH_9.2\r\n'), /doesn't speak HTTP/],
    ['compressed', (s) => s.end(`${OK}Content-Encoding: gzip\r\n\r\nx`), /encoded \(gzip\)/],
    ['never answered', () => undefined, /^no answer in time$/],
    ['never ended', (s) => s.write(`${OK}Content-Length: 9\r\n\r\nx`), /^no answer in time$/],
  ])('%s', async (_, talk, failed) => {
    expect(await read(await tcp(talk), {}, 300)).toEqual({ failed: expect.stringMatching(failed) });
  });

  it('where nobody listens, and is not asked for again at once', async () => {
    const url = await tcp(() => undefined);
    for (const close of closers.splice(0)) close();
    const asking = reader(url);
    expect(await asking.read(AbortSignal.timeout(2000))).toEqual({
      failed: expect.stringMatching(/^no server listens at 127\.0\.0\.1:\d+$/),
    });
    expect(await asking.read(AbortSignal.abort())).toEqual({
      failed: expect.stringMatching(/^no server listens/),
    });
  });

  it('names the page that isn’t there, without its query, and the user who isn’t accepted', async () => {
    const at = await web((_, answer) => answer.writeHead(404).end());
    const page = await read(`${at}&token=hunter2`);
    const { origin } = new URL(at);
    expect(refusal(page as Page)).toBe(`the server answers 404: there is no page ${origin}/page`);
    const closed = await web((_, answer) => answer.writeHead(401).end());
    const refused = await read(closed, { user: 'ci', password: 'wrong' });
    expect(refusal(refused as Page)).toBe(
      "the server answers 401: it doesn't accept user ci with this password",
    );
  });

  it('comes from a server that speaks no TLS', async () => {
    const url = await web((_, answer) => answer.end('x'));
    expect(await read(url.replace('http:', 'https:'))).toEqual({
      failed: expect.stringMatching(/^127\.0\.0\.1:\d+: no TLS is spoken there; http:\/\/\?$/),
    });
  });

  it('never tells the password', async () => {
    const url = await tcp((socket) => socket.end('HTTP/1.1 999999 x\r\n\r\n'));
    const answer = await read(url, { user: 'ops', password: 'hunter2' });
    expect(JSON.stringify(answer)).not.toMatch(/hunter2|b3BzOmh1bnRlcjI/);
  });

  it.each([
    [200, undefined],
    [299, undefined],
    [199, /answers 199$/],
    [300, /answers 300$/],
    [302, /redirections are not followed/],
    [401, /user, password/],
    [500, /answers 500$/],
  ])('is what an answer %i means', (status, said) => {
    const asked = { address: 'http://ci/page', user: undefined };
    const told = refusal({ status, asked });
    if (said === undefined) expect(told).toBeUndefined();
    else expect(told).toMatch(said);
  });
});

it('keeps a password secret in the options table', () => {
  expect(PAGE_OPTIONS.password.secret).toBe(true);
});
