/** What a ledger remembers over kills, and how small it stays. */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/jobs/ledger.ts';
import { RUNS } from '../support/runs.ts';
import { tempFolder } from '../support/temp.ts';

const TIME = '2026-11-21T12:00:00.000Z';
const PLACE = { url: 'http://ci.example.org/builds', vm: 'db7' };

function fresh(): { path: string; ledger: Ledger } {
  const path = join(tempFolder(), 'builds.jsonl');
  return { path, ledger: Ledger.open(path).ledger };
}

function claimed(): { path: string; ledger: Ledger } {
  const opened = fresh();
  opened.ledger.append({ type: 'claiming', time: TIME, claim: 'C1', ...PLACE });
  opened.ledger.append({ type: 'claimed', time: TIME });
  return opened;
}

describe('a ledger', () => {
  it('knows nothing of a file that isn’t there', () => {
    const { ledger } = fresh();
    expect([ledger.claim, ledger.last]).toEqual([undefined, undefined]);
  });

  it('knows after a kill what it knew', () => {
    const { path, ledger } = claimed();
    ledger.append({ type: 'began', job: 'a' });
    ledger.append({ type: 'done', job: 'a', status: 'ok' });
    ledger.append({ type: 'began', job: 'b' });
    ledger.append({ type: 'tried', job: 'b', end: 'failed' });
    ledger.append({ type: 'began', job: 'b' }, 'later');
    ledger.append({ type: 'tried', job: 'b', end: 'lost' });
    ledger.append({ type: 'began', job: 'c' }, 'later');
    const { ledger: again, warnings } = Ledger.open(path);
    expect(warnings).toEqual([]);
    expect(again.claim).toEqual(ledger.claim);
    expect(again.claim).toMatchObject({ id: 'C1', held: true, ...PLACE });
    expect([...(again.claim?.done ?? [])]).toEqual([['a', 'ok']]);
    expect([...(again.claim?.began ?? [])]).toEqual(['c']);
    expect(again.claim?.failures.get('b')).toBe(1);
    expect(again.claim?.losses.get('b')).toBe(1);
  });

  it('drops a line that a kill has torn, and goes on behind it', () => {
    const { path } = claimed();
    appendFileSync(path, '{"v":1,"type":"done","job":"a","sta');
    const { ledger, warnings } = Ledger.open(path);
    expect(warnings).toEqual([]);
    ledger.append({ type: 'done', job: 'b', status: 'lost' });
    expect([...(Ledger.open(path).ledger.claim?.done ?? [])]).toEqual([['b', 'lost']]);
  });

  it.each([
    'rubbish',
    '{"v":2,"type":"done","job":"a","status":"ok"}',
    '{"v":1,"type":"done","job":"a","status":"great"}',
    '{"v":1,"type":"constructor"}',
    '{"v":1,"type":"claiming","time":"2026","claim":"C2","url":"builds","vm":"db7"}',
    'null',
  ])('leaves out what it doesn’t understand, and says so: %s', (line) => {
    const { path } = claimed();
    appendFileSync(path, `${line}\n{"v":1,"type":"done","job":"b","status":"ok"}\n`);
    const { ledger, warnings } = Ledger.open(path);
    expect(warnings).toEqual([`${path}: lines that aren't understood: 1`]);
    expect([...(ledger.claim?.done ?? [])]).toEqual([['b', 'ok']]);
  });

  it('begins anew when the page is put away, and only remembers that', async () => {
    const { path, ledger } = claimed();
    for (let i = 0; i < 100; i += 1)
      ledger.append({ type: 'done', job: String(i), status: 'ok' }, 'later');
    await ledger.release({ time: TIME, claim: 'C1', ok: 100, failed: 0 });
    expect(readFileSync(path, 'utf8').split('\n')).toHaveLength(2);
    ledger.append({ type: 'claiming', time: TIME, claim: 'C2', ...PLACE });
    const { ledger: again } = Ledger.open(path);
    expect(again.last).toMatchObject({ claim: 'C1', ok: 100, failed: 0 });
    expect(again.claim).toMatchObject({ id: 'C2', held: false });
    expect(again.claim?.done.size).toBe(0);
  });

  it('begins anew when the page is lost, and remembers the one before it, too', async () => {
    const { path, ledger } = claimed();
    await ledger.release({ time: TIME, claim: 'C1', ok: 2, failed: 1 });
    ledger.append({ type: 'claiming', time: TIME, claim: 'C2', ...PLACE });
    ledger.append({ type: 'claimed', time: TIME });
    ledger.append({ type: 'done', job: 'a', status: 'ok' });
    await ledger.lose(TIME);
    const { ledger: again, warnings } = Ledger.open(path);
    expect(warnings).toEqual([]);
    for (const each of [ledger, again]) {
      expect(each.claim).toBeUndefined();
      expect(each.last).toEqual({ time: TIME, claim: 'C1', ok: 2, failed: 1 });
    }
    expect(readFileSync(path, 'utf8').trimEnd().split('\n').at(-1)).toBe(
      `{"v":1,"type":"gone","time":"${TIME}","claim":"C2","done":1}`,
    );
  });

  it('writes nothing once it is closed', () => {
    const { path, ledger } = claimed();
    const before = readFileSync(path, 'utf8');
    ledger.close();
    expect(() => ledger.append({ type: 'done', job: 'a', status: 'ok' })).toThrow('closed');
    expect(readFileSync(path, 'utf8')).toBe(before);
  });

  it('is opened though it holds nothing but rubbish', () => {
    const path = join(tempFolder(), 'x');
    writeFileSync(path, Buffer.from([0, 255, 10, 255]));
    expect(Ledger.open(path).ledger.claim).toBeUndefined();
  });
});

describe('a ledger that is broken in any way', () => {
  const ids = ['5f0c12', 'b1', 'b1.2', 'c9e'];

  function real(): Buffer {
    const { path, ledger } = claimed();
    for (const job of ids) {
      ledger.append({ type: 'began', job }, 'later');
      ledger.append({ type: 'tried', job, end: 'failed' }, 'later');
      ledger.append({ type: 'began', job }, 'later');
      ledger.append({ type: 'done', job, status: 'ok' }, 'later');
    }
    ledger.close();
    return readFileSync(path);
  }

  function doneIn(bytes: Buffer): string[] {
    const path = join(tempFolder(), 'x');
    writeFileSync(path, bytes);
    const { ledger } = Ledger.open(path);
    ledger.close();
    return [...(ledger.claim?.done.keys() ?? [])];
  }

  it('by being cut off knows the jobs that were done until then', () => {
    const whole = real();
    for (let at = 0; at <= whole.length; at += 1) {
      const lines = whole.toString('latin1', 0, at).split('\n').slice(0, -1);
      const done = lines.filter((line) => line.includes('"done"')).length;
      expect([at, doneIn(whole.subarray(0, at))]).toEqual([at, ids.slice(0, done)]);
    }
  });

  it(`opens all the same, and no job is done but by a line of its own (${RUNS} ledgers)`, () => {
    const whole = real();
    const folder = tempFolder();
    const broken = fc
      .tuple(fc.nat(), fc.nat({ max: 60 }), fc.uint8Array({ maxLength: 40 }), fc.nat({ max: 3 }))
      .map(([from, length, put, times]) => {
        const at = from % whole.length;
        const middle = times === 0 ? whole.subarray(0, length * 10) : Buffer.from(put);
        return Buffer.concat([whole.subarray(0, at), middle, whole.subarray(at + length)]);
      });
    const bytes = fc.oneof(
      broken,
      fc.uint8Array({ maxLength: 300 }).map((each) => Buffer.from(each)),
    );
    fc.assert(
      fc.property(bytes, (some) => {
        const path = join(folder, 'x');
        writeFileSync(path, some);
        const { ledger } = Ledger.open(path);
        ledger.close();
        const lines = some.toString('utf8').split('\n').slice(0, -1);
        for (const [job, status] of ledger.claim?.done ?? []) {
          const own = `"job":${JSON.stringify(job)},"status":"${status}"`;
          expect(lines.some((line) => line.includes('"done"') && line.includes(own))).toBe(true);
        }
        if (ledger.claim) expect(lines.some((line) => line.includes('"claiming"'))).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });
});
