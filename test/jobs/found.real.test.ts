/**
 * Which page a guest takes for its own: a whole one, under a claim of its own, from where it was
 * claimed; and that no job is lost or taken for done on the way.
 */
import { readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Between } from '../support/between.ts';
import type { Endpoint } from '../support/endpoint.ts';
import { Webdav } from '../support/webdav.ts';
import { clock, endpoint, type Given, Guest, settingsOf } from './support.ts';

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

async function listening(odd: Server): Promise<string> {
  await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void odd.close());
  return `http://127.0.0.1:${(odd.address() as AddressInfo).port}/builds`;
}

/** The numbers that the jobs were to print. */
function outputs({ results }: Endpoint): (string | undefined)[] {
  return results.map(({ output }) => output?.trim());
}

/** A guest that has claimed a page of `grade a = 1` and `2`, and done the first job. */
async function halfDone(page: string, given: Given = {}, url = server.url(page)) {
  const taker = await endpoint();
  server.publish(page, 'grade a = 1\ngrade a = 2\n');
  const guest = new Guest(settingsOf(url, { results: taker.url, ...given }));
  guest.onBegan = () => {
    guest.mayBegin = false;
  };
  await guest.start();
  await guest.read();
  await guest.until(() => guest.queue.unfinished() === 1);
  guest.onBegan = () => undefined;
  return { guest, taker };
}

describe('a page that may not be whole', () => {
  /** Says nothing of the length, as old servers and CGI programs do: it just hangs up. */
  function saying(body: (path: string) => string | undefined) {
    const odd = createTcpServer((socket) => {
      socket.once('data', (asked: Buffer) => {
        const found = body(asked.toString().split(' ')[1] ?? '');
        const status = found === undefined ? '404 Not Found' : '200 OK';
        socket.end(`HTTP/1.0 ${status}\r\ncontent-type: text/plain\r\n\r\n${found ?? ''}`);
      });
      socket.on('error', () => undefined);
    });
    return listening(odd);
  }

  const UNTOLD = "the server doesn't tell its length, so it may not be whole";

  it('isn’t claimed', async () => {
    const guest = new Guest(
      settingsOf(await saying((path) => (path === '/builds' ? 'grade a = 1\n' : undefined))),
    );
    await guest.start();
    expect(await guest.read()).toEqual({ missing: UNTOLD });
  });

  it('isn’t kept where it is claimed already', async () => {
    const url = await saying((path) => (path === '/builds.db7' ? 'grade a = 1\n' : undefined));
    const guest = new Guest(settingsOf(url));
    await guest.start();
    expect(await guest.read()).toEqual({ missing: `${url}.db7: ${UNTOLD}` });
    expect(guest.queue.claim).toBeUndefined();
  });

  it('isn’t taken where it is encoded', async () => {
    const listener: RequestListener = (_, response) =>
      void response.writeHead(200, { 'content-encoding': 'br' }).end('grade a = 1\n');
    const guest = new Guest(settingsOf(await listening(createServer(listener))));
    await guest.start();
    expect(await guest.read()).toEqual({ missing: expect.stringContaining('is encoded (br)') });
  });

  it('isn’t kept, and not put away undone, where it is claimed and empty', async () => {
    const guest = new Guest(settingsOf(server.url('empty')));
    server.publish('empty.db7', '');
    await guest.start();
    const problem = `${server.url('empty.db7')}: it is empty`;
    for (let i = 0; i < 3; i += 1) expect(await guest.read()).toEqual({ missing: problem });
    expect(server.pages()).toContain('empty.db7');
  });

  it('isn’t kept where it is shorter than before it was claimed, and is after a restart', async () => {
    const taker = await endpoint();
    server.publish('shorter', 'grade a = 1\ngrade a = 2\n');
    between.disturb = (method, path) => {
      if (method === 'MOVE' && path === '/shorter') server.publish('shorter', 'grade a = 1\n');
      return 'pass';
    };
    const settings = settingsOf(between.url('shorter'), { results: taker.url });
    const guest = new Guest(settings);
    await guest.start();
    const missing = expect.stringContaining('shorter than before it was claimed (12 of 24 bytes)');
    for (let i = 0; i < 3; i += 1) expect(await guest.read()).toEqual({ missing });
    await guest.restart();
    await guest.finish();
    expect(outputs(taker)).toEqual(['1']);
  });
});

describe('a claim', () => {
  it('that is lost with its page leaves nothing to the next one', async () => {
    const { guest, taker } = await halfDone('gone');
    await guest.stop();
    rmSync(join(guest.state, 'builds.page'));
    rmSync(join(server.folder, 'gone.db7'));
    server.publish('gone', 'grade a = 1\ngrade a = 3\n');
    guest.mayBegin = true;
    await guest.restart();
    await guest.finish();
    expect(outputs(taker)).toEqual(['1', '1', '3']);
    expect(new Set(taker.keys).size).toBe(3);
    expect(guest.queue.last).toMatchObject({ ok: 2, failed: 0 });
    expect(guest.warnings.at(-1)).toBe(
      `${server.url('gone.db7')} is gone, and the copy of it is lost: 1 of its jobs were done, the others will not be`,
    );
  });

  it('is finished and put away where it was made, when the conf names another address', async () => {
    const { guest, taker } = await halfDone('first');
    server.publish('second', 'grade a = 3\n');
    guest.mayBegin = true;
    await guest.restart(settingsOf(server.url('second'), { results: taker.url }));
    await guest.until(async () => {
      await guest.read();
      return server.pages().includes('second.db7.done');
    });
    expect(outputs(taker)).toEqual(['1', '2', '3']);
    const own = server.pages().filter((page) => /^(first|second)/.test(page));
    expect(own).toEqual(['first.db7.done', 'second.db7.done']);
  });

  it('is put away in the name in which it was made', async () => {
    const { guest, taker } = await halfDone('named');
    guest.mayBegin = true;
    await guest.restart(settingsOf(server.url('named'), { results: taker.url }, 'db9'));
    await guest.finish();
    expect(outputs(taker)).toEqual(['1', '2']);
    expect(server.pages().filter((page) => /^named/.test(page))).toEqual(['named.db7.done']);
  });

  it('of another server isn’t told the password of the one in the conf', async () => {
    const heard: (string | undefined)[] = [];
    const former = await Between.start(server.url(''));
    onTestFinished(() => former.close());
    const { guest, taker } = await halfDone('other', {}, former.url('other'));
    former.disturb = (_, __, { authorization }) => {
      heard.push(authorization);
      return 'pass';
    };
    const given = { results: taker.url, user: 'db7', password: 'secret' };
    guest.mayBegin = true;
    await guest.restart(settingsOf(server.url('third'), given));
    await guest.finish();
    expect(server.pages()).toContain('other.db7.done');
    expect(heard).toEqual([undefined, undefined]);
  });

  it('of which nothing is known here is taken up with a warning', async () => {
    const taker = await endpoint();
    server.publish('unknown.db7', 'grade a = 1\n');
    const guest = new Guest(settingsOf(server.url('unknown'), { results: taker.url }));
    await guest.start();
    await guest.finish();
    expect(guest.warnings).toEqual([
      `${server.url('unknown.db7')} is this guest's, and nothing is known of it here: it is taken up again under new keys; results may come twice`,
    ]);
  });

  it('that is made as ever warns of nothing, nor does one that a restart interrupts', async () => {
    const { guest } = await halfDone('usual');
    guest.mayBegin = true;
    await guest.restart();
    await guest.finish();
    expect(guest.warnings).toEqual([]);
  });

  it('that is made after its answer was lost is found', async () => {
    const taker = await endpoint();
    server.publish('late', 'grade a = 1\n');
    let claims = 0;
    between.disturb = (method, path) => {
      if (method !== 'MOVE' || path !== '/late') return 'pass';
      claims += 1;
      // The server does it after the guest has looked.
      setTimeout(
        () =>
          void fetch(server.url('late'), {
            method: 'MOVE',
            headers: { destination: server.url('late.db7') },
          }),
        300,
      );
      return 'break';
    };
    const guest = new Guest(settingsOf(between.url('late'), { results: taker.url }));
    await guest.start();
    expect(await guest.read()).toEqual({
      missing: expect.stringContaining("late.db7 isn't there"),
    });
    await guest.until(() => server.pages().includes('late.db7'));
    await guest.finish();
    expect([claims, ...outputs(taker)]).toEqual([1, '1']);
    expect(guest.warnings).toEqual([]);
  });
});

describe('an open page', () => {
  it('isn’t fetched again and again while nobody may claim it', async () => {
    server.publish('same', 'grade a = 1\n');
    const guest = new Guest(settingsOf(between.url('same')));
    between.disturb = () => 'pass';
    between.seen.length = 0;
    guest.mayBegin = false;
    await guest.start();
    // Until it is a second old, Apache's tag for it is a weak one that changes.
    await clock.sleep(1500);
    for (let i = 0; i < 4; i += 1) expect(await guest.read()).toEqual({ value: 0 });
    const seen = between.seen.filter((each) => each.startsWith('GET /same '));
    expect(seen).toEqual(['GET /same 200', 'GET /same 304', 'GET /same 304', 'GET /same 304']);
    guest.mayBegin = true;
    await guest.read();
    await guest.finish();
    expect(server.pages()).toContain('same.db7.done');
  });

  it('that changes is seen, and so is one that is no page any more', async () => {
    server.publish('changed', 'rubb');
    const guest = new Guest(settingsOf(server.url('changed')));
    guest.mayBegin = false;
    await guest.start();
    const torn = { missing: expect.stringContaining('may not be whole') };
    expect(await guest.read()).toEqual(torn);
    expect(await guest.read()).toEqual(torn);
    server.publish('changed', 'grade a = 1\n');
    expect(await guest.read()).toEqual({ value: 0 });
    rmSync(join(server.folder, 'changed'));
    expect(await guest.read()).toEqual({ value: 0 });
  });
});

describe('how many jobs are left', () => {
  it('is known though somebody has edited the claimed page, and its copy is lost', async () => {
    const { guest, taker } = await halfDone('edited');
    await guest.stop();
    rmSync(join(guest.state, 'builds.page'));
    server.publish('edited.db7', 'grade a = 2\ngrade a = 3\n');
    await guest.restart();
    await guest.read();
    expect(guest.queue.unfinished()).toBe(2);
    guest.mayBegin = true;
    await guest.finish();
    expect(outputs(taker)).toEqual(['1', '2', '3']);
  });

  it('costs the same on a page of 100,000', async () => {
    server.publish('long', 'grade a = 1\n'.repeat(100_000));
    const guest = new Guest(settingsOf(server.url('long')));
    guest.onBegan = () => {
      guest.mayBegin = false;
    };
    await guest.start();
    await guest.read();
    expect(guest.queue.unfinished()).toBeGreaterThanOrEqual(99_999);
    const beganMs = clock.monotonicMs();
    // By going through the page each time this took 5 s and more.
    for (let i = 0; i < 2000; i += 1) guest.queue.unfinished();
    expect(clock.monotonicMs() - beganMs).toBeLessThan(1000);
  });
});

it('no proxy of the environment hears of pages and results', async () => {
  const taker = await endpoint();
  const asked: string[] = [];
  const proxy = createServer(({ url }, response) => {
    asked.push(url ?? '');
    response.writeHead(404).end();
  });
  const address = new URL(await listening(proxy)).origin;
  for (const name of ['http_proxy', 'HTTP_PROXY']) process.env[name] = address;
  onTestFinished(() => {
    for (const name of ['http_proxy', 'HTTP_PROXY']) delete process.env[name];
  });
  server.publish('direct', 'grade a = 1\n');
  const guest = new Guest(
    settingsOf(server.url('direct'), { results: taker.url, results_token: 's' }),
  );
  await guest.start();
  await guest.finish();
  expect([asked, outputs(taker)]).toEqual([[], ['1']]);
  expect(readFileSync(join(server.folder, 'direct.db7.done'), 'utf8')).toBe('grade a = 1\n');
});
