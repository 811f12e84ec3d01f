/** The sink on real sockets: framing, limits, crowds, a disk that is slow or full, an orderly stop. */
import { once } from 'node:events';
import { appendFileSync, renameSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { manualClock } from '../../support/manual-clock.ts';
import { failingDisk } from '../failing-disk.ts';
import {
  connectTo,
  linesIn,
  sendOnce,
  sentLine,
  sentLinesOf,
  startSink,
  temporaryFolder,
  until,
} from '../support.ts';

const THESIS_LINE = 'nii3: Requesting migration of VM: just moving';

describe('lines', () => {
  test('get the epoch and the date in front', async () => {
    const clock = manualClock({ wallMs: 1_242_232_480_000 });
    const sink = await startSink({ clock, store: { zone: 'Europe/Oslo' } });
    await sendOnce(sink.port, `${THESIS_LINE}\n`);
    expect(await linesIn(sink.file, 1)).toEqual([
      `1242232480 Wed May 13 18:34:40 CEST 2009 ${THESIS_LINE} [peer=127.0.0.1]`,
    ]);
  });

  test('come in pieces over a connection that stays', async () => {
    const sink = await startSink();
    const socket = await connectTo(sink.port);
    for (const piece of ['nii3: on', 'e\nnii3: ', 'two\r\nni', 'i3: three\n']) {
      await new Promise((written) => socket.write(piece, written));
    }
    await linesIn(sink.file, 3);
    expect(sentLinesOf(sink.file)).toEqual(['nii3: one', 'nii3: two', 'nii3: three']);
  });

  test('one message per connection, with and without a newline', async () => {
    const sink = await startSink();
    const messages = Array.from({ length: 50 }, (_, i) => `nii${i}: one`);
    await Promise.all(messages.map((m, i) => sendOnce(sink.port, i % 2 ? m : `${m}\n`)));
    await linesIn(sink.file, 50);
    expect(sentLinesOf(sink.file).sort()).toEqual(messages.sort());
  });

  test('cannot forge another, drive a terminal or run anything', async () => {
    const sink = await startSink();
    await sendOnce(sink.port, 'a\r1 Wed\x1b[2J\u2028$(touch x)`id`\u202e\xff\n');
    await linesIn(sink.file, 1);
    expect(sentLinesOf(sink.file)).toEqual([
      'a\\x0d1 Wed\\x1b[2J\\xe2\\x80\\xa8$(touch x)`id`\\xe2\\x80\\xaeÿ',
    ]);
  });

  test('over the limit are cut and marked, those at it are not', async () => {
    const sink = await startSink();
    const atLimit = 'x'.repeat(8192);
    await sendOnce(sink.port, `${atLimit}\n${atLimit}y\n${'z'.repeat(1e6)}\nnext\n`);
    await linesIn(sink.file, 4);
    expect(sentLinesOf(sink.file)).toEqual([
      atLimit,
      `${atLimit} [cut: over the limit]`,
      `${'z'.repeat(8192)} [cut: over the limit]`,
      'next',
    ]);
  });

  test('torn by a connection that breaks are kept and marked', async () => {
    const sink = await startSink();
    const socket = await connectTo(sink.port);
    socket.write('whole\nto');
    await linesIn(sink.file, 1);
    socket.resetAndDestroy();
    await linesIn(sink.file, 2);
    expect(sentLinesOf(sink.file)).toEqual(['whole', 'to [torn: the connection broke]']);
  });
});

describe('crowds', () => {
  test('idle and slow clients keep nobody waiting', async () => {
    const sink = await startSink();
    const idle = await Promise.all(Array.from({ length: 200 }, () => connectTo(sink.port)));
    const slow = idle.slice(0, 50);
    for (const socket of slow) socket.write('s');
    const served = await connectTo(sink.port);
    for (let i = 0; i < 20; i += 1) {
      served.write(`served ${i}\n`);
      for (const socket of slow) socket.write('s');
      await linesIn(sink.file, i + 1);
    }
    expect(sink.status().connections).toBe(201);
    for (const socket of slow) socket.end('\n');
    await linesIn(sink.file, 70);
    expect(sentLinesOf(sink.file).slice(20)).toEqual(Array(50).fill('s'.repeat(21)));
  });

  test('over the limit of connections the new one is refused, counted, and said once', async () => {
    const sink = await startSink({ limits: { connections: 2 } });
    const first = await connectTo(sink.port);
    await connectTo(sink.port);
    await until(() => sink.status().connections === 2);
    for (let refused = 1; refused <= 3; refused += 1) {
      const socket = connect(sink.port, '127.0.0.1');
      socket.on('error', () => undefined);
      await new Promise((closed) => socket.on('close', closed));
      expect(sink.status().refused).toBe(refused);
    }
    first.end('bye\n');
    await until(() => sink.status().connections === 1);
    await sendOnce(sink.port, 'room again\n');
    await linesIn(sink.file, 2);
    expect(sink.notices.map(({ text, fields }) => [text, fields])).toEqual([
      ['too many connections', { limit: 2 }],
      ['room for connections again', { refused: 3 }],
    ]);
  });

  test('a client that says nothing for the idle time is let go, another is not', async () => {
    const clock = manualClock();
    const sink = await startSink({ clock, limits: { idleMs: 1000 } });
    const [idle, busy] = [await connectTo(sink.port), await connectTo(sink.port)];
    await until(() => sink.status().connections === 2);
    await clock.advance(900);
    busy.write('here\n');
    await linesIn(sink.file, 1);
    idle.resume();
    const ended = once(idle, 'end');
    await clock.advance(200);
    await ended;
    await until(() => sink.status().connections === 1);
    busy.write('still here\n');
    await linesIn(sink.file, 2);
  });
});

describe('the disk', () => {
  test('while it is slow, senders wait and memory is bounded; then all is there', async () => {
    const disk = failingDisk();
    let release = () => {};
    disk.gate = new Promise((resolve) => {
      release = resolve;
    });
    const sink = await startSink({ disk, limits: { pendingBytes: 100_000 } });
    const socket = await connectTo(sink.port);
    const lines = Array.from({ length: 40_000 }, (_, i) => `${i} ${'x'.repeat(400)}`);
    socket.end(`${lines.join('\n')}\n`);
    await until(() => sink.status().pendingBytes > 100_000);
    const late = await connectTo(sink.port);
    late.end('late\n');
    await until(() => sink.status().connections === 2);
    expect(sink.status().pendingBytes).toBeLessThan(400_000);
    expect(sink.status().lines).toBeLessThan(lines.length);
    release();
    await until(() => sink.status().connections === 0 && sink.status().pendingBytes === 0);
    const written = (disk.files[0] ?? '').split('\n').slice(0, -1);
    const sent = written.map(sentLine);
    expect(sent.filter((line) => line !== 'late')).toEqual(lines);
    expect(sent).toContain('late');
  });

  test('full: nothing accepted is lost, and it goes on by itself when there is room', async () => {
    const disk = failingDisk();
    disk.room = 10_000;
    const { openOutput } = disk;
    const sink = await startSink({ disk: { openOutput, retry: { firstMs: 1, maxMs: 2 } } });
    const lines = Array.from({ length: 1000 }, (_, i) => `line ${i}`);
    await sendOnce(sink.port, lines.join('\n'));
    await until(() => disk.failures > 3);
    await sendOnce(sink.port, 'more\n');
    disk.room = Number.POSITIVE_INFINITY;
    await until(() => sink.status().pendingBytes === 0);
    const written = (disk.files[0] ?? '').split('\n').slice(0, -1);
    expect(written.map(sentLine)).toEqual([...lines, 'more']);
    expect(sink.notices.map(({ level }) => level)).toEqual(['error', 'info']);
  });
});

describe('the file', () => {
  test('is opened anew on request, as logrotate asks', async () => {
    const sink = await startSink();
    await sendOnce(sink.port, 'one\n');
    await linesIn(sink.file, 1);
    renameSync(sink.file, `${sink.file}.1`);
    await sink.reopen();
    await sendOnce(sink.port, 'two\n');
    await linesIn(sink.file, 1);
    expect(sentLinesOf(sink.file)).toEqual(['two']);
    expect(sentLinesOf(`${sink.file}.1`)).toEqual(['one']);
  });

  test('is appended to over restarts', async () => {
    const file = join(temporaryFolder(), 'log');
    appendFileSync(file, 'old\n');
    const first = await startSink({ file });
    await sendOnce(first.port, 'one\n');
    await first.close();
    const second = await startSink({ file, listen: { host: '127.0.0.1', port: first.port } });
    await sendOnce(second.port, 'two\n');
    await second.close();
    expect(sentLinesOf(file)).toEqual(['old', 'one', 'two']);
  });
});

describe('the orderly stop', () => {
  test('reads on until the client has ended, and writes everything', async () => {
    const sink = await startSink();
    const socket = connect({ port: sink.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.write('before\n');
    await linesIn(sink.file, 1);
    socket.resume();
    const fin = once(socket, 'end');
    const closed = sink.close();
    await fin;
    socket.write('after the FIN\nand a last one');
    socket.end();
    await closed;
    expect(sentLinesOf(sink.file)).toEqual(['before', 'after the FIN', 'and a last one']);
  });

  test('waits no longer than its bound for a client that never ends', async () => {
    const sink = await startSink({ limits: { graceMs: 20 } });
    const socket = connect({ port: sink.port, host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined);
    socket.write('whole\ntorn');
    await linesIn(sink.file, 1);
    await sink.close();
    expect(sentLinesOf(sink.file)).toEqual(['whole', 'torn [torn: the connection broke]']);
  });

  test('a port in use is an error at once', async () => {
    const { port } = await startSink();
    await expect(startSink({ listen: { host: '127.0.0.1', port } })).rejects.toThrow('EADDRINUSE');
  });
});
