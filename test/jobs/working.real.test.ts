/** Jobs on real programs that behave badly, daemons and workers that come and go, odd pages. */
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Desk } from '../../src/jobs/desk.ts';
import { formatMessage, JOBS_SOCKET } from '../../src/wire/jobs.ts';
import { tempFolder } from '../support/temp.ts';
import { Webdav } from '../support/webdav.ts';
import { clock, endpoint, type Given, Guest, settingsOf } from './support.ts';

let server: Webdav;
beforeAll(async () => {
  server = await Webdav.start();
});
afterAll(() => server?.remove());

let pages = 0;
/** A page of these lines, and a guest that works it off. */
async function guestWith(lines: readonly string[], given: Given) {
  pages += 1;
  const page = `p${pages}`;
  server.publish(page, lines.map((line) => `${line}\n`).join(''));
  const guest = new Guest(settingsOf(server.url(page), given));
  return { page, guest };
}

describe('a job', () => {
  it('that fails is run again, and then its failure is its result', async () => {
    const taker = await endpoint();
    const folder = tempFolder();
    const exec = `/bin/sh -c 'echo x >>${folder}/runs; echo no >&2; exit 3'`;
    const { guest } = await guestWith(['grade a = 1'], { exec, retries: '2', results: taker.url });
    await guest.start();
    await guest.finish();
    expect(readFileSync(join(folder, 'runs'), 'utf8')).toBe('x\nx\nx\n');
    expect(taker.results).toMatchObject([
      { status: 'failed', reason: 'exit 3', exit: 3, attempts: 3, output: '', stderr: 'no\n' },
    ]);
    expect(guest.story).toEqual(['began 1', 'again', 'began 1', 'again', 'began 1', 'failed']);
    expect(guest.queue.last).toMatchObject({ ok: 0, failed: 1 });
  });

  it.each<[string, Given, object]>([
    [
      'hangs',
      { exec: 'sleep 100', job_timeout: '200ms' },
      { reason: 'took longer than job_timeout' },
    ],
    [
      'prints without end',
      { exec: 'yes', job_timeout: '300ms', max_output: '10' },
      { reason: 'took longer than job_timeout', output: 'y\ny\ny\ny\ny\n' },
    ],
    [
      'prints too much',
      { exec: 'seq 1000', max_output: '10' },
      { reason: 'printed more than max_output' },
    ],
    ['is killed', { exec: "/bin/sh -c 'kill -9 $$'" }, { reason: 'killed by SIGKILL' }],
  ])('whose program %s has failed', async (_, given, result) => {
    const taker = await endpoint();
    const { guest } = await guestWith(['grade a = 1'], {
      retries: '0',
      results: taker.url,
      ...given,
    });
    await guest.start();
    await guest.finish();
    expect(taker.results).toMatchObject([{ status: 'failed', ...result }]);
  });

  it('may print what is no text', async () => {
    const taker = await endpoint();
    const exec = "printf '\\377\\0'";
    const { guest } = await guestWith(['grade a = 1'], { exec, results: taker.url });
    await guest.start();
    await guest.finish();
    expect(taker.results).toMatchObject([{ status: 'ok', output_base64: '/wA=' }]);
  });

  it('of 10 MB harms nothing, and is refused as an argument', async () => {
    const taker = await endpoint();
    const line = JSON.stringify({ grade: 'a', payload: `";'\n`.repeat(2_500_000) });
    const { guest } = await guestWith([line], { exec: 'wc -c', results: taker.url });
    await guest.start();
    await guest.finish();
    expect(taker.results).toMatchObject([{ status: 'ok', output: '10000000\n' }]);
    const given = { exec: 'echo', payload: 'argument', retries: '0', results: taker.url };
    const other = await guestWith([line], given);
    await other.guest.start();
    await other.guest.finish();
    expect(taker.results.at(-1)).toMatchObject({
      ...{ status: 'failed', reason: expect.stringContaining('E2BIG') },
    });
  });

  it('finds a chosen environment, and no shell around it', async () => {
    const taker = await endpoint();
    const { guest } = await guestWith(['grade a = 1'], { exec: 'env', results: taker.url });
    process.env['VMMANAGE_TEST_SECRET'] = 'secret';
    onTestFinished(() => void delete process.env['VMMANAGE_TEST_SECRET']);
    await guest.start();
    await guest.finish();
    const names = (taker.results[0]?.output ?? '').split('\n').map((line) => line.split('=')[0]);
    expect(names).toContain('VMMANAGE_KEY');
    expect(names).not.toContain('VMMANAGE_TEST_SECRET');
  });

  it('runs beside others where there are more workers', async () => {
    const taker = await endpoint();
    const lines = ['grade a = 1', 'grade a = 2', 'grade a = 3'];
    const given = { exec: 'sleep 0.5', workers: '3', results: taker.url };
    const { guest } = await guestWith(lines, given);
    await guest.start();
    await guest.read();
    await guest.until(() => guest.queue.inHand.length === 3);
    await guest.finish();
    expect(taker.results).toHaveLength(3);
  });

  it('under which the worker ends each time is lost at last', async () => {
    const taker = await endpoint();
    const given = { exec: 'sleep 100', losses: '2', results: taker.url };
    const { guest } = await guestWith(['grade a = 1'], given);
    await guest.start();
    await guest.read();
    for (let i = 0; i < 2; i += 1) {
      await guest.until(() => guest.story.filter((each) => each === 'began 1').length === i + 1);
      await guest.stopWork();
      await guest.until(() => !guest.keeper.workerConnected);
      guest.startWork();
      await guest.until(() => guest.keeper.workerConnected);
    }
    await guest.finish();
    expect(taker.results).toMatchObject([{ status: 'lost', attempts: 2 }]);
    expect(guest.queue.last).toMatchObject({ ok: 0, failed: 1 });
  });
});

describe('a result', () => {
  it('is offered until it is accepted, and no other job begins', async () => {
    const taker = await endpoint(500, 404, 302);
    const { guest } = await guestWith(['grade a = 1', 'grade a = 2'], { results: taker.url });
    await guest.start();
    await guest.read();
    await guest.until(() => guest.queue.trouble !== undefined);
    expect(guest.queue.trouble).toBe("the result of line 1 isn't accepted: the server answers 500");
    expect(guest.story).toEqual(['began 1', 'ok']);
    await guest.finish();
    expect(taker.results.map(({ output }) => output)).toEqual(['1\n', '2\n']);
    expect(guest.queue.trouble).toBeUndefined();
  });

  it('may go to a program, with its key', async () => {
    const folder = tempFolder();
    const results_command = `/bin/sh -c 'cat >${folder}/said; echo $VMMANAGE_KEY >${folder}/key'`;
    const { guest } = await guestWith(['grade a = 6*7'], { results_command });
    await guest.start();
    await guest.finish();
    const said = JSON.parse(readFileSync(join(folder, 'said'), 'utf8'));
    expect(said).toMatchObject({ v: 1, vm: 'db7', queue: 'builds', output: '42\n' });
    expect(readFileSync(join(folder, 'key'), 'utf8')).toBe(`${said.key}\n`);
  });

  it('may go to a file, a line each', async () => {
    const file = join(tempFolder(), 'results');
    const { guest } = await guestWith(['grade a = 1', 'grade a = 2'], { results: `file:${file}` });
    await guest.start();
    await guest.finish();
    const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line).output)).toEqual(['1\n', '2\n']);
  });

  it('has another key on a later page with equal lines', async () => {
    const taker = await endpoint();
    const { guest, page } = await guestWith(['grade a = 1'], { results: taker.url });
    await guest.start();
    await guest.finish();
    server.publish(page, 'grade a = 1\n');
    await guest.until(async () => {
      await guest.read();
      return taker.results.length === 2;
    });
    expect(new Set(taker.keys).size).toBe(2);
  });
});

describe('a daemon that comes and goes', () => {
  /** A daemon that has ended while a job is at work; `runs` has a line for each time that it was begun. */
  async function leftAtWork() {
    const taker = await endpoint();
    const file = join(tempFolder(), 'runs');
    const exec = `/bin/sh -c 'echo x >>${file}; sleep 0.3'`;
    const { guest } = await guestWith(['grade a = 1'], { exec, results: taker.url });
    await guest.start();
    await guest.read();
    await guest.until(() => existsSync(file));
    await guest.stop();
    return { guest, taker, runs: () => readFileSync(file, 'utf8') };
  }

  it('gets the result of a job that ended while it was away', async () => {
    const { guest, taker, runs } = await leftAtWork();
    await clock.sleep(600);
    await guest.restart();
    await guest.finish();
    expect(runs()).toBe('x\n');
    expect(taker.results).toHaveLength(1);
  });

  it('lets the worker in only when its queues are open, however long that takes', async () => {
    const { guest, runs } = await leftAtWork();
    const { open } = Desk.prototype;
    const slowly = vi.spyOn(Desk.prototype, 'open').mockImplementation(async function (
      this: Desk,
      runtime,
    ) {
      await open.call(this, runtime);
      // The worker tries again meanwhile.
      await clock.sleep(1500);
    });
    await guest.restart();
    slowly.mockRestore();
    await guest.finish();
    expect(runs()).toBe('x\n');
  });

  it('takes up the page that bears the guest’s name where the ledger is lost', async () => {
    const taker = await endpoint();
    const { guest, page } = await guestWith(['grade a = 1'], { results: taker.url });
    server.publish(`${page}.db7`, 'grade a = 3\ngrade a = 4\n');
    await guest.start();
    await guest.until(async () => {
      await guest.read();
      return taker.results.length === 3;
    });
    expect(taker.results.map(({ output }) => output)).toEqual(['3\n', '4\n', '1\n']);
  });

  it('fetches the claimed page again where only its copy is lost', async () => {
    const taker = await endpoint();
    const { guest } = await guestWith(['grade a = 1', 'grade a = 2'], { results: taker.url });
    // The second job has to be left over.
    guest.onBegan = () => {
      guest.mayBegin = false;
    };
    await guest.start();
    await guest.read();
    // Not when the taker has it: the answer has to have been seen.
    await guest.until(() => guest.queue.unfinished() === 1);
    await guest.stop();
    rmSync(join(guest.state, 'builds.page'));
    guest.mayBegin = true;
    await guest.restart();
    await guest.finish();
    expect(taker.results.map(({ output }) => output)).toEqual(['1\n', '2\n']);
  });
});

describe('while the guest is about to leave', () => {
  it('nothing is claimed and no job begins', async () => {
    const { guest, page } = await guestWith(['grade a = 1', 'grade a = 2'], {});
    guest.mayBegin = false;
    await guest.start();
    expect(await guest.read()).toEqual({ value: 0 });
    expect(server.read(page)).toBeDefined();
    guest.mayBegin = true;
    await guest.read();
    guest.mayBegin = false;
    await guest.until(() => guest.story.length >= 2);
    await guest.read();
    await clock.sleep(100);
    expect(guest.queue.inHand).toEqual([]);
    expect(guest.queue.unfinished()).toBeGreaterThan(0);
    guest.mayBegin = true;
    guest.keeper.nudge();
    await guest.finish();
  });

  it('a guest without a worker claims nothing', async () => {
    const { guest, page } = await guestWith(['grade a = 1'], {});
    await guest.start();
    await guest.stopWork();
    await guest.until(() => !guest.keeper.workerConnected);
    expect(await guest.read()).toEqual({ value: 0 });
    expect(server.read(page)).toBeDefined();
  });
});

describe('who isn’t the worker', () => {
  function say(guest: Guest, ...lines: string[]): Promise<string> {
    return new Promise((resolve) => {
      const socket = connect(join(guest.folder, JOBS_SOCKET), () => {
        for (const line of lines) socket.write(line);
      });
      let heard = '';
      socket.on('data', (chunk) => {
        heard += chunk;
      });
      socket.on('close', () => resolve(heard));
      socket.on('error', () => resolve(heard));
    });
  }

  it('gets nothing while another is', async () => {
    const { guest } = await guestWith([], {});
    await guest.start();
    const heard = await say(guest, formatMessage({ type: 'hello', holding: [] }));
    expect(heard).toContain('another worker is connected');
    expect(guest.keeper.workerConnected).toBe(true);
  });

  it('is hung up on for what is no message', async () => {
    const { guest } = await guestWith([], {});
    await guest.start();
    expect(await say(guest, 'GET / HTTP/1.1\r\n\r\n')).toContain('not understood');
  });

  it('can’t say how jobs ended that it wasn’t given', async () => {
    const taker = await endpoint();
    const { guest } = await guestWith(['grade a = 1'], { exec: 'sleep 0.4', results: taker.url });
    await guest.start();
    await guest.read();
    await guest.until(() => guest.queue.inHand.length === 1);
    const key = guest.queue.inHand[0]?.key ?? '';
    const ending = { exit: 0, timed_out: false, cut: false, stdout: 'Zm9yZ2Vk', stderr: '' };
    const ended = { type: 'ended', key, ...ending, took_ms: 1 } as const;
    void say(guest, formatMessage(ended));
    await guest.finish();
    expect(taker.results.map(({ output }) => output)).toEqual(['']);
  });
});

describe('a server that answers oddly', () => {
  async function readingOf(listener: RequestListener, given: Given = {}) {
    const odd = createServer(listener);
    await new Promise<void>((resolve) => odd.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      odd.closeAllConnections();
      odd.close();
    });
    const url = `http://127.0.0.1:${(odd.address() as AddressInfo).port}/builds`;
    const guest = new Guest(settingsOf(url, given));
    await guest.start();
    return guest.queue.read(undefined, AbortSignal.timeout(1000));
  }

  /** Of the open page; the guest has none of its own. */
  const open =
    (answer: RequestListener): RequestListener =>
    (request, response) => {
      if (request.url === '/builds') return answer(request, response);
      response.writeHead(404).end();
    };

  it.each<[string, RequestListener, string | RegExp]>([
    ['an error', (_, response) => void response.writeHead(500).end(), 'the server answers 500'],
    [
      'a log-in page',
      (_, response) =>
        void response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end('<p>'),
      'text/html is not a page of jobs',
    ],
    [
      'the way to another page',
      (_, response) => void response.writeHead(302, { location: '/other' }).end(),
      'the server answers 302',
    ],
    [
      'half a page',
      (_, response) => {
        response.writeHead(200, { 'content-length': '100' });
        response.write('grade a = 1\n');
        setTimeout(() => response.destroy(), 50);
      },
      /aborted|^connection to .* lost$/,
    ],
    [
      'a page without its end',
      (_, response) => void response.end('grade a = 1\ngrade a'),
      /may not be whole/,
    ],
    ['a page without end', (_, response) => void response.end('x'.repeat(3000)), /1024/],
    [
      'bytes that come slowly',
      (_, response) => {
        const drip = setInterval(() => response.write('g'), 50);
        response.on('close', () => clearInterval(drip));
      },
      /no answer from .* in time/,
    ],
    ['nothing at all', (request) => void request.socket.destroy(), /^connection to .* lost$/],
  ])('gives no reading: %s', async (_, listener, missing) => {
    const read = await readingOf(open(listener), { max_size: '1K' });
    expect(read).toEqual({ missing: expect.stringMatching(missing) });
  });

  it('is no empty queue when it isn’t there', async () => {
    const guest = new Guest(settingsOf('http://127.0.0.1:9/builds'));
    await guest.start();
    expect(await guest.read()).toEqual({ missing: 'no server listens at 127.0.0.1:9' });
  });

  it('gives no jobs where there is no page', async () => {
    expect(await readingOf((_, response) => void response.writeHead(404).end())).toEqual({
      value: 0,
    });
  });
});

it('a page of rubbish is set aside, line for line, and put away', async () => {
  const { guest, page } = await guestWith(['rubbish', 'more; rm -rf /'], {});
  await guest.start();
  await guest.finish();
  expect(guest.warnings).toEqual([
    'line 1 of the claimed page is set aside: “rubbish” is not a job such as: grade a = 2+2',
    'line 2 of the claimed page is set aside: “more; rm -rf /” is not a job such as: grade a = 2+2',
  ]);
  expect(server.read(`${page}.db7.done`)).toBe('rubbish\nmore; rm -rf /\n');
});
