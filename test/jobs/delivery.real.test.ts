/** Results that are refused, that wait, and that were accepted when the disk was full. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { Ledger, type LedgerEntry } from '../../src/jobs/ledger.ts';
import { tempFolder } from '../support/temp.ts';
import { Webdav } from '../support/webdav.ts';
import { clock, endpoint, type Given, Guest, settingsOf } from './support.ts';

let server: Webdav;
beforeAll(async () => {
  server = await Webdav.start();
});
afterAll(() => server?.remove());
afterEach(() => void vi.restoreAllMocks());

let pages = 0;
async function guestWith(jobs: number, given: Given) {
  pages += 1;
  const page = `d${pages}`;
  const lines = Array.from({ length: jobs }, (_, i) => `grade a = ${i + 1}\n`);
  server.publish(page, lines.join(''));
  return new Guest(settingsOf(server.url(page), given));
}

describe('a result that is refused for good', () => {
  it('is offered a few times, set aside in a file, and the next one is done', async () => {
    const taker = await endpoint(413, 413, 413);
    const guest = await guestWith(2, { results: taker.url });
    await guest.start();
    await guest.finish();
    expect(taker.results.map(({ line }) => line)).toEqual([2]);
    const kept = readFileSync(join(guest.state, 'builds.refused'), 'utf8').trimEnd().split('\n');
    expect(kept.map((line) => JSON.parse(line))).toMatchObject([
      { v: 1, vm: 'db7', line: 1, status: 'ok', output: '1\n' },
    ]);
    expect(guest.queue.last).toMatchObject({ ok: 1, failed: 1 });
    expect(guest.notices).toMatchObject([
      { type: 'result-refused', queue: 'builds', reason: 'the server answers 413' },
    ]);
    expect(guest.warnings.join('\n')).toMatch(/line 1 .*413.*\n.*line 1 .*builds\.refused/);
  });

  it('may be accepted after all', async () => {
    const taker = await endpoint(400, 400);
    const guest = await guestWith(1, { results: taker.url });
    await guest.start();
    await guest.finish();
    expect(taker.results).toHaveLength(1);
    expect(guest.notices).toEqual([]);
  });

  it.each([404, 429, 500])('is not one that gets %d', async (status) => {
    const taker = await endpoint(status, status);
    const guest = await guestWith(1, { results: taker.url, result_tries: '1' });
    await guest.start();
    await guest.finish();
    expect(taker.results).toHaveLength(1);
  });

  it('by a program is one with exit status 65', async () => {
    const guest = await guestWith(1, { results_command: "/bin/sh -c 'exit 65'" });
    await guest.start();
    await guest.finish();
    expect(readFileSync(join(guest.state, 'builds.refused'), 'utf8')).toContain('"line":1');
  });

  it('waits where the file is full, and is never dropped', async () => {
    const taker = await endpoint(413, 413);
    const given = { results: taker.url, result_tries: '1', max_refused: '1K' };
    const guest = await guestWith(1, given);
    mkdirSync(guest.state, { recursive: true });
    writeFileSync(join(guest.state, 'builds.refused'), `${'x'.repeat(1000)}\n`);
    await guest.start();
    await guest.read();
    await guest.until(() => /max_refused/.test(guest.queue.trouble ?? ''));
    await guest.finish();
    expect(taker.results).toHaveLength(1);
  });
});

describe('a result that isn’t accepted', () => {
  it('has each reason told once, and that results are accepted again', async () => {
    const taker = await endpoint(500, 500, 403, 500);
    const guest = await guestWith(2, { results: taker.url });
    await guest.start();
    await guest.finish();
    expect(guest.warnings).toEqual([
      expect.stringMatching(/^the result of line 1 isn't accepted: .* 500$/),
      expect.stringMatching(/^the result of line 1 isn't accepted: .* 403/),
    ]);
    expect(guest.informed).toEqual(['results are accepted again']);
  });

  it('is alerted to once, after result_alert', async () => {
    // The waits between them make more than a second, however they are spread.
    const taker = await endpoint(...Array<number>(4).fill(503));
    const guest = await guestWith(2, { results: taker.url, result_alert: '1s' });
    await guest.start();
    await guest.finish();
    expect(guest.notices).toMatchObject([
      { type: 'results-waiting', queue: 'builds', reason: expect.stringContaining('503') },
    ]);
    expect(taker.results).toHaveLength(2);
  });

  it('is told to have ended when its program did, and counts no more as a job', async () => {
    const taker = await endpoint(...Array<number>(3).fill(503));
    const guest = await guestWith(1, { exec: 'sleep 0.2', results: taker.url });
    await guest.start();
    await guest.read();
    await guest.until(() => guest.story.includes('ok'));
    expect(taker.results).toEqual([]);
    expect(guest.tookMs[0]).toBeGreaterThanOrEqual(200);
    expect(guest.tookMs[0]).toBeLessThan(1500);
    expect(await guest.read()).toEqual({ value: 0 });
    expect(guest.queue.inHand).toHaveLength(1);
    await guest.finish();
    expect(taker.results).toHaveLength(1);
    expect(guest.story).toEqual(['began 1', 'ok']);
  });
});

/** Fails as a full disk does, so many times, for entries of a type. */
function fullDisk(type: LedgerEntry['type'], times: number): void {
  const append = Ledger.prototype.append;
  let left = times;
  vi.spyOn(Ledger.prototype, 'append').mockImplementation(function (this: Ledger, entry, flush) {
    if (entry.type === type && left > 0) {
      left -= 1;
      throw new Error('ENOSPC: no space left on device, write');
    }
    append.call(this, entry, flush);
  });
}

describe('where the ledger can’t be written', () => {
  it('an accepted result isn’t delivered again', async () => {
    const taker = await endpoint();
    const guest = await guestWith(1, { results: taker.url });
    fullDisk('done', 3);
    await guest.start();
    await guest.finish();
    expect(taker.results).toHaveLength(1);
    expect(guest.warnings).toEqual([expect.stringContaining('ENOSPC')]);
  });

  it('the worker stays connected, and it is said once', async () => {
    const taker = await endpoint();
    const given = { exec: "/bin/sh -c 'exit 1'", retries: '1', results: taker.url };
    const guest = await guestWith(1, given);
    fullDisk('tried', 3);
    await guest.start();
    await guest.read();
    let left = 0;
    await guest.until(() => {
      if (!guest.keeper.workerConnected) left += 1;
      return taker.results.length === 1;
    });
    expect(left).toBe(0);
    expect(guest.warnings).toEqual([expect.stringContaining('ENOSPC')]);
    expect(guest.story).toEqual(['began 1', 'again', 'began 1', 'failed']);
  });

  it('that no job can begin is said once', async () => {
    const taker = await endpoint();
    const guest = await guestWith(1, { results: taker.url });
    fullDisk('began', 3);
    await guest.start();
    await guest.read();
    await guest.until(() => {
      guest.keeper.nudge();
      return taker.results.length === 1;
    });
    expect(guest.warnings).toEqual([expect.stringContaining('ENOSPC')]);
  });
});

describe('a file of results', () => {
  it('that nobody reads, such as a pipe, holds nothing up', async () => {
    const pipe = join(tempFolder(), 'pipe');
    spawnSync('mkfifo', [pipe]);
    const guest = await guestWith(1, { results: `file:${pipe}` });
    await guest.start();
    await guest.read();
    await guest.until(() => guest.queue.trouble !== undefined);
    const atMs = clock.monotonicMs();
    await clock.sleep(20);
    expect(clock.monotonicMs() - atMs).toBeLessThan(1000);
  });

  it('grows to max_results, and the next one waits', async () => {
    const file = join(tempFolder(), 'results');
    const given = { exec: 'seq 100', results: `file:${file}`, max_results: '1K' };
    const guest = await guestWith(4, given);
    await guest.start();
    await guest.read();
    await guest.until(() => guest.queue.trouble !== undefined);
    expect(guest.queue.trouble).toMatch(/max_results/);
    expect(readFileSync(file).length).toBeLessThanOrEqual(1024);
    const before = readFileSync(file, 'utf8').trimEnd().split('\n');
    writeFileSync(file, '');
    await guest.until(() => readFileSync(file, 'utf8') !== '');
    const after = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(JSON.parse(after[0] ?? '').line).toBe(before.length + 1);
  });
});
