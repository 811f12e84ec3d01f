/** The short way to a page, held against node:http on answers of every kind. Real servers on loopback. */
import { get } from 'node:http';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { PageReader } from '../../src/probes/http-page.ts';
import { PlainLine, type PlainPage, plainHead } from '../../src/probes/plain-line.ts';
import { systemClock } from '../../src/system/clock.ts';
import { RUNS } from '../support/runs.ts';
import { garbled } from './odd-text.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const PAGE = 'BusyWorkers: 1\nIdleWorkers: 49\n';
/** With the lines that Apache 2.4.62 says. */
const HEAD = [
  'HTTP/1.1 200 OK',
  'Date: Sat, 21 Nov 2026 22:44:42 GMT',
  'Server: Apache/2.4.62 (Debian)',
  'Content-Length: 31',
  'Keep-Alive: timeout=5, max=100',
  'Connection: Keep-Alive',
  'Content-Type: text/plain; charset=ISO-8859-1',
  '\r\n',
].join('\r\n');
const REAL = `${HEAD}${PAGE}`;

function line(port: number, maxBytes = 1000): PlainLine {
  const text = 'GET /page HTTP/1.1\r\nHost: x\r\n\r\n';
  const made = new PlainLine({ host: '127.0.0.1', port, text, maxBytes });
  onTestFinished(() => made.close());
  return made;
}

function ask(plain: PlainLine): Promise<PlainPage | undefined> {
  return plain.ask(AbortSignal.timeout(2000));
}

async function listening(talk: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    talk(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

describe('the head of an answer', () => {
  it('is taken where it is plain', () => {
    expect(plainHead(Buffer.from(REAL))).toEqual({
      type: 'text/plain; charset=ISO-8859-1',
      headBytes: HEAD.length,
      bodyBytes: 31,
      last: false,
    });
  });

  it('is waited for while it is not whole', () => {
    for (let at = 0; at < HEAD.length; at += 1) {
      expect(plainHead(Buffer.from(REAL.slice(0, at)))).toBeUndefined();
    }
  });

  it.each([
    ['of another status', 'HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n'],
    ['of an older HTTP', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n'],
    ['without a length', OK],
    ['with two lengths', `${OK}Content-Length: 1\r\nContent-Length: 1\r\n`],
    ['with a length that is no number', `${OK}Content-Length: +1\r\n`],
    ['with a length beyond any page', `${OK}Content-Length: 1234567890\r\n`],
    ['with a blank of another kind after the length', `${OK}Content-Length: 1\xa0\r\n`],
    ['in parts', `${OK}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n`],
    ['compressed', `${OK}Content-Length: 1\r\nContent-Encoding: gzip\r\n`],
    ['that offers another protocol', `${OK}Content-Length: 1\r\nUpgrade: h2c\r\n`],
    ['with an unknown Connection', `${OK}Content-Length: 1\r\nConnection: Upgrade, close\r\n`],
    ['with a folded line', `${OK}Content-Length: 1\r\nX: a\r\n b\r\n`],
    ['with a blank before the colon', `${OK}Content-Length : 1\r\n`],
    ['with a line end that is none', `${OK}X: a\nContent-Length: 1\r\n`],
    ['with a control character', `${OK}X: \x00\r\nContent-Length: 1\r\n`],
    ['that is too long', `${OK}Content-Length: 1\r\nX: ${'x'.repeat(4096)}\r\n`],
  ])('%s is for node:http', (_, head) => {
    expect(plainHead(Buffer.from(`${head}\r\nx`, 'latin1'))).toBe('odd');
  });

  it('that never ends is for node:http', () => {
    expect(plainHead(Buffer.from(`${OK}X: ${'x'.repeat(4096)}`))).toBe('odd');
  });
});

describe('a plain line', () => {
  let server: Server;
  let port: number;
  let pieces: readonly Buffer[];
  beforeAll(async () => {
    server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => void send(socket, pieces));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    ({ port } = server.address() as AddressInfo);
  });
  afterAll(() => void server.close());

  const heads = fc
    .array(
      fc.constantFrom(
        ...[
          'Content-Length: 5',
          'Content-Length: 3',
          'content-length:\t5 ',
          'Content-Length: 5, 5',
        ],
        ...['Transfer-Encoding: chunked', 'Connection: close', 'connection: keep-alive', 'X:'],
        ...[
          'Connection: upgrade',
          'Content-Type: text/html',
          'Content-Type:a',
          'Set-Cookie: a=\xe9',
        ],
      ),
      { maxLength: 4 },
    )
    .map((lines) => `${OK}${lines.map((each) => `${each}\r\n`).join('')}\r\nab\ncd`);

  it('has the page that node:http has, or none, whatever the server says', async () => {
    let pages = 0;
    const answers = fc.tuple(
      fc.oneof(garbled([REAL]), heads, garbled([`${OK}Content-Length: 2\r\n\r\nab`])),
      fc.array(fc.nat(), { maxLength: 2 }),
    );
    await fc.assert(
      fc.asyncProperty(answers, async ([text, cuts]) => {
        pieces = cutUp(Buffer.from(text, 'latin1'), cuts);
        const plain = await ask(line(port));
        if (plain === undefined) return;
        pages += 1;
        expect({ ...plain, status: 200 }).toEqual(await byNode(port));
      }),
      { numRuns: RUNS },
    );
    expect(pages).toBeGreaterThan(RUNS / 20);
  });

  it('leaves a page that is larger than the bound', async () => {
    pieces = [Buffer.from(REAL)];
    expect(await ask(line(port, 30))).toBeUndefined();
    expect(await ask(line(port, 31))).toBeDefined();
  });

  it('leaves an answer that is followed by more', async () => {
    pieces = [Buffer.from(`${REAL}x`)];
    expect(await ask(line(port))).toBeUndefined();
  });
});

describe('the connection', () => {
  const ONE = `${OK}Content-Length: 1\r\n\r\n`;

  it('is kept from one reading to the next', async () => {
    let connections = 0;
    const port = await listening((socket) => {
      connections += 1;
      socket.on('data', () => socket.write(`${ONE}${connections}`));
    });
    const plain = line(port);
    for (let n = 0; n < 3; n += 1) expect((await ask(plain))?.bytes.toString()).toBe('1');
  });

  it('is made anew where the server said that it hangs up, or said what nobody asked for', async () => {
    let connections = 0;
    const ends = ['Connection: close\r\n', 'X: y\r\n'];
    const gone: Promise<unknown>[] = [];
    const port = await listening((socket) => {
      connections += 1;
      gone.push(new Promise((resolve) => socket.once('close', resolve)));
      socket.on('data', () => {
        const head = `${OK}Content-Length: 1\r\n${ends[connections - 1] ?? ''}\r\n`;
        socket.write(`${head}${connections}`);
        // Not with the answer, which it would belong to.
        if (connections === 2) setTimeout(() => socket.write('HTTP/1.1 200 OK\r\n'), 50);
      });
    });
    const plain = line(port);
    for (const nth of ['1', '2', '3']) {
      expect((await ask(plain))?.bytes.toString()).toBe(nth);
      if (nth !== '3') await gone[Number(nth) - 1];
    }
  });

  it('is given up when the time is over, and another one answers', async () => {
    let connections = 0;
    const port = await listening((socket) => {
      connections += 1;
      const nth = connections;
      socket.on('data', () => nth > 1 && socket.write(`${ONE}${nth}`));
    });
    const plain = line(port);
    expect(await plain.ask(AbortSignal.timeout(50))).toBeUndefined();
    expect((await ask(plain))?.bytes.toString()).toBe('2');
  });

  it('to a server of another kind is not tried again for a hundred readings', async () => {
    let asked = 0;
    const port = await listening((socket) => {
      socket.on('data', () => {
        asked += 1;
        socket.write(`${OK}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n`);
      });
    });
    const all = { user: undefined, password: undefined, host: undefined, ca: undefined };
    const context = { clock: systemClock(), intervalMs: 0 };
    const options = { ...all, max_size: 1000 };
    const reader = new PageReader(`http://127.0.0.1:${port}/page`, options, context);
    onTestFinished(() => reader.close());
    for (let n = 1; n <= 100; n += 1) {
      expect(await reader.read(AbortSignal.timeout(2000))).toMatchObject({ body: 'x\n' });
      expect(asked).toBe(n + 1);
    }
    await reader.read(AbortSignal.timeout(2000));
    expect(asked).toBe(103);
  });
});

async function send(socket: Socket, pieces: readonly Buffer[]): Promise<void> {
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise(setImmediate);
  }
  socket.end();
}

function cutUp(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [0, ...cuts.map((at) => at % (bytes.length + 1)), bytes.length];
  const sorted = places.sort((a, b) => a - b);
  return sorted.slice(1).map((to, i) => bytes.subarray(sorted[i], to));
}

/** Whole, or a rejection. */
function byNode(port: number): Promise<PlainPage & { readonly status: number }> {
  return new Promise((resolve, reject) => {
    const asked = get({ port, host: '127.0.0.1', agent: false }, (answer) => {
      const parts: Buffer[] = [];
      answer.on('data', (part: Buffer) => parts.push(part));
      answer.on('error', reject);
      answer.on('end', () => {
        const { 'content-type': type = '' } = answer.headers;
        resolve({ status: answer.statusCode ?? 0, type, bytes: Buffer.concat(parts) });
      });
    });
    asked.on('error', reject);
  });
}
