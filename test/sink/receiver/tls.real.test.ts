/** The TLS port with real certificates and clients: who comes in, who doesn't, and what is said of it. */
import { once } from 'node:events';
import { chmodSync, copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import {
  type AddressInfo,
  connect as connectTcp,
  createServer as createTcpServer,
  type Socket,
} from 'node:net';
import { join } from 'node:path';
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { TlsFiles } from '../../../src/sink/receiver/tls-files.ts';
import type { TlsLimits } from '../../../src/sink/receiver/tls-gate.ts';
import { Authority, type Signed } from '../../support/certificates.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { tempFolder } from '../../support/temp.ts';
import { linesIn, sendOnce, sentLinesOf, startSink, type TestSink, until } from '../support.ts';

const LOOPBACK = '127.0.0.1';

interface Rig {
  readonly sink: TestSink;
  readonly ca: Authority;
  readonly files: TlsFiles;
}

/** A sink with a plain port and one for TLS, the authority of both sides being one. */
async function startTls(
  more: Partial<TlsFiles> | ((ca: Authority) => Partial<TlsFiles>) = {},
  { host = LOOPBACK, tlsLimits }: { host?: string; tlsLimits?: Partial<TlsLimits> } = {},
): Promise<Rig> {
  const ca = new Authority();
  const own = ca.sign({ subject: 'CN=sink', names: 'DNS:localhost' });
  const files = { ...own, ...(typeof more === 'function' ? more(ca) : more) };
  const sink = await startSink({
    listen: [
      { host: LOOPBACK, port: 0 },
      { host, port: 0, tls: files },
    ],
    ...(tlsLimits === undefined ? {} : { tlsLimits }),
  });
  return { sink, ca, files };
}

const asking = (ca: Authority) => ({ clientCa: ca.cert });

function tlsPort({ listeners }: TestSink): number {
  return listeners[1]?.port ?? 0;
}

function pem({ cert, key }: Signed) {
  return { cert: readFileSync(cert), key: readFileSync(key) };
}

function connectTls({ sink, ca }: Rig, options: ConnectionOptions = {}): TLSSocket {
  const trusted = { ca: readFileSync(ca.cert), servername: 'localhost', host: LOOPBACK };
  const socket = connect({ port: tlsPort(sink), ...trusted, ...options });
  socket.on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

/** Sends one line and waits until the connection is over. */
async function sendTls(rig: Rig, line: string, options: ConnectionOptions = {}): Promise<void> {
  const socket = connectTls(rig, options).resume();
  socket.end(line);
  await gone(socket);
}

/** Whether or not by an error, which `once` would throw. */
function gone(socket: Socket): Promise<void> {
  return new Promise((resolve) => void socket.on('close', () => resolve()));
}

/** By which error a connection is over; undefined where it ended in order. */
async function errorOf(socket: Socket): Promise<string | undefined> {
  let error: NodeJS.ErrnoException | undefined;
  socket.on('error', (each) => {
    error = each;
  });
  await gone(socket);
  return error?.code;
}

/** The texts and fields of what was told. */
function told({ notices }: TestSink) {
  return notices.map(({ text, fields }) => [text, fields]);
}

describe('lines over TLS', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)('come in by %s', async (version) => {
    const rig = await startTls();
    await sendTls(rig, 'nii3: one\nnii3: two', { minVersion: version, maxVersion: version });
    await linesIn(rig.sink.file, 2);
    expect(sentLinesOf(rig.sink.file)).toEqual(['nii3: one', 'nii3: two']);
    expect(rig.sink.notices).toEqual([]);
  });

  test('and the plain port lead to one file', async () => {
    const rig = await startTls();
    await sendOnce(rig.sink.port, 'plain\n');
    await linesIn(rig.sink.file, 1);
    await sendTls(rig, 'secret\n');
    await linesIn(rig.sink.file, 2);
    expect(sentLinesOf(rig.sink.file)).toEqual(['plain', 'secret']);
  });

  test('come in by IPv6, and by IPv4 through a socket of both', async () => {
    const rig = await startTls({}, { host: '::' });
    await sendTls(rig, 'four\n');
    await sendTls(rig, 'six\n', { host: '::1' });
    await linesIn(rig.sink.file, 2);
    expect(sentLinesOf(rig.sink.file).sort()).toEqual(['four', 'six [peer=::1]']);
  });

  test('are cut in order at a stop: what was sent is read', async () => {
    const rig = await startTls();
    const socket = connectTls(rig, { allowHalfOpen: true } as ConnectionOptions).resume();
    socket.write('before\n');
    await linesIn(rig.sink.file, 1);
    const ended = once(socket, 'end');
    const closed = rig.sink.close();
    await ended;
    socket.end('after\n');
    await closed;
    expect(sentLinesOf(rig.sink.file)).toEqual(['before', 'after']);
  });

  test('over the limit of connections are refused without harm', async () => {
    const ca = new Authority();
    const tls = ca.sign({ subject: 'CN=sink', names: 'DNS:localhost' });
    const listen = [
      { host: LOOPBACK, port: 0 },
      { host: LOOPBACK, port: 0, tls },
    ];
    const sink = await startSink({ listen, limits: { connections: 1 } });
    const rig = { sink, ca, files: tls };
    const first = connectTls(rig);
    first.write('first\n');
    await linesIn(sink.file, 1);
    expect(await errorOf(connectTls(rig))).toBe('ECONNRESET');
    expect(sink.status().refused).toBe(1);
    first.write('still here\n');
    await linesIn(sink.file, 2);
  });
});

describe('a client without a certificate that may come in', () => {
  test('comes in where none is asked for', async () => {
    const rig = await startTls();
    await sendTls(rig, 'hello\n');
    await linesIn(rig.sink.file, 1);
  });

  test('is refused where one is asked for', async () => {
    const rig = await startTls(asking);
    await sendTls(rig, 'hello\n');
    await until(() => rig.sink.notices.length > 0);
    const text = 'client refused: no certificate that is trusted';
    expect(told(rig.sink)).toEqual([[text, { peer: LOOPBACK, reason: 'none' }]]);
    expect(sentLinesOf(rig.sink.file)).toEqual([]);
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'notices by %s that nothing was read',
    async (version) => {
      const rig = await startTls(asking);
      for (let i = 0; i < 20; i += 1) {
        const socket = connectTls(rig, { minVersion: version, maxVersion: version }).resume();
        socket.end('hello\n');
        expect(await errorOf(socket)).toBe('ECONNRESET');
      }
      expect(rig.sink.listeners[1]?.turned.certificate).toBe(20);
    },
  );

  test('is refused with one of another authority, and with one that has ended', async () => {
    const rig = await startTls(asking);
    const client = { subject: 'CN=nii3' };
    await sendTls(rig, 'hello\n', pem(new Authority().sign(client)));
    await sendTls(rig, 'hello\n', pem(rig.ca.sign({ ...client, expired: true })));
    await until(() => rig.sink.listeners[1]?.turned.certificate === 2);
    expect(sentLinesOf(rig.sink.file)).toEqual([]);
    expect(told(rig.sink)[0]?.[1]).toMatchObject({
      reason: expect.stringMatching(/ISSUER|SIGNATURE/),
    });
  });

  test('is told apart as one whose certificate has ended', async () => {
    const rig = await startTls(asking);
    await sendTls(rig, 'hello\n', pem(rig.ca.sign({ subject: 'CN=nii3', expired: true })));
    await until(() => rig.sink.notices.length > 0);
    expect(told(rig.sink)[0]?.[1]).toEqual({ peer: LOOPBACK, reason: 'CERT_HAS_EXPIRED' });
  });
});

describe("a client's name", () => {
  const allowing = (...names: string[]) => {
    return (ca: Authority) => ({ clientCa: ca.cert, allow: new Set(names) });
  };

  test.each([
    ['the DNS name of its certificate', { subject: 'CN=other', names: 'DNS:nii3,DNS:nii4' }],
    ['its CN, where that has no DNS name', { subject: 'CN=nii3', names: 'IP:10.0.0.1' }],
    ['its CN, where that has no other names', { subject: 'CN=nii3' }],
  ])('is %s', async (_, subject) => {
    const rig = await startTls(allowing('nii3'));
    await sendTls(rig, 'hello\n', pem(rig.ca.sign(subject)));
    await linesIn(rig.sink.file, 1);
    expect(rig.sink.notices).toEqual([]);
  });

  test.each([
    ['a later DNS name', { subject: 'CN=nii9', names: 'DNS:nii9,DNS:nii3' }],
    ['its CN beside a DNS name', { subject: 'CN=nii3', names: 'DNS:nii9' }],
  ])('is not %s', async (_, subject) => {
    const rig = await startTls(allowing('nii3'));
    await sendTls(rig, 'hello\n', pem(rig.ca.sign(subject)));
    await until(() => rig.sink.notices.length > 0);
    const text = 'client refused: its name is not allowed';
    expect(told(rig.sink)).toEqual([[text, { name: 'nii9', peer: LOOPBACK }]]);
    expect(sentLinesOf(rig.sink.file)).toEqual([]);
  });

  test.each([
    ['none at all', {}],
    ['a wildcard', { names: 'DNS:*.example.org' }],
    ['a path', { subject: 'CN=..\\/etc' }],
    ['two', { subject: 'CN=nii3/CN=nii4' }],
  ])('has to be a host, not %s', async (_, subject) => {
    const rig = await startTls(asking);
    await sendTls(rig, 'hello\n', pem(rig.ca.sign(subject)));
    await until(() => rig.sink.notices.length > 0);
    const text = "client refused: its certificate holds no host's name";
    expect(told(rig.sink)).toEqual([[text, { peer: LOOPBACK }]]);
  });

  test('is handed over with the connection', async () => {
    const { openListener } = await import('../../../src/sink/receiver/listener.ts');
    const rig = await startTls(asking);
    const tell = () => undefined;
    const place = { host: LOOPBACK, port: 0, tls: rig.files };
    const listener = await openListener(place, { clock: manualClock(), tell });
    onTestFinished(() => listener.close());
    const admitted = new Promise((resolve) => {
      void listener.listen(({ socket, carrier, ...about }) => {
        socket.destroy();
        resolve(about);
      });
    });
    await until(() => listener.port > 0);
    connectTls(rig, { port: listener.port, ...pem(rig.ca.sign({ names: 'DNS:nii3' })) });
    expect(await admitted).toEqual({ peer: LOOPBACK, certificate: 'nii3' });
  });

  test('that is refused again and again is said once', async () => {
    const rig = await startTls(allowing('nii3'));
    const nii9 = pem(rig.ca.sign({ subject: 'CN=nii9' }));
    for (let i = 0; i < 3; i += 1) await sendTls(rig, 'hello\n', nii9);
    await until(() => rig.sink.listeners[1]?.turned.name === 3);
    await sendTls(rig, 'hello\n', pem(rig.ca.sign({ subject: 'CN=nii8' })));
    await until(() => rig.sink.notices.length > 1);
    expect(told(rig.sink).map(([, fields]) => fields)).toEqual([
      { name: 'nii9', peer: LOOPBACK },
      { name: 'nii8', peer: LOOPBACK, not_said: 2 },
    ]);
  });
});

describe('a handshake', () => {
  test('that takes too long is given up', async () => {
    const rig = await startTls({}, { tlsLimits: { handshakeMs: 50 } });
    const silent = silentClient(rig.sink);
    await gone(silent);
    const fields = { peer: LOOPBACK, reason: 'it took too long' };
    expect(told(rig.sink)).toEqual([['TLS handshake failed', fields]]);
  });

  test('that takes too long is given up, though a byte comes now and then', async () => {
    const rig = await startTls({}, { tlsLimits: { handshakeMs: 100 } });
    const hello = await clientHello();
    const slow = silentClient(rig.sink);
    const closed = gone(slow);
    let sent = 0;
    const dribble = setInterval(() => {
      slow.write(hello.subarray(sent, sent + 1));
      sent += 1;
    }, 5);
    onTestFinished(() => clearInterval(dribble));
    await closed;
    expect(sent).toBeLessThan(hello.length);
    const fields = { peer: LOOPBACK, reason: 'it took too long' };
    expect(told(rig.sink)).toEqual([['TLS handshake failed', fields]]);
  });

  test('that 200 never end shuts nobody out, and the oldest of too many are given up', async () => {
    const rig = await startTls({}, { tlsLimits: { handshakes: 50 } });
    const silent = Array.from({ length: 200 }, () => silentClient(rig.sink));
    await until(() => rig.sink.listeners[1]?.turned.handshake === 150);
    await sendTls(rig, 'for real\n');
    await linesIn(rig.sink.file, 1);
    expect(silent.filter(({ closed }) => !closed).length).toBeLessThanOrEqual(50);
    const fields = { peer: LOOPBACK, reason: 'too many at once' };
    expect(told(rig.sink)).toEqual([['TLS handshake failed', fields]]);
  });

  test('in a version before 1.2 fails', async () => {
    const rig = await startTls();
    const old = {
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'ALL:@SECLEVEL=0',
    } as const;
    await sendTls(rig, 'old\n', old);
    await until(() => rig.sink.notices.length > 0);
    const fields = { peer: LOOPBACK, reason: 'its TLS is older than 1.2' };
    expect(told(rig.sink)).toEqual([['TLS handshake failed', fields]]);
  });

  test('is none where plain lines come', async () => {
    const rig = await startTls();
    await sendOnce(tlsPort(rig.sink), 'nii3: Requesting migration of VM: just moving\n');
    await until(() => rig.sink.notices.length > 0);
    expect(told(rig.sink)).toEqual([
      ['TLS handshake failed', { peer: LOOPBACK, reason: 'it speaks no TLS' }],
    ]);
    expect(sentLinesOf(rig.sink.file)).toEqual([]);
  });

  test('is never taken over from an earlier connection', async () => {
    const rig = await startTls(asking, {});
    const client = { ...pem(rig.ca.sign({ subject: 'CN=nii3' })), maxVersion: 'TLSv1.2' } as const;
    const first = connectTls(rig, client);
    await once(first, 'secureConnect');
    const session = first.getSession();
    first.end();
    const second = connectTls(rig, { ...client, ...(session ? { session } : {}) });
    await once(second, 'secureConnect');
    expect(second.isSessionReused()).toBe(false);
  });
});

describe('the files', () => {
  test('are read anew, and connections that stand go on', async () => {
    const names = join(tempFolder(), 'allowed');
    writeFileSync(names, '# guests\nnii3\n');
    const rig = await startTls((ca) => ({ clientCa: ca.cert, allowFile: names }));
    const [nii3, nii4] = ['nii3', 'nii4'].map((name) =>
      pem(rig.ca.sign({ subject: `CN=${name}` })),
    );
    const standing = connectTls(rig, nii3);
    standing.write('one\n');
    await linesIn(rig.sink.file, 1);
    const first = serial(standing);
    replace(rig.files, rig.ca.sign({ subject: 'CN=sink', names: 'DNS:localhost' }));
    writeFileSync(names, 'nii4 # the only one\n');
    await rig.sink.reopen();
    standing.write('two\n');
    await linesIn(rig.sink.file, 2);
    await sendTls(rig, 'refused\n', nii3);
    await until(() => rig.sink.notices.length > 0);
    const next = connectTls(rig, nii4);
    next.write('three\n');
    await linesIn(rig.sink.file, 3);
    expect(serial(next)).not.toBe(first);
    expect(sentLinesOf(rig.sink.file)).toEqual(['nii3: one', 'nii3: two', 'nii4: three']);
  });

  test.each<[string, (files: TlsFiles, ca: Authority) => void, RegExp]>([
    [
      'a key of another certificate',
      ({ key }, ca) => copyFileSync(ca.sign({}).key, key),
      /isn't the key of/,
    ],
    [
      'a key that others can read',
      ({ key }) => chmodSync(key, 0o644),
      /others can read .*: chmod o=/,
    ],
    ['no key at all', ({ key }) => writeFileSync(key, 'none\n'), /holds no key/],
    [
      'half a certificate',
      ({ cert }) => writeFileSync(cert, readFileSync(cert).subarray(0, 200)),
      /holds no certificate/,
    ],
    [
      'a list of odd names',
      ({ allowFile = '' }) => writeFileSync(allowFile, 'nii3\nni i4\n'),
      /line 2 is no host's name/,
    ],
  ])('with %s leave the old ones in use, and that is said', async (_, spoil, problem) => {
    const names = join(tempFolder(), 'allowed');
    writeFileSync(names, 'nii3\n');
    const rig = await startTls((ca) => ({ clientCa: ca.cert, allowFile: names }));
    spoil(rig.files, rig.ca);
    await rig.sink.reopen();
    expect(told(rig.sink)).toEqual([
      [
        'TLS files not read anew, the old ones stay in use',
        { error: expect.stringMatching(problem) },
      ],
    ]);
    await sendTls(rig, 'hello\n', pem(rig.ca.sign({ subject: 'CN=nii3' })));
    await linesIn(rig.sink.file, 1);
  });

  test('that are missing or spoilt keep it from beginning', async () => {
    const ca = new Authority();
    const own = ca.sign({ subject: 'CN=sink' });
    const begin = (files: Partial<TlsFiles>) =>
      startSink({ listen: { host: LOOPBACK, port: 0, tls: { ...own, ...files } } });
    await expect(begin({ cert: '/nonexistent' })).rejects.toThrow(
      "/nonexistent can't be read: ENOENT",
    );
    await expect(begin({ clientCa: own.key })).rejects.toThrow('holds no certificate');
    await expect(begin({ key: ca.folder })).rejects.toThrow();
  });

  test('whose certificate has ended are told of', async () => {
    const ca = new Authority();
    const tls = ca.sign({ subject: 'CN=sink', expired: true });
    const sink = await startSink({ listen: { host: LOOPBACK, port: 0, tls } });
    expect(told(sink)).toEqual([["the sink's own certificate has expired", { file: tls.cert }]]);
    expect(sink.listeners[0]?.certificateEndsMs).toBe(Date.UTC(2002, 0, 1));
  });
});

/** The first bytes of a client that means it. */
async function clientHello(): Promise<Buffer> {
  const server = createTcpServer();
  await new Promise<void>((resolve) => server.listen(0, LOOPBACK, resolve));
  const heard = new Promise<Buffer>((resolve) => {
    server.on(
      'connection',
      (socket) => void socket.on('error', () => undefined).once('data', resolve),
    );
  });
  const client = connect((server.address() as AddressInfo).port, LOOPBACK);
  client.on('error', () => undefined);
  const hello = await heard;
  client.destroy();
  server.close();
  return hello;
}

function silentClient(sink: TestSink): Socket {
  const socket = connectTcp(tlsPort(sink), LOOPBACK);
  socket.on('error', () => undefined).resume();
  onTestFinished(() => void socket.destroy());
  return socket;
}

function serial(socket: TLSSocket): string {
  return socket.getPeerCertificate().serialNumber;
}

function replace(files: TlsFiles, { cert, key }: Signed): void {
  copyFileSync(cert, files.cert);
  copyFileSync(key, files.key);
}
