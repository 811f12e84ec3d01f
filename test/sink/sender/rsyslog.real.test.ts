/** The sender into Debian's rsyslog: each scheme, certificates, cut connections, a sender killed. */
import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { SenderOptions } from '../../../src/sink/sender/sender.ts';
import { Authority } from '../../support/certificates.ts';
import { type Rsyslog, type RsyslogInput, startRsyslog } from '../../support/rsyslog.ts';
import { texts, unsent } from '../records.ts';
import { linesOf, temporaryFolder, until } from '../support.ts';
import { lastNumber, sendAll, startChild, startSender, urlOf } from './help.ts';

async function startPeer(input: RsyslogInput): Promise<Rsyslog> {
  const peer = await startRsyslog(input);
  onTestFinished(() => peer.remove());
  return peer;
}

/** The texts of what a peer wrote, in its order. */
function textsIn({ file }: Rsyslog): string[] {
  return linesOf(file).map((line) => line.replace(/^\S+ nii3 vmmanage /, ''));
}

/** Without those that came before. */
function firstTimes(all: readonly string[]): string[] {
  return [...new Set(all)];
}

/** rsyslog with certificates of `authority`, and what the sender needs to reach it. */
async function startSecure(kind: RsyslogInput['kind'], names: string, authority = new Authority()) {
  const server = authority.sign({ subject: 'CN=sink', names });
  const client = authority.sign({ subject: 'CN=nii3', names: 'DNS:nii3' });
  const files = [authority.cert, server.cert, server.key];
  const peer = await startPeer(kind === 'imtcp' ? gtls(files) : relpTls(files));
  const tls = { ca: authority.cert, ...client };
  return { peer, url: urlOf(peer.port, SCHEME[kind], 'localhost'), tls, client };
}

const SCHEME = { imtcp: 'syslog+tls', imrelp: 'relp+tls' } as const;

function gtls([ca, cert, key]: readonly string[]): RsyslogInput {
  const files = `DefaultNetstreamDriverCAFile="${ca}" DefaultNetstreamDriverCertFile="${cert}" DefaultNetstreamDriverKeyFile="${key}"`;
  const known = 'streamDriver.authMode="x509/name" permittedPeer=["nii3"]';
  return {
    kind: 'imtcp',
    before: `global(${files})`,
    module: `streamDriver.name="gtls" streamDriver.mode="1" ${known}`,
  };
}

function relpTls([ca, cert, key]: readonly string[]): RsyslogInput {
  const files = `tls.caCert="${ca}" tls.myCert="${cert}" tls.myPrivKey="${key}"`;
  const known = 'tls.authMode="name" tls.permittedPeer=["nii3"]';
  return { kind: 'imrelp', module: 'tls.tlslib="openssl"', input: `tls="on" ${files} ${known}` };
}

describe('rsyslog takes all, in order', () => {
  test.each([
    ['syslog+tcp', 'imtcp'],
    ['relp', 'imrelp'],
  ] as const)('over %s', async (scheme, kind) => {
    const peer = await startPeer({ kind });
    const sender = startSender(urlOf(peer.port, scheme));
    sendAll(sender, texts(5000));
    sender.send({ ...unsent('å “]" \\ \n end'), fields: [['why', 'a "b] \\c']] });
    await until(() => sender.status().queued === 0);
    await until(() => linesOf(peer.file).length === 5001);
    expect(textsIn(peer)).toEqual([...texts(5000), 'å “]" \\ \\x0a end']);
  });

  test.each(['imtcp', 'imrelp'] as const)('over TLS, with certificates, to %s', async (kind) => {
    const { peer, url, tls } = await startSecure(kind, 'DNS:localhost');
    const sender = startSender(url, { tls });
    sendAll(sender, texts(2000));
    await until(() => sender.status().queued === 0);
    await until(() => linesOf(peer.file).length === 2000);
    expect(textsIn(peer)).toEqual(texts(2000));
  });
});

describe('over TLS nothing is sent', () => {
  test.each<[string, string, (tls: SenderOptions['tls']) => SenderOptions['tls'], RegExp]>([
    [
      'under an authority that nobody named',
      'DNS:localhost',
      ({ ca: _, ...rest } = {}) => rest,
      /certificate/,
    ],
    ['under another’s name', 'DNS:other.example.org', (tls) => tls, /does not match/],
    [
      'without a file that the conf names',
      'DNS:localhost',
      (tls) => ({ ...tls, ca: '/nowhere.pem' }),
      /ENOENT/,
    ],
  ])('%s', async (_, names, changed, problem) => {
    const { peer, url, tls } = await startSecure('imrelp', names);
    const sender = startSender(url, { tls: changed(tls) ?? {} });
    sendAll(sender, texts(10));
    await until(() => sender.status().lastError !== undefined);
    expect(sender.status().lastError).toMatch(problem);
    expect(sender.status()).toMatchObject({ connected: false, queued: 10 });
    expect(linesOf(peer.file)).toEqual([]);
  });

  test('to a sink without TLS, which is said', async () => {
    const peer = await startPeer({ kind: 'imtcp' });
    const sender = startSender(urlOf(peer.port, 'relp+tls'), { connectMs: 2000 });
    sendAll(sender, texts(10));
    await until(() => sender.status().lastError !== undefined);
    expect(sender.status()).toMatchObject({ connected: false, queued: 10 });
  });
});

/** Passes bytes on to a port, and cuts each connection after as many as `cutAfter` says. */
async function startCutter(
  to: number,
  cutAfter: () => number,
): Promise<{ port: number; cuts: () => number }> {
  let cuts = 0;
  const open = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect({ host: '127.0.0.1', port: to });
    const both = [near, far];
    let left = cutAfter();
    const cut = () => {
      for (const each of both) each.resetAndDestroy();
    };
    for (const each of both) {
      open.add(each);
      each.on('error', () => undefined);
      each.on('close', () => {
        for (const other of both) other.destroy();
      });
    }
    const pass = (chunk: Buffer, out: Socket) => {
      out.write(chunk.subarray(0, left));
      left -= chunk.length;
      if (left > 0) return;
      cuts += 1;
      // What was written is to arrive: the cut is to come in the middle of the bytes.
      out.end(cut);
    };
    near.on('data', (chunk) => left > 0 && pass(chunk, far));
    far.on('data', (chunk) => left > 0 && pass(chunk, near));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => {
    for (const each of open) each.destroy();
    server.close();
  });
  const address = server.address();
  return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, cuts: () => cuts };
}

describe('over RELP nothing is lost', () => {
  test('by connections that are cut at random bytes', async () => {
    const count = 10_000;
    const peer = await startPeer({ kind: 'imrelp' });
    const cutter = await startCutter(peer.port, () => 1 + Math.floor(Math.random() * 100_000));
    const sender = startSender(urlOf(cutter.port, 'relp'));
    sendAll(sender, texts(count));
    await until(() => sender.status().queued === 0);
    expect(cutter.cuts()).toBeGreaterThan(5);
    await until(() => textsIn(peer).includes(`record ${count - 1}`));
    expect(firstTimes(textsIn(peer))).toEqual(texts(count));
  });

  test('by kill -9 of the sender, whenever it comes', async () => {
    const peer = await startPeer({ kind: 'imrelp' });
    const folder = temporaryFolder();
    const accepted = join(folder, 'accepted');
    let from = 0;
    for (let run = 0; run < 3; run += 1) {
      const child = startChild(urlOf(peer.port, 'relp'), folder, from);
      const target = from + 700 + 900 * run;
      await until(() => lastNumber(accepted) >= target);
      child.kill('SIGKILL');
      await once(child, 'exit');
      from = lastNumber(accepted) + 1;
    }
    const sender = startSender(urlOf(peer.port, 'relp'), { spoolFolder: join(folder, 'spool') });
    sendAll(sender, ['last']);
    await until(() => textsIn(peer).at(-1) === 'last');
    const numbered = textsIn(peer).filter((text) => /^record \d+$/.test(text));
    const all = firstTimes(numbered).filter((text) => Number(text.slice(7)) < from);
    expect(all).toEqual(texts(from));
    // What was under way comes twice, at most.
    expect(textsIn(peer).length).toBeLessThan(from + 3 * 800);
  });
});
