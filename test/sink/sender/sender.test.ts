/** The sender against real sinks on real sockets: nothing is lost, and the order stays. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { systemClock } from '../../../src/system/clock.ts';
import { freePort } from '../../support/program.ts';
import { texts, textsOf, unsent } from '../records.ts';
import { linesIn, sentLinesOf, startSink, temporaryFolder, until } from '../support.ts';
import { lastNumber, sendAll, startChild, startSender, startServer, urlOf } from './help.ts';

const clock = systemClock();

describe('the sender', () => {
  test('sends what the sink writes in the thesis form', async () => {
    const sink = await startSink();
    const sender = startSender(urlOf(sink.port));
    const fields = [['request', '01J']] as const;
    sender.send({ ...unsent('Requesting migration of VM: just moving'), fields });
    sender.send({ ...unsent('Starting VMManage', Date.UTC(2009, 4, 13)) });
    await linesIn(sink.file, 2);
    expect(sentLinesOf(sink.file)).toEqual([
      'nii3: Requesting migration of VM: just moving [request=01J]',
      'nii3: Starting VMManage [at=2009-05-13T00:00:00.000Z]',
    ]);
    await until(() => sender.status().queued === 0);
    expect(sender.status()).toEqual({
      connected: true,
      url: urlOf(sink.port),
      queued: 0,
      dropped: 0,
      lastError: undefined,
      spoolError: undefined,
    });
  });

  test('keeps what it cannot send, says why, and sends it when there is a sink', async () => {
    const port = await freePort();
    const sender = startSender(urlOf(port));
    sendAll(sender, texts(100));
    await until(() => sender.status().lastError !== undefined);
    expect(sender.status()).toMatchObject({ connected: false, queued: 100, dropped: 0 });
    expect(sender.status().lastError).toContain('ECONNREFUSED');
    const sink = await startSink({ listen: { host: '127.0.0.1', port } });
    await linesIn(sink.file, 100);
    expect(textsOf(sentLinesOf(sink.file))).toEqual(texts(100));
    await until(() => sender.status().queued === 0);
    expect(sender.status().lastError).toBeUndefined();
  });

  test('tells what the bound of its spool dropped, once sending goes on', async () => {
    const port = await freePort();
    const sender = startSender(urlOf(port), { spoolMaxBytes: 64 * 1024 });
    sendAll(sender, texts(2000));
    const { dropped, queued } = sender.status();
    expect(dropped + queued).toBe(2000);
    expect(dropped).toBeGreaterThan(500);
    const sink = await startSink({ listen: { host: '127.0.0.1', port } });
    await linesIn(sink.file, queued + 1);
    const [notice, ...rest] = textsOf(sentLinesOf(sink.file));
    expect(notice).toContain(`Dropped ${dropped} log records`);
    expect(rest).toEqual(texts(queued, dropped));
  });

  test('works without a disk, and says so', async () => {
    const spoolFolder = join(temporaryFolder(), 'file');
    writeFileSync(spoolFolder, '');
    const sink = await startSink();
    const sender = startSender(urlOf(sink.port), { spoolFolder });
    sendAll(sender, texts(10));
    await linesIn(sink.file, 10);
    expect(textsOf(sentLinesOf(sink.file))).toEqual(texts(10));
    expect(sender.status().spoolError).toContain('records wait in memory');
  });

  test('refuses what is no address of a sink, and to have none', () => {
    expect(() => startSender('', { urls: ['relp://main'] })).toThrow(
      'sink relp://main: the port is missing: relp://main:31000, say',
    );
    expect(() => startSender('', { urls: [] })).toThrow('no sink is named');
  });
});

describe('closing', () => {
  test('waits for the queue to empty', async () => {
    const sink = await startSink();
    const sender = startSender(urlOf(sink.port));
    sendAll(sender, texts(1000));
    await sender.close({ drainMs: 10_000 });
    await linesIn(sink.file, 1000);
    expect(textsOf(sentLinesOf(sink.file))).toEqual(texts(1000));
  });

  test('leaves what it could not send for the next start', async () => {
    const port = await freePort();
    const spoolFolder = join(temporaryFolder(), 'spool');
    const first = startSender(urlOf(port), { spoolFolder });
    sendAll(first, texts(10));
    await first.close({ drainMs: 1 });
    const sink = await startSink({ listen: { host: '127.0.0.1', port } });
    sendAll(startSender(urlOf(port), { spoolFolder }), texts(10, 10));
    await linesIn(sink.file, 20);
    expect(textsOf(sentLinesOf(sink.file))).toEqual(texts(20));
  });

  test('is not held up by a sink that reads nothing', async () => {
    const { port } = await startServer((socket) => socket.pause());
    const sender = startSender(urlOf(port));
    const big = 'x'.repeat(4000);
    sendAll(
      sender,
      texts(3000).map((text) => text + big),
    );
    await until(() => sender.status().connected);
    await sender.close({ drainMs: 20 });
  });
});

describe('a sink that goes', () => {
  test('in order, and comes back, many times in the middle: all is there once, in order', async () => {
    const count = 20_000;
    const file = join(temporaryFolder(), 'central.log');
    let sink = await startSink({ file });
    const listen = { host: '127.0.0.1', port: sink.port };
    const sender = startSender(urlOf(sink.port));
    for (let sent = 0; sent < count; sent += 500) {
      sendAll(sender, texts(500, sent));
      await new Promise((turn) => setImmediate(turn));
      if (sent % 2000 !== 1000) continue;
      // In the middle of what it sends, not before it begins.
      await until(() => sink.status().lines > 0);
      await sink.close();
      sink = await startSink({ file, listen });
    }
    await until(() => sender.status().queued === 0);
    await sender.close({ drainMs: 1000 });
    await sink.close();
    expect(textsOf(sentLinesOf(file))).toEqual(texts(count));
  });

  test('before it accepted the connection: what its kernel took is sent again', async () => {
    const file = join(temporaryFolder(), 'central.log');
    const port = await freePort();
    const stalled = stalledListener(port);
    await stalled.listening;
    // However slow this machine is, the connection stays young.
    const sender = startSender(urlOf(port), { clock: { ...clock, monotonicMs: () => 0 } });
    sendAll(sender, texts(100));
    await until(() => sender.status().queued === 0);
    await stalled.kill();
    const sink = await startSink({ file, listen: { host: '127.0.0.1', port } });
    await linesIn(sink.file, 100);
    expect(textsOf(sentLinesOf(file))).toEqual(texts(100));
  });

  test('with a FIN: nothing more is written to that connection', async () => {
    const lines: string[][] = [];
    const { port } = await startServer((socket, count) => {
      const mine: string[] = [];
      lines.push(mine);
      socket.on('data', (chunk) => {
        mine.push(...chunk.toString().split('\n').slice(0, -1));
        if (count === 1) socket.end();
      });
      socket.on('end', () => mine.push('END'));
    });
    const sender = startSender(urlOf(port));
    sendAll(sender, ['one']);
    await until(() => lines[0]?.at(-1) === 'END');
    sendAll(sender, ['two']);
    await until(() => lines[1]?.length === 1);
    expect(lines).toEqual([['nii3: one', 'END'], ['nii3: two']]);
  });
});

describe('a sender that is killed', () => {
  test('with -9, several times: all that send returned for arrives, in order', async () => {
    const sink = await startSink();
    const folder = temporaryFolder();
    const accepted = join(folder, 'accepted');
    let from = 0;
    for (let run = 0; run < 3; run += 1) {
      const child = startChild(urlOf(sink.port), folder, from);
      const target = from + 700 + 900 * run;
      await until(() => lastNumber(accepted) >= target);
      child.kill('SIGKILL');
      await once(child, 'exit');
      from = lastNumber(accepted) + 1;
    }
    const sender = startSender(urlOf(sink.port), { spoolFolder: join(folder, 'spool') });
    sendAll(sender, ['last']);
    await until(() => textsOf(sentLinesOf(sink.file)).at(-1) === 'last');
    const whole = textsOf(sentLinesOf(sink.file)).filter((text) => /^record \d+$/.test(text));
    const seen = new Set<string>();
    const firstTimes = whole.filter((text) => !seen.has(text) && seen.add(text));
    expect(firstTimes.filter((text) => Number(text.slice(7)) < from)).toEqual(texts(from));
    // What a kill makes come twice is one batch at most.
    expect(whole.length - firstTimes.length).toBeLessThan(3 * 200);
  });
});

/** A process that listens and never accepts, as a sink does in the moment before it stops. */
function stalledListener(port: number) {
  const program = `
    const server = require('node:net').createServer().listen(${port}, '127.0.0.1', () => {
      process.stdout.write('listening', () => {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      });
    });`;
  const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'inherit'] });
  return {
    listening: once(child.stdout, 'data'),
    kill: async () => {
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
