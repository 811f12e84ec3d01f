/** RELP on real sockets: what is answered when, what comes twice, and what an orderly stop says. */
import { describe, expect, test } from 'vitest';
import { failingDisk } from '../failing-disk.ts';
import { type RelpClient, relpClient } from '../relp-client.ts';
import { linesIn, sentLine, sentLinesOf, startSink, until } from '../support.ts';

/** As our sender says it. */
function record(seq: number, text = `record ${seq}`, name = 'nii3'): string {
  return `<30>1 - ${name} vmmanage - - [vmmanage@32473 boot="6f" seq="${seq}"] ${text}`;
}

const OK = '200 OK';

/** What becomes of a promise, without waiting for it. */
function watched(promise: Promise<unknown>): { done: boolean } {
  const state = { done: false };
  void promise.then(
    () => {
      state.done = true;
    },
    () => undefined,
  );
  return state;
}

/** A disk whose writes hang until they are let go. */
function hangingDisk() {
  const disk = failingDisk();
  let release = () => {};
  disk.gate = new Promise((resolve) => {
    release = resolve;
  });
  return { disk, release: () => release() };
}

/** Resolves when the sink has read all that was sent to it before. */
async function heard(client: RelpClient, read: () => number, count: number): Promise<void> {
  await until(() => read() >= count);
  expect(client.answered).toEqual([1]);
}

describe('an acknowledgement', () => {
  test('comes when the record is written', async () => {
    const { disk, release } = hangingDisk();
    const sink = await startSink({ disk });
    const client = await relpClient(sink.port);
    const answers = Promise.all([client.send(record(1)), client.send(record(2))]);
    await heard(client, () => sink.status().lines, 2);
    release();
    expect(await answers).toEqual([OK, OK]);
    expect((disk.files[0] ?? '').split('\n').map(sentLine)).toEqual([
      'nii3: record 1',
      'nii3: record 2',
      '',
    ]);
    expect(client.answered).toEqual([1, 2, 3]);
  });

  test('does not come while the disk is full, and then does by itself', async () => {
    const disk = failingDisk();
    disk.room = 10;
    const sink = await startSink({
      disk: { openOutput: disk.openOutput, retry: { firstMs: 1, maxMs: 2 } },
    });
    const client = await relpClient(sink.port);
    const answer = client.send(record(1));
    await until(() => disk.failures > 3);
    expect(client.answered).toEqual([1]);
    disk.room = Number.POSITIVE_INFINITY;
    expect(await answer).toBe(OK);
  });

  test('is not waited for by a client that sends more than may be unacknowledged', async () => {
    const { disk, release } = hangingDisk();
    const sink = await startSink({ disk, limits: { unackedBytes: 100_000 } });
    const [greedy, modest] = [await relpClient(sink.port), await relpClient(sink.port)];
    const count = 4000;
    const all = Array.from({ length: count }, (_, i) => greedy.send(record(i, 'x'.repeat(1000))));
    await until(() => sink.status().lines > 90);
    const answer = modest.send(record(1, 'modest', 'nii4'));
    const before = sink.status().pendingBytes;
    await until(() => sink.status().pendingBytes > before || sink.status().lines > 100);
    expect(sink.status().lines).toBeLessThan(count / 2);
    release();
    expect(await answer).toBe(OK);
    expect(new Set(await Promise.all(all))).toEqual(new Set([OK]));
    expect(greedy.answered).toEqual(Array.from({ length: count + 1 }, (_, i) => i + 1));
  });
});

describe('a record that is sent again', () => {
  test('after its connection broke is answered, and not written twice', async () => {
    const sink = await startSink();
    const first = await relpClient(sink.port);
    await first.send(record(1));
    first.cut();
    const second = await relpClient(sink.port);
    expect([await second.send(record(1)), await second.send(record(2))]).toEqual([OK, OK]);
    await linesIn(sink.file, 2);
    expect(sentLinesOf(sink.file)).toEqual(['nii3: record 1', 'nii3: record 2']);
    expect(sink.status()).toMatchObject({
      lines: 3,
      records: { plain: 0, syslog: 0, relp: 3 },
      acknowledged: 3,
      again: 1,
      marked: 0,
    });
    expect(sink.status().bytes.relp).toBeGreaterThan(3 * record(1).length);
  });

  test('is not written twice by a sink that was started anew, either', async () => {
    const first = await startSink();
    const before = await relpClient(first.port);
    for (let seq = 1; seq <= 100; seq += 1) await before.send(record(seq));
    await before.close();
    await first.close();
    const second = await startSink({ file: first.file });
    const after = await relpClient(second.port);
    for (let seq = 50; seq <= 150; seq += 1) expect(await after.send(record(seq))).toBe(OK);
    expect(sentLinesOf(first.file)).toEqual(
      Array.from({ length: 150 }, (_, i) => `nii3: record ${i + 1}`),
    );
  });

  test('before the first was written is answered only with it', async () => {
    const { disk, release } = hangingDisk();
    const sink = await startSink({ disk });
    const first = await relpClient(sink.port);
    first.send(record(1)).catch(() => undefined);
    await heard(first, () => sink.status().lines, 1);
    first.cut();
    const second = await relpClient(sink.port);
    const answer = second.send(record(1));
    const state = watched(answer);
    await heard(second, () => sink.status().again, 1);
    expect(state.done).toBe(false);
    release();
    expect(await answer).toBe(OK);
    expect((disk.files[0] ?? '').split('\n')).toHaveLength(2);
  });

  test('with another text is kept and marked, also after a start', async () => {
    const first = await startSink();
    const before = await relpClient(first.port);
    await before.send(record(1));
    await before.send(record(1, 'rolled back'));
    await first.close();
    const second = await startSink({ file: first.file });
    const after = await relpClient(second.port);
    await after.send(record(1, 'rolled back'));
    await after.send(record(1, 'once more'));
    expect(sentLinesOf(first.file)).toEqual([
      'nii3: record 1',
      'nii3: rolled back [seq 1 again, with another text]',
      'nii3: once more [seq 1 again, with another text]',
    ]);
  });
});

describe('the orderly stop', () => {
  test('answers what is in flight, and then says that it ends the session', async () => {
    const { disk, release } = hangingDisk();
    const sink = await startSink({ disk });
    const client = await relpClient(sink.port);
    const answers = Promise.all([client.send(record(1)), client.send(record(2))]);
    await heard(client, () => sink.status().lines, 2);
    const closed = sink.close();
    release();
    expect(await answers).toEqual([OK, OK]);
    await client.gone;
    expect(client.serverCloses).toBe(true);
    await closed;
  });

  test('leaves unanswered what the disk does not take in time', async () => {
    const disk = failingDisk();
    const limits = { graceMs: 30, flushMs: 30 };
    const sink = await startSink({ disk, limits });
    const client = await relpClient(sink.port);
    disk.room = 0;
    const answer = client.send(record(1));
    const failed = expect(answer).rejects.toThrow('ended before it was answered');
    await until(() => disk.failures > 0);
    await sink.close();
    await failed;
    expect(client.answered).toEqual([1]);
  });

  test('of the client is answered', async () => {
    const sink = await startSink();
    const client = await relpClient(sink.port);
    void client.send(record(1));
    expect(await client.close()).toBe('');
    await client.gone;
    expect(client.answered).toEqual([1, 2, 3]);
    await until(() => sink.status().connections === 0);
  });
});
