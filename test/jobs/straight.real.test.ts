/** From a page to accepted results, on a real WebDAV server, with the real bc. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { JobResult } from '../../src/wire/jobs.ts';
import { Webdav } from '../support/webdav.ts';
import { endpoint, Guest, settingsOf } from './support.ts';

let server: Webdav;
beforeAll(async () => {
  server = await Webdav.start();
});
afterAll(() => server.remove());

describe('a page of the thesis', () => {
  it('is claimed, worked off by bc, and put away', async () => {
    const taker = await endpoint();
    server.publish('thesis', 'grade a = 2^64\ngrade b = 6*7\ngrade a = 1+1\n');
    const guest = new Guest(settingsOf(server.url('thesis'), { results: taker.url }));
    await guest.start();
    expect(await guest.read(['a'])).toEqual({ value: 2 });
    expect(server.pages()).toEqual(['thesis.db7']);
    await guest.finish();
    expect(taker.results.map(({ output }) => output)).toEqual([
      '18446744073709551616\n',
      '42\n',
      '2\n',
    ]);
    expect(taker.results.map(({ status, line, grade }) => [status, line, grade])).toEqual([
      ['ok', 1, 'a'],
      ['ok', 2, 'b'],
      ['ok', 3, 'a'],
    ]);
    expect(new Set(taker.keys).size).toBe(3);
    expect(taker.results.map(({ key }) => key)).toEqual(taker.keys);
    expect(server.pages()).toEqual(['thesis.db7.done']);
    expect(guest.queue.last).toMatchObject({ ok: 3, failed: 0 });
    // While the page is still being put away there is no reading.
    await guest.until(async () => 'value' in (await guest.read(['a'])));
    expect(await guest.read(['a'])).toEqual({ value: 0 });
  });
});

describe('a payload', () => {
  const nasty = `'; touch /tmp/x; echo "$(id)" \`id\` \\ \n|&<>*?~#% \u0000 ünï`;

  it.each(['stdin', 'argument'])('reaches the program as it is, by %s', async (payload) => {
    const text = payload === 'argument' ? nasty.replace('\u0000', '') : nasty;
    const taker = await endpoint();
    const page = `nasty-${payload}`;
    server.publish(page, `${JSON.stringify({ grade: 'a', payload: `${text}\n` })}\n`);
    const exec = payload === 'stdin' ? 'cat' : 'printf %s';
    const guest = new Guest(settingsOf(server.url(page), { results: taker.url, payload, exec }));
    await guest.start();
    await guest.finish();
    expect((taker.results[0] as JobResult).output).toBe(
      payload === 'stdin' ? `${text}\n` : `--${text}\n`,
    );
  });
});
