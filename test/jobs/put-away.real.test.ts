/**
 * The last step of a page: it is put away when it is seen to be gone from the server, whatever was
 * said, and until then no job of it is run once more.
 */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Between, type Fate } from '../support/between.ts';
import { tempFolder } from '../support/temp.ts';
import { Webdav } from '../support/webdav.ts';
import { endpoint, type Given, Guest, settingsOf } from './support.ts';

let server: Webdav;
let between: Between;
beforeAll(async () => {
  server = await Webdav.start();
  between = await Between.start(server.url(''));
});
afterAll(async () => {
  await between?.close();
  await server?.remove();
});

/** A guest whose two jobs are done, and that has tried to put their page away. */
async function worked(page: string, url: string, given: Given = {}) {
  const taker = await endpoint();
  server.publish(page, 'grade a = 1\ngrade a = 2\n');
  const guest = new Guest(settingsOf(url, { results: taker.url, ...given }));
  await guest.start();
  await guest.until(async () => {
    await guest.read();
    return taker.results.length === 2;
  });
  return { guest, taker };
}

async function expectOnce(page: string, { guest, taker }: Awaited<ReturnType<typeof worked>>) {
  await guest.finish();
  // Nothing is found that would be worked on again.
  await guest.read();
  await guest.read();
  expect(guest.queue.claim).toBeUndefined();
  expect(taker.results.map(({ output }) => output)).toEqual(['1\n', '2\n']);
  expect(server.pages().filter((each) => each.startsWith(page))).toEqual([`${page}.db7.done`]);
  expect(guest.queue.last).toMatchObject({ ok: 2, failed: 0 });
}

describe('a page that can’t be put away', () => {
  it('because it is locked is kept until it isn’t', async () => {
    const taker = await endpoint();
    server.publish('locked', 'grade a = 1\ngrade a = 2\n');
    const guest = new Guest(settingsOf(server.url('locked'), { results: taker.url }));
    guest.onBegan = () => {
      guest.mayBegin = taker.results.length === 1;
    };
    await guest.start();
    await guest.until(async () => {
      await guest.read();
      return taker.results.length === 1;
    });
    const token = await lock(server.url('locked.db7'));
    guest.mayBegin = true;
    guest.keeper.nudge();
    await guest.until(() => guest.queue.trouble !== undefined);
    expect(guest.queue.trouble).toBe(
      `can't be put away: ${server.url('locked.db7')} is still there: the server answers 423: it is locked`,
    );
    for (let i = 0; i < 5; i += 1) await guest.read();
    expect(taker.results).toHaveLength(2);
    await unlock(server.url('locked.db7'), token);
    await expectOnce('locked', { guest, taker });
  });

  it.each([
    ['says that there was nothing to rename', 75],
    ['says that it has been done', 0],
    ['fails', 1],
  ])('because a program %s is kept until it is', async (_, status) => {
    const page = `said-${status}`;
    const folder = tempFolder();
    const program = join(folder, 'rename');
    const [open, own, done] = [page, `${page}.db7`, `${page}.db7.done`].map(
      (name) => `'${join(server.folder, name)}'`,
    );
    writeFileSync(
      program,
      `#!/bin/sh
[ "$1" = release ] || exec mv -nT ${open} ${own}
[ -e '${folder}/ready' ] || exit ${status}
exec mv -fT ${own} ${done}
`,
      { mode: 0o755 },
    );
    const byHand = { claim: 'command', claim_command: `'${program}'` };
    const given = await worked(page, server.url(page), byHand);
    const { guest } = given;
    await guest.until(() => guest.queue.trouble !== undefined);
    expect(guest.queue.trouble).toContain(`${page}.db7 is still there`);
    for (let i = 0; i < 5; i += 1) await guest.read();
    expect(given.taker.results).toHaveLength(2);
    expect(existsSync(join(guest.state, 'builds.page'))).toBe(true);
    writeFileSync(join(folder, 'ready'), '');
    await expectOnce(page, given);
  });

  it.each<[string, Fate]>([
    ['it isn’t heard', 'break'],
    ['nobody hears that it was', 'break after'],
    ['the server says 404', 404],
    ['the server says 409', 409],
    ['the server says 412', 412],
    ['the server says 500', 500],
    ['the server lies', 201],
  ])('because %s, five times, is put away at last', async (_, fate) => {
    const page = `disturbed-${fate}`.replace(' ', '-');
    let left = 5;
    between.disturb = (method, path) => {
      if (method !== 'MOVE' || path !== `/${page}.db7` || left === 0) return 'pass';
      left -= 1;
      return fate;
    };
    const given = await worked(page, between.url(page));
    await expectOnce(page, given);
    expect(left).toBe(fate === 'break after' ? 4 : 0);
  });

  it('because nobody can look whether it is gone is asked for again', async () => {
    const page = 'unseen';
    let moved = false;
    let left = 5;
    between.disturb = (method, path) => {
      if (path !== `/${page}.db7`) return 'pass';
      moved ||= method === 'MOVE';
      if (method === 'MOVE' || !moved || left === 0) return 'pass';
      left -= 1;
      return 503;
    };
    await expectOnce(page, await worked(page, between.url(page)));
    expect(left).toBe(0);
  });
});

/** RFC 4918, 9.10; gives back the lock's token. */
async function lock(url: string): Promise<string> {
  const body = `<?xml version="1.0"?><lockinfo xmlns="DAV:"><lockscope><exclusive/></lockscope>
<locktype><write/></locktype></lockinfo>`;
  const answer = await fetch(url, { method: 'LOCK', body, headers: { timeout: 'Second-600' } });
  const token = answer.headers.get('lock-token');
  if (token === null) throw new Error(`no lock: ${answer.status} ${await answer.text()}`);
  return token;
}

async function unlock(url: string, token: string): Promise<void> {
  const answer = await fetch(url, { method: 'UNLOCK', headers: { 'lock-token': token } });
  expect(answer.status).toBe(204);
}
