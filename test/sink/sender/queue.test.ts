/** The queue and its spool: order, restarts, torn files, bounds, a disk that fails. */
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Queue, type QueueOptions } from '../../../src/sink/sender/queue.ts';
import type { LogRecord } from '../../../src/wire/log-record.ts';
import { type ManualClock, manualClock } from '../../support/manual-clock.ts';
import { segmentsIn, texts, unsent } from '../records.ts';
import { temporaryFolder } from '../support.ts';

interface TestQueue extends Queue {
  readonly clock: ManualClock;
  readonly folder: string;
}

function openQueue(change: Partial<QueueOptions> = {}): TestQueue {
  const clock = manualClock();
  const folder = change.folder ?? join(temporaryFolder(), 'spool');
  const options = { folder, maxBytes: 1024 * 1024, memoryBytes: 10_000, clock, ...change };
  return Object.assign(new Queue(options), { clock, folder });
}

function push(queue: Queue, all: readonly string[]): void {
  for (const text of all) queue.push(unsent(text, 0));
}

/** Takes everything, as a connection that never breaks would. */
function takeAll(queue: Queue): string[] {
  const taken: string[] = [];
  for (let batch = queue.next(); batch.length > 0; batch = queue.next()) {
    taken.push(...batch.map((record) => record.text));
    queue.taken(batch.length);
  }
  return taken;
}

describe('the queue', () => {
  test('gives the records in order, each once, and counts them until they are taken', () => {
    const queue = openQueue();
    push(queue, ['a', 'b']);
    expect(queue.next().map(({ text }) => text)).toEqual(['a', 'b']);
    push(queue, ['c']);
    expect(queue.next().map(({ text }) => text)).toEqual(['c']);
    expect(queue.next()).toEqual([]);
    expect(queue.length).toBe(3);
    queue.taken(1);
    expect(queue.length).toBe(2);
    queue.taken(2);
    expect(queue.length).toBe(0);
  });

  test('gives again what was not taken of all that is out, over a restart too', () => {
    const queue = openQueue();
    push(queue, ['a', 'b']);
    queue.next();
    push(queue, ['c']);
    queue.next();
    queue.taken(1);
    expect(takeAll(openQueue({ folder: queue.folder }))).toEqual(['b', 'c']);
    queue.giveBack([]);
    expect(takeAll(queue)).toEqual(['b', 'c']);
  });

  test('numbers grow by one, over restarts and over segments too', () => {
    const first = openQueue({ maxBytes: 64 * 1024 });
    push(first, texts(100));
    const before = first.next().map(({ seq }) => seq);
    first.taken(before.length);
    first.close();
    const second = openQueue({ folder: first.folder });
    push(second, ['next']);
    const after = second.next().map(({ seq }) => seq);
    const start = before[0] ?? 0;
    expect([...before, ...after]).toEqual(
      Array.from({ length: before.length + after.length }, (_, i) => start + i),
    );
  });

  test('numbers grow over the loss of the whole folder', () => {
    const first = openQueue();
    push(first, ['a']);
    const seq = first.next()[0]?.seq ?? 0;
    rmSync(first.folder, { recursive: true });
    const second = openQueue({ folder: first.folder, clock: manualClock({ wallMs: seq + 5 }) });
    push(second, ['b']);
    expect(second.next()[0]?.seq).toBeGreaterThan(seq);
  });

  test('once closed leaves the folder to its next owner', () => {
    const first = openQueue();
    push(first, ['a']);
    first.close();
    const second = openQueue({ folder: first.folder });
    push(first, ['late']);
    push(second, ['b']);
    expect(takeAll(second)).toEqual(['a', 'b']);
    expect(first.dropped).toBe(1);
  });

  test('what came back is given before everything else', () => {
    const queue = openQueue();
    push(queue, ['a']);
    const delivered = queue.next();
    queue.taken(delivered.length);
    push(queue, ['b']);
    queue.next();
    push(queue, ['c']);
    queue.giveBack(delivered);
    expect(takeAll(queue)).toEqual(['a', 'b', 'c']);
  });

  test('what came back is given again after a restart', () => {
    const queue = openQueue();
    push(queue, ['a', 'b']);
    const delivered = queue.next();
    queue.taken(delivered.length);
    queue.giveBack(delivered);
    expect(takeAll(openQueue({ folder: queue.folder }))).toEqual(['a', 'b']);
  });

  test('a record of any size is bounded and says so', () => {
    const queue = openQueue();
    const fields = Array.from({ length: 100 }, (_, i) => [`f${i}`, 'v'.repeat(5000)] as const);
    queue.push({ ...unsent('\u0001'.repeat(1e6)), fields });
    const [record] = queue.next();
    expect(record?.text).toHaveLength(8192);
    expect(record?.text.endsWith('…')).toBe(true);
    expect(record?.fields).toHaveLength(32);
  });
});

describe('a restart', () => {
  test('goes on with what was not taken', () => {
    const first = openQueue();
    push(first, texts(500));
    const taken = first.next().map(({ text }) => text);
    first.taken(taken.length);
    first.next();
    // No close: this is what a kill leaves.
    const second = openQueue({ folder: first.folder });
    push(second, ['next']);
    expect(second.length).toBe(500 - taken.length + 1);
    expect([...taken, ...takeAll(second)]).toEqual([...texts(500), 'next']);
  });

  test('goes on with what had left and was given back, though its segments had gone', () => {
    const first = openQueue({ maxBytes: 128 * 1024 });
    push(first, texts(300));
    const left: LogRecord[] = [];
    for (let batch = first.next(); batch.length > 0; batch = first.next()) {
      left.push(...batch);
      first.taken(batch.length);
    }
    expect(segmentsIn(first.folder)).toHaveLength(1);
    first.giveBack(left.slice(100));
    push(first, ['next']);
    expect(first.length).toBe(201);
    // No close: this is what a kill leaves.
    expect(takeAll(openQueue({ folder: first.folder }))).toEqual([...texts(200, 100), 'next']);
  });

  test('drops a torn last line, whose record nobody was promised', () => {
    const first = openQueue();
    push(first, ['a', 'b']);
    appendFileSync(join(first.folder, segmentsIn(first.folder)[0] ?? ''), '{"v":1,"timeMs":12');
    const second = openQueue({ folder: first.folder });
    push(second, ['c']);
    expect(takeAll(second)).toEqual(['a', 'b', 'c']);
  });

  test('sends everything again where the position is damaged', () => {
    const first = openQueue();
    push(first, ['a', 'b']);
    first.taken(first.next().length);
    push(first, ['c']);
    writeFileSync(join(first.folder, 'position.json'), '\0'.repeat(40));
    expect(takeAll(openQueue({ folder: first.folder }))).toEqual(['a', 'b', 'c']);
  });

  test('keeps no segment that was sent, and leaves files that are not its own', () => {
    const first = openQueue({ maxBytes: 64 * 1024 });
    push(first, texts(500));
    writeFileSync(join(first.folder, 'README'), '');
    expect(segmentsIn(first.folder).length).toBeGreaterThan(5);
    takeAll(first);
    first.close();
    expect(segmentsIn(first.folder)).toHaveLength(1);
    expect(readFileSync(join(first.folder, 'README'), 'utf8')).toBe('');
  });

  test('damage in the middle costs the damaged records only, and is told in their place', () => {
    const first = openQueue();
    push(first, texts(5));
    const path = join(first.folder, segmentsIn(first.folder)[0] ?? '');
    const lines = readFileSync(path, 'utf8').split('\n');
    lines[2] = '\0'.repeat(20);
    writeFileSync(path, lines.join('\n'));
    expect(takeAll(openQueue({ folder: first.folder }))).toEqual([
      'record 0',
      'record 1',
      'Dropped 1 log records: the spool was full or damaged',
      'record 3',
      'record 4',
    ]);
  });

  test('at any moment of any history nothing is lost, and the order stays', () => {
    const act = fc.constantFrom('push', 'push', 'take', 'next', 'break', 'restart');
    fc.assert(
      fc.property(fc.array(act, { maxLength: 40 }), (acts) => {
        let queue = openQueue({ maxBytes: 1024 * 1024 });
        const { folder } = queue;
        const pushed: string[] = [];
        const taken: string[] = [];
        let out: string[] = [];
        for (const each of acts) {
          if (each === 'push') push(queue, [`record ${pushed.push('') - 1}`]);
          if (each === 'next') out.push(...queue.next().map(({ text }) => text));
          if (each === 'break') queue.giveBack([]);
          if (each === 'restart') queue = openQueue({ folder });
          if (each === 'break' || each === 'restart') out = [];
          if (each !== 'take') continue;
          taken.push(...out.slice(0, 1));
          queue.taken(out.splice(0, 1).length);
        }
        queue.giveBack([]);
        expect([...taken, ...takeAll(queue)]).toEqual(texts(pushed.length));
      }),
      { numRuns: 60 },
    );
  });
});

describe('the bound of the spool', () => {
  test('drops the oldest, counts them, and tells of them where they stood', () => {
    const queue = openQueue({ maxBytes: 64 * 1024 });
    push(queue, texts(2000));
    expect(queue.dropped).toBeGreaterThan(500);
    expect(queue.length).toBe(2000 - queue.dropped);
    const [notice, ...rest] = takeAll(queue);
    expect(notice).toBe(`Dropped ${queue.dropped} log records: the spool was full or damaged`);
    expect(rest).toEqual(texts(2000 - queue.dropped, queue.dropped));
  });

  test('tells of them after a restart too, under a number of theirs', () => {
    const first = openQueue({ maxBytes: 64 * 1024 });
    push(first, texts(2000));
    const second = openQueue({ folder: first.folder, maxBytes: 64 * 1024 });
    const [notice, next] = second.next();
    expect(notice?.text).toContain(`Dropped ${first.dropped} log records`);
    expect(notice?.fields).toEqual([['dropped', String(first.dropped)]]);
    expect(next?.seq).toBe((notice?.seq ?? 0) + 1);
  });

  test('leaves alone what was already handed out', () => {
    const queue = openQueue({ maxBytes: 64 * 1024 });
    push(queue, texts(10));
    expect(queue.next()).toHaveLength(10);
    push(queue, texts(2000, 10));
    queue.giveBack([]);
    const all = takeAll(queue);
    expect(all.slice(0, 10)).toEqual(texts(10));
    expect(all[10]).toContain(`Dropped ${queue.dropped} log records`);
    expect(all).toHaveLength(2011 - queue.dropped);
  });
});

describe('a disk that fails', () => {
  /** Without its folder, a spool can't begin its next segment. */
  function onLostFolder() {
    const queue = openQueue({ maxBytes: 64 * 1024 });
    push(queue, ['on disk']);
    queue.taken(queue.next().length);
    rmSync(queue.folder, { recursive: true });
    const count = 60;
    push(queue, texts(count));
    return { queue, count };
  }

  test('leaves records in memory, says so, and keeps the order', () => {
    const { queue, count } = onLostFolder();
    expect(queue.trouble).toMatch(/^spool not written, records wait in memory: .*ENOENT/);
    expect(takeAll(queue)).toEqual(texts(count));
  });

  test('gets them when it works again, after a while', async () => {
    const { queue, count } = onLostFolder();
    mkdirSync(queue.folder);
    push(queue, ['too early']);
    expect(queue.trouble).toBeDefined();
    await queue.clock.advance(1000);
    push(queue, ['in time']);
    expect(queue.trouble).toBeUndefined();
    expect(segmentsIn(queue.folder)).not.toEqual([]);
    expect(takeAll(queue)).toEqual([...texts(count), 'too early', 'in time']);
  });

  test('memory is bounded, and what it drops is told of', () => {
    const { queue, count } = onLostFolder();
    push(queue, texts(1000, count));
    const all = takeAll(queue);
    expect(queue.dropped).toBeGreaterThan(900);
    expect(all.at(-1)).toBe(`record ${999 + count}`);
    expect(all.filter((text) => text.startsWith('Dropped'))).toEqual([
      `Dropped ${queue.dropped} log records: the spool was full or damaged`,
    ]);
  });

  test('at the start is no reason not to start', () => {
    const folder = join(temporaryFolder(), 'file');
    writeFileSync(folder, '');
    const queue = openQueue({ folder });
    expect(queue.trouble).toMatch(/^no spool until the next start, records wait in memory: /);
    push(queue, ['a', 'b']);
    expect(takeAll(queue)).toEqual(['a', 'b']);
    queue.close();
  });
});
