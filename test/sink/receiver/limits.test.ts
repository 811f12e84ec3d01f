/** Who sends too much, too slowly or nothing at all, on real sockets. */
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, test } from 'vitest';
import { relpFrame } from '../../../src/sink/formats/relp.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { relpClient } from '../relp-client.ts';
import { OFFERS } from '../streams.ts';
import { connectTo, linesIn, sendOnce, sentLinesOf, startSink, until } from '../support.ts';

const numbered = (name: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `${name}: ${from + i}`);

describe('a guest that sends too many lines', () => {
  test('waits, and loses nothing; another does not wait', async () => {
    const clock = manualClock();
    const sink = await startSink({ clock, limits: { guestRate: 100 } });
    const [loud, quiet] = [await connectTo(sink.port), await connectTo(sink.port)];
    loud.write(`${numbered('loud', 150).join('\n')}\n`);
    await linesIn(sink.file, 150);
    loud.write(`${numbered('loud', 50, 150).join('\n')}\n`);
    for (let i = 0; i < 20; i += 1) {
      quiet.write(`quiet: ${i}\n`);
      await linesIn(sink.file, 151 + i);
    }
    expect(sentLinesOf(sink.file).slice(150)).toEqual(numbered('quiet', 20));
    await clock.advance(500);
    await linesIn(sink.file, 220);
    expect(sentLinesOf(sink.file).slice(170)).toEqual(numbered('loud', 50, 150));
    expect(sink.status().delayed).toBe(200);
    await clock.advance(5000);
    expect(sink.notices.map(({ text, fields }) => [text, fields])).toEqual([
      ['too many lines, the sender has to wait', { guest: 'loud', limit: 100 }],
      ['no longer too many lines', { guest: 'loud', delayed: 200 }],
    ]);
  });

  test('waits no longer when the sink stops: what it sent is read', async () => {
    const clock = manualClock();
    const sink = await startSink({ clock, limits: { totalRate: 10 } });
    const socket = await connectTo(sink.port);
    socket.resume();
    socket.write(`${numbered('loud', 1000).join('\n')}\n`);
    await linesIn(sink.file, 1000);
    socket.write('loud: last\n');
    const closed = sink.close();
    await once(socket, 'end');
    socket.end();
    await closed;
    expect(sentLinesOf(sink.file).at(-1)).toBe('loud: last');
  });
});

describe('a client that does not come to the point', () => {
  test('speaks plain lines where its few bytes could become anything', async () => {
    const clock = manualClock();
    const sink = await startSink({ clock, limits: { openingMs: 1000 } });
    const socket = await connectTo(sink.port);
    socket.write('12');
    await until(() => clock.sleepers() > 0 && sink.status().connections === 1);
    await clock.advance(2000);
    socket.write(' <monkeys>\n');
    await linesIn(sink.file, 1);
    expect(sentLinesOf(sink.file)).toEqual(['12 <monkeys>']);
  });

  test('is let go where it begins RELP and never opens it, and one that says nothing stays', async () => {
    const clock = manualClock();
    const sink = await startSink({ clock, limits: { openingMs: 1000 } });
    const [slow, silent] = [await connectTo(sink.port), await connectTo(sink.port)];
    const open = relpFrame(1, 'open', Buffer.from(OFFERS));
    slow.write(open.subarray(0, 20));
    slow.resume();
    await until(() => sink.status().connections === 2);
    const gone = once(slow, 'end');
    // The sink has to have read the bytes first: a look that came before them finds nobody late.
    for (let looked = 0; looked < 100 && sink.status().connections === 2; looked += 1) {
      await clock.advance(250);
    }
    await gone;
    await until(() => sink.status().connections === 1);
    silent.write('still here\n');
    await linesIn(sink.file, 1);
  });

  test('has its time from its first byte on, however long it was silent before', async () => {
    const clock = manualClock();
    const sink = await startSink({ clock, limits: { openingMs: 1000 } });
    const socket = await connectTo(sink.port);
    await until(() => sink.status().connections === 1);
    await clock.advance(60_000);
    socket.write('12');
    await until(() => sink.status().bytes.plain === 2);
    await clock.advance(900);
    socket.write(' <13>some words');
    await linesIn(sink.file, 1);
    expect(sink.status().records.syslog).toBe(1);
  });

  test('makes room, where it never said a byte, for one that comes when there is none', async () => {
    const clock = manualClock();
    const sink = await startSink({ clock, limits: { connections: 3, openingMs: 1000 } });
    const talking = await connectTo(sink.port);
    talking.write('nii3: one\n');
    await linesIn(sink.file, 1);
    const [first, second] = [await connectTo(sink.port), await connectTo(sink.port)];
    await until(() => sink.status().connections === 3);
    const refused = connect(sink.port, '127.0.0.1').on('error', () => undefined);
    await new Promise((closed) => refused.on('close', closed));
    await clock.advance(1000);
    first.resume();
    const ended = once(first, 'end');
    await sendOnce(sink.port, 'nii4: two\n');
    await ended;
    second.write('nii5: three\n');
    talking.write('nii3: four\n');
    await linesIn(sink.file, 4);
    expect(sink.status().refused).toBe(1);
  });

  test('is let go when it is silent in a RELP session, and is told so', async () => {
    const clock = manualClock();
    const sink = await startSink({ clock, limits: { idleMs: 60_000 } });
    const client = await relpClient(sink.port);
    await clock.advance(120_000);
    await client.gone;
    expect(client.serverCloses).toBe(true);
    await until(() => sink.status().connections === 0);
  });

  test('is let go where its bytes are of no more use', async () => {
    const sink = await startSink({ limits: { graceMs: 50 } });
    const socket = await connectTo(sink.port);
    socket.resume();
    socket.write('4 <13>x <13>y');
    await once(socket, 'end');
    await until(() => sink.status().connections === 0);
    expect(sentLinesOf(sink.file)).toEqual(['<13>']);
  });

  test('and never reads its answers is let go, too, and holds no more than its share', async () => {
    const clock = manualClock();
    const limits = { idleMs: 60_000, unackedBytes: 10_000 };
    const sink = await startSink({ clock, limits });
    const socket = await connectTo(sink.port);
    socket.pause();
    socket.write(relpFrame(1, 'open', Buffer.from(OFFERS)));
    const frames = Buffer.from('2 syslog 0\n'.repeat(10_000));
    let taken = true;
    // Until the buffers of the two kernels are full and the sink doesn't read on.
    for (let sent = 0; taken && sent < 1000; sent += 1) {
      socket.write(frames);
      taken = await Promise.race([
        once(socket, 'drain').then(() => true),
        new Promise<boolean>((resolve) => setTimeout(resolve, 300, false)),
      ]);
    }
    expect(taken).toBe(false);
    await clock.advance(200_000);
    await until(() => sink.status().connections === 0);
  });

  test('does not keep the sink from others', async () => {
    const sink = await startSink();
    for (const beginning of ['', '1', '<', '<13>', '5 <', '1 open 9']) {
      const socket = await connectTo(sink.port);
      socket.write(beginning);
    }
    await sendOnce(sink.port, 'nii3: here\n');
    await linesIn(sink.file, 1);
  });
});
