/** The server of the page: who gets what, and what becomes of an address that can't be had. */
import { writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { type IncomingMessage, type RequestOptions, request } from 'node:http';
import { createConnection, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { systemClock } from '../../../src/system/clock.ts';
import type { Page } from '../../../src/system/metrics/page.ts';
import { MetricsServer } from '../../../src/system/metrics/server.ts';
import { freePort } from '../../support/program.ts';
import { until } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp.ts';

const TYPE = 'text/plain; version=0.0.4; charset=utf-8';

/** Waits between two tries to listen are short. */
function hasty() {
  const clock = systemClock();
  return { ...clock, sleep: (_: number, signal?: AbortSignal) => clock.sleep(20, signal) };
}

function setUp(page: () => Promise<Page> = async () => ({ type: TYPE, text: 'vmmanage_x 1\n' })) {
  const said: string[] = [];
  const say = (message: string) => void said.push(message);
  const log = { error: say, warn: say, info: say, debug: say, setLevel: say };
  const server = new MetricsServer({ clock: hasty(), log, page });
  onTestFinished(() => server.end());
  return { server, said };
}

async function served() {
  const port = await freePort();
  const { server, said } = setUp();
  await server.use({ host: '127.0.0.1', port });
  expect(server.problem).toBeUndefined();
  return { server, said, port };
}

async function ask(options: RequestOptions, body = '') {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const asked = request({ agent: false, path: '/metrics', ...options }, resolve);
    asked.on('error', reject).end(body);
  });
  let text = '';
  for await (const chunk of answer) text += chunk;
  return { status: answer.statusCode, type: answer.headers['content-type'], text };
}

describe('GET /metrics', () => {
  it.each(['/metrics', '/metrics?name=x'])('at %s is the page, with its type', async (path) => {
    const { port } = await served();
    expect(await ask({ port, path })).toEqual({ status: 200, type: TYPE, text: 'vmmanage_x 1\n' });
  });

  it.each([
    ['GET', '/'],
    ['GET', '/metrics/'],
    ['GET', '/v1/status'],
    ['POST', '/metrics'],
    ['PUT', '/metrics'],
    ['DELETE', '/metrics'],
  ])('is all that there is: %s %s is a 404', async (method, path) => {
    const { port } = await served();
    const { status, text } = await ask({ port, method, path }, method === 'GET' ? '' : 'body');
    expect([status, text]).toEqual([404, 'only GET /metrics is here\n']);
  });

  it('is a 500 where the page can not be made, without its reason, which the log has', async () => {
    const port = await freePort();
    const { server, said } = setUp(async () => {
      throw new Error('secret');
    });
    await server.use({ host: '127.0.0.1', port });
    const { status, text } = await ask({ port });
    expect([status, text]).toEqual([500, expect.not.stringContaining('secret')]);
    expect(said).toContain("the page of metrics can't be made");
  });

  it('is served to twenty connections at once, and a further one is closed', async () => {
    const { port } = await served();
    const sockets: Socket[] = [];
    onTestFinished(() => void sockets.map((socket) => socket.destroy()));
    for (let n = 0; n < 20; n += 1) {
      const socket = createConnection(port, '127.0.0.1');
      await new Promise((resolve) => socket.once('connect', resolve));
      sockets.push(socket);
    }
    await expect(ask({ port })).rejects.toThrow();
    for (const socket of sockets) socket.destroy();
    await until(
      'room for another',
      async () => (await ask({ port }).catch(() => undefined))?.status,
    );
  });
});

describe('GET /healthz', () => {
  async function health(trouble?: () => string | undefined) {
    const port = await freePort();
    const page = async () => ({ type: TYPE, text: '' });
    const log = { error: () => undefined, info: () => undefined };
    const server = new MetricsServer({
      clock: hasty(),
      log,
      page,
      ...(trouble ? { trouble } : {}),
    });
    onTestFinished(() => server.end());
    await server.use({ host: '127.0.0.1', port });
    return (path = '/healthz') => ask({ port, path });
  }

  it('is ok while all is well, and says why it is not', async () => {
    let trouble: string | undefined;
    const asked = await health(() => trouble);
    expect(await asked()).toMatchObject({ status: 200, text: 'ok\n' });
    trouble = 'the disk is full';
    expect(await asked()).toMatchObject({ status: 503, text: 'the disk is full\n' });
    trouble = undefined;
    expect(await asked('/healthz?now')).toMatchObject({ status: 200, text: 'ok\n' });
    const text = 'only GET /metrics and GET /healthz are here\n';
    expect(await asked('/')).toMatchObject({ status: 404, text });
  });

  it('is not there where nobody can tell', async () => {
    const asked = await health();
    expect(await asked()).toMatchObject({ status: 404, text: 'only GET /metrics is here\n' });
  });
});

describe('a socket', () => {
  it('serves the page to its owner and group alone', async () => {
    const path = join(tempFolder(), 'metrics.sock');
    const { server } = setUp();
    await server.use({ path });
    expect(await ask({ socketPath: path })).toMatchObject({ status: 200 });
    expect((await stat(path)).mode & 0o007).toBe(0);
  });

  it('takes the place of one that a killed daemon left, and of no other file', async () => {
    const folder = tempFolder();
    const left = join(folder, 'left.sock');
    const first = setUp();
    await first.server.use({ path: left });
    const second = setUp();
    await second.server.use({ path: left });
    expect(second.server.problem).toMatch(/left\.sock: another vmmanage answers/);
    const file = join(folder, 'file');
    writeFileSync(file, 'mine');
    await second.server.use({ path: file });
    expect(second.server.problem).toMatch(/EADDRINUSE/);
  });
});

describe('an address', () => {
  it('that is taken is told once, and served as soon as it is free', async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const { port } = other.address() as { port: number };
    const { server, said } = setUp();
    await server.use({ host: '127.0.0.1', port });
    expect(server.problem).toMatch(/^metrics can't be served at 127\.0\.0\.1:\d+: .*EADDRINUSE/);
    await systemClock().sleep(100);
    await new Promise((resolve) => other.close(resolve));
    await until('the page', () => server.problem === undefined);
    expect(await ask({ port })).toMatchObject({ status: 200 });
    expect(said).toEqual(["metrics can't be served", 'serving metrics']);
  });

  it('that changes is left for the new one, and none is left for nothing', async () => {
    const { server, port } = await served();
    const next = await freePort();
    await server.use({ host: '127.0.0.1', port: next });
    await expect(ask({ port })).rejects.toThrow('ECONNREFUSED');
    expect(await ask({ port: next })).toMatchObject({ status: 200 });
    await server.use(undefined);
    await expect(ask({ port: next })).rejects.toThrow('ECONNREFUSED');
  });
});
