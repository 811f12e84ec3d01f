/** `vmmanage logs -f` over what a real sink writes, its rotation and truncation; and what ends it. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createConnection } from 'node:net';
import { join, resolve } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { tempFolder } from '../../support/temp.ts';
import { colourless, contentOf, MADE } from './support.ts';

const PROGRAM = resolve('bin/vmmanage');
const [FIRST, ...OTHERS] = MADE.map((line) => contentOf([line]));

/** A running program, and what it has said. */
class Running {
  readonly child: ChildProcess;
  said = '';
  complained = '';
  readonly #ended: Promise<unknown[]>;

  constructor(args: readonly string[], out: 'pipe' | number = 'pipe') {
    this.child = spawn(PROGRAM, args, { stdio: ['ignore', out, 'pipe'] });
    this.#ended = once(this.child, 'exit');
    this.child.stdout?.on('data', (chunk) => {
      this.said += chunk;
    });
    this.child.stderr?.on('data', (chunk) => {
      this.complained += chunk;
    });
    onTestFinished(() => void this.child.kill('SIGKILL'));
  }

  async says(text: string): Promise<void> {
    await until(
      () => this.said.includes(text) || this.child.exitCode !== null,
      () => `waiting for ${text}\n${this.said}${this.complained}`,
    );
    expect(this.said + this.complained).toContain(text);
  }

  async ended(): Promise<number | null> {
    await this.#ended;
    return this.child.exitCode;
  }
}

async function until(look: () => boolean, what: () => string, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!look()) {
    if (Date.now() > end) throw new Error(what());
    await new Promise((done) => setTimeout(done, 10));
  }
}

function lineOf(index: number): string {
  return OTHERS[index] ?? '';
}

describe('vmmanage logs -f', () => {
  const follow = async (...args: string[]) => {
    const file = join(tempFolder(), 'central.log');
    writeFileSync(file, FIRST ?? '');
    const running = new Running(['logs', '-f', ...args, file]);
    await running.says(FIRST ?? '');
    return { file, running };
  };

  it('shows what is added, whole lines only', async () => {
    const { file, running } = await follow();
    appendFileSync(file, lineOf(0).slice(0, 30));
    appendFileSync(file, lineOf(0).slice(30) + lineOf(1).slice(0, 10));
    await running.says(lineOf(0));
    expect(running.said).toBe(`${FIRST}${lineOf(0)}`);
    appendFileSync(file, lineOf(1).slice(10));
    await running.says(lineOf(1));
    expect(running.said).toBe(`${FIRST}${lineOf(0)}${lineOf(1)}`);
    running.child.kill('SIGINT');
    expect(await running.ended()).toBe(0);
    expect(running.complained).toBe('');
  });

  it('goes on in the new file after a rotation, and misses nothing of the old', async () => {
    const { file, running } = await follow();
    renameSync(file, `${file}.1`);
    appendFileSync(`${file}.1`, lineOf(0));
    writeFileSync(file, lineOf(1));
    await running.says(lineOf(1));
    appendFileSync(file, lineOf(2));
    await running.says(lineOf(2));
    expect(running.said).toBe([FIRST, lineOf(0), lineOf(1), lineOf(2)].join(''));
  });

  it('begins anew in a file that was truncated', async () => {
    const { file, running } = await follow();
    writeFileSync(file, 'shorter\n');
    await running.says('shorter');
    appendFileSync(file, lineOf(0));
    await running.says(lineOf(0));
    expect(running.said).toBe(`${FIRST}shorter\n${lineOf(0)}`);
  });

  it('takes in a log that comes to be in a folder, in whatever form', async () => {
    const folder = join(tempFolder(), 'split');
    mkdirSync(folder);
    writeFileSync(join(folder, 'nii1.log'), FIRST ?? '');
    const running = new Running(['logs', '-f', folder]);
    await running.says(FIRST ?? '');
    writeFileSync(join(folder, 'nii9.log'), contentOf(MADE.slice(1, 2), 'json'));
    await running.says(MADE[1]?.text ?? 'x');
    expect(running.said.split('\n')).toHaveLength(3);
  });

  it('doesn’t follow what it writes itself', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'nii1.log'), FIRST ?? '');
    const own = join(folder, 'own.log');
    const running = new Running(['logs', '-f', folder], openSync(own, 'w'));
    await until(
      () => readFileSync(own, 'utf8') === FIRST,
      () => running.complained,
    );
    writeFileSync(join(folder, 'nii9.log'), lineOf(0));
    await until(
      () => readFileSync(own, 'utf8') === FIRST + lineOf(0),
      () => readFileSync(own, 'utf8'),
    );
    expect(running.complained).toContain("own.log isn't read: the output goes there");
  });

  it('takes no rotated log for a new one, where the next isn’t there yet', async () => {
    const folder = join(tempFolder(), 'split');
    mkdirSync(folder);
    const [file, other] = [join(folder, 'nii1.log'), join(folder, 'nii9.log')];
    writeFileSync(file, FIRST ?? '');
    const running = new Running(['logs', '-f', folder]);
    await running.says(FIRST ?? '');
    renameSync(file, `${file}-20090513T163440.123Z`);
    writeFileSync(other, lineOf(0));
    // The folder was searched while the log was away.
    await running.says(lineOf(0));
    writeFileSync(file, lineOf(1));
    await running.says(lineOf(1));
    expect(running.said).toBe([FIRST, lineOf(0), lineOf(1)].join(''));
  });

  it('shows only what is wanted', async () => {
    const { file, running } = await follow('--host', MADE[0]?.name ?? '');
    appendFileSync(file, contentOf(MADE.slice(1)));
    const wanted = MADE.filter(({ name }) => name === MADE[0]?.name);
    await running.says(contentOf(wanted.slice(-1)));
    expect(running.said).toBe(contentOf(wanted));
  });

  it('shows what a real sink writes, over its own reopening', async () => {
    const folder = tempFolder();
    const file = join(folder, 'central.log');
    const sink = new Running(['sink', '--listen', '127.0.0.1:0', '--file', file, '--zone', 'UTC']);
    await sink.says('listening on');
    const port = Number(/:(\d+)/.exec(sink.said)?.[1]);
    const socket = createConnection(port, '127.0.0.1');
    onTestFinished(() => void socket.destroy());
    socket.write('nii3: Requesting migration of VM: just moving [request=R1 from=mln1 to=mln2]\n');
    await until(
      () => readFileSync(file, 'utf8').includes('R1'),
      () => 'the sink wrote nothing',
    );
    const running = new Running(['logs', '-f', '--json', file]);
    await running.says('"R1"');
    renameSync(file, `${file}.1`);
    sink.child.kill('SIGHUP');
    socket.write('nii3: Arrived at \x1b[2Jmln2 after 3 s [request=R2 from=mln1 to=mln2]\n');
    await running.says('"R2"');
    const [request, arrival] = running.said
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(request).toMatchObject({
      ...{ name: 'nii3', event: 'request', text: 'Requesting migration of VM: just moving' },
      fields: { request: 'R1', from: 'mln1', to: 'mln2' },
    });
    expect(arrival).toMatchObject({ event: 'moved', text: 'Arrived at \\x1b[2Jmln2 after 3 s' });
    expect(Math.abs(Date.parse(request.time) - Date.now())).toBeLessThan(60_000);
  });
});

describe('vmmanage logs', () => {
  it.each([['at once'], ['while it follows', '-f', '-n', '10000']])(
    'ends quietly when its reader goes away %s',
    (_, ...args) => {
      const file = join(tempFolder(), 'a.log');
      writeFileSync(file, contentOf(MADE).repeat(100));
      const argv = ['-c', '"$@" | head -1', 'sh', PROGRAM, 'logs', file, ...args];
      const { stdout, stderr, status } = spawnSync('sh', argv, { timeout: 30_000 });
      expect([stdout.toString().split('\n').length, stderr.toString(), status]).toEqual([2, '', 0]);
    },
  );

  it('reads a pipe that a shell names', () => {
    const file = join(tempFolder(), 'a.log');
    writeFileSync(file, contentOf(MADE));
    const script = `'${PROGRAM}' logs --host nii2 <(cat '${file}')`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script]);
    const wanted = MADE.filter(({ name }) => name === 'nii2');
    expect([stdout.toString(), stderr.toString()]).toEqual([contentOf(wanted), '']);
  });

  it('waits for a slow reader, and keeps no more than it has to', async () => {
    const file = join(tempFolder(), 'a.log');
    writeFileSync(file, contentOf(MADE).repeat(1500));
    const running = spawn(PROGRAM, ['logs', file], { stdio: ['ignore', 'pipe', 'ignore'] });
    onTestFinished(() => void running.kill('SIGKILL'));
    await once(running.stdout, 'readable');
    await resting(running.pid ?? 0);
    const status = readFileSync(`/proc/${running.pid}/status`, 'utf8');
    expect(Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1])).toBeLessThan(150 * 1024);
    running.stdout.destroy();
    await once(running, 'exit');
  });

  it('paints on a terminal, and not against NO_COLOR', () => {
    const file = join(tempFolder(), 'a.log');
    writeFileSync(file, contentOf(MADE.slice(0, 9)));
    const seen = (env: NodeJS.ProcessEnv) =>
      spawnSync('script', ['-qec', `'${PROGRAM}' logs '${file}'`, '/dev/null'], {
        env: { ...process.env, TERM: 'xterm', ...env },
        stdio: [openSync('/dev/null', 'r'), 'pipe', 'pipe'],
      })
        .stdout.toString()
        .replaceAll('\r\n', '\n');
    expect(seen({ NO_COLOR: '' })).toContain('\u001b[');
    expect(colourless(seen({ NO_COLOR: '' }))).toBe(contentOf(MADE.slice(0, 9)));
    expect(seen({ NO_COLOR: '1' })).toBe(contentOf(MADE.slice(0, 9)));
  });

  it('reads a line of 100 MB in bounded memory', () => {
    const file = join(tempFolder(), 'a.log');
    writeFileSync(file, Buffer.alloc(100 * 1024 * 1024, '[a="'));
    appendFileSync(file, `\n${FIRST}`);
    for (const args of [
      ['--json'],
      ['--grep', 'Starting'],
      ['--host', 'nii1'],
      ['-n', '1'],
      ['--activity'],
    ]) {
      const script = `"$@" | tail -n 1 | tail -c 2000; :`;
      const argv = [
        '-c',
        script,
        'sh',
        '/usr/bin/env',
        'NODE_OPTIONS=--max-old-space-size=120',
        PROGRAM,
        'logs',
        file,
        ...args,
      ];
      const { stdout, stderr } = spawnSync('sh', argv, { maxBuffer: 1e7 });
      expect([args, stderr.toString()]).toEqual([args, '']);
      expect(stdout.toString()).toMatch(
        args[0] === '--activity' ? /at most|guests per host/ : /Starting/,
      );
    }
  });
});

/** Until a process has used no processor for a while: it waits. */
async function resting(pid: number): Promise<void> {
  const used = () => readFileSync(`/proc/${pid}/stat`, 'utf8').split(' ').slice(13, 15).join();
  for (let [before, quiet] = ['', 0]; quiet < 20; quiet = used() === before ? quiet + 1 : 0) {
    before = used();
    await new Promise((done) => setTimeout(done, 10));
  }
}

describe('a URL', () => {
  const serve = async (answer: (server: Server) => Parameters<typeof createServer>[1]) => {
    const server = createServer();
    server.on('request', answer(server) ?? (() => undefined));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/central.log`;
  };

  const read = async (url: string, ...args: string[]) => {
    const running = new Running(['logs', url, ...args]);
    return { status: await running.ended(), out: running.said, err: running.complained };
  };

  it.each<[string, (text: string) => Uint8Array]>([
    ['as it is', (text) => Buffer.from(text)],
    ['gzipped', (text) => gzipSync(text)],
  ])('is read %s', async (_, packed) => {
    const url = await serve(() => (_request, response) => response.end(packed(contentOf(MADE))));
    expect(await read(url)).toEqual({ status: 0, out: contentOf(MADE), err: '' });
    expect((await read(url, '-n', '2', '--host', 'nii2')).out.split('\n')).toHaveLength(3);
  });

  it('that isn’t there, breaks off or can’t be asked is told', async () => {
    const missing = await serve(() => (_request, response) => response.writeHead(404).end());
    expect(await read(missing)).toMatchObject({ status: 1, err: expect.stringContaining('404') });
    const broken = await serve(() => (_request, response) => {
      response.writeHead(200, { 'content-length': '1000000' });
      response.write(contentOf(MADE.slice(0, 5)), () => response.destroy());
    });
    expect(await read(broken)).toMatchObject({
      status: 1,
      err: expect.stringContaining("can't be read"),
    });
    expect(await read('http://127.0.0.1:1/')).toMatchObject({ status: 1 });
    expect(await read(missing, '-f')).toMatchObject({ status: 2 });
  });
});
