/** Running real programs: every way in which one can end, or not begin. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import { describeEnd, type Program, runProgram } from '../../src/system/programs.ts';

const clock = systemClock();
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmmanage-programs-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function run(argv: readonly string[], more: Partial<Program> = {}) {
  return runProgram({ argv, timeoutMs: 20_000, ...more }, clock);
}

function sh(script: string, more: Partial<Program> = {}) {
  return run(['/bin/sh', '-c', script], more);
}

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch {
    return false;
  }
  // A process that ended but was not yet collected has an empty command line.
  return readFileSync(`/proc/${pid}/cmdline`, 'latin1') !== '';
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await clock.sleep(5);
}

describe('a program that ends', () => {
  it('gives its exit status and both streams', async () => {
    const ended = await sh('echo out; echo err >&2; exit 3');
    expect(ended).toEqual({
      exit: 3,
      signal: undefined,
      stdout: 'out\n',
      bytes: Buffer.from('out\n'),
      stderr: 'err\n',
      timedOut: false,
      aborted: false,
      cut: false,
    });
    expect(describeEnd(ended)).toBe('exit 3: err');
  });

  it('gives the signal that ended it', async () => {
    const ended = await sh('kill -9 $$');
    expect(ended).toMatchObject({ exit: undefined, signal: 'SIGKILL', timedOut: false });
    expect(describeEnd(ended)).toBe('killed by SIGKILL');
  });

  it('finds on its standard input what it was given, byte for byte', async () => {
    const input = Buffer.from([0, 0xff, 0x0a, 0x27, 0x22, 0x24]);
    expect((await run(['cat'], { input })).bytes).toEqual(input);
    expect((await run(['wc', '-c'], { input: Buffer.alloc(10_000_000) })).stdout).toBe(
      '10000000\n',
    );
  });

  it('may leave unread what it was given', async () => {
    const ended = await sh('exit 4', { input: Buffer.alloc(10_000_000) });
    expect(ended).toMatchObject({ exit: 4, timedOut: false });
  });

  it('finds its standard input closed', async () => {
    expect((await run(['/bin/cat'])).exit).toBe(0);
  });

  it('gets a chosen environment and what was added, nothing else', async () => {
    process.env['VMMANAGE_TEST_SECRET'] = 'leaks';
    const { stdout } = await run(['/usr/bin/env'], { env: { VMMANAGE_VM: 'db7' } });
    delete process.env['VMMANAGE_TEST_SECRET'];
    expect(stdout).toContain('VMMANAGE_VM=db7\n');
    expect(stdout).toContain('PATH=');
    expect(stdout).not.toContain('leaks');
    expect(stdout).not.toContain('VITEST');
  });

  it.each(['; rm -rf /', '$(id)', '`id`', '"quoted" \'twice\'', 'two\nlines', '*', '', '--'])(
    'is given %j as one word',
    async (word) => {
      expect((await run(['/usr/bin/printf', '[%s]', word])).stdout).toBe(`[${word}]`);
    },
  );

  it('is not waited for longer because a child of it holds its pipes', async () => {
    const { exit, stdout } = await sh('sleep 300 & echo $!');
    expect(exit).toBe(0);
    process.kill(Number(stdout), 'SIGKILL');
  });
});

describe('a program that prints too much', () => {
  it('goes on to its end; the beginning of its output and the end of its errors are kept', async () => {
    const script = 'seq 100000; seq 100000 >&2; exit 4';
    const ended = await sh(script, { maxOutputBytes: 10 });
    expect(ended).toMatchObject({
      exit: 4,
      stdout: '1\n2\n3\n4\n5\n',
      stderr: '99\n100000\n',
      cut: true,
    });
  });

  it('is not said to be cut at exactly the bound', async () => {
    expect(await sh('printf 12345', { maxOutputBytes: 5 })).toMatchObject({
      stdout: '12345',
      cut: false,
    });
    expect((await sh('printf 123456', { maxOutputBytes: 5 })).cut).toBe(true);
  });
});

describe('a program that never began', () => {
  it('is not there', async () => {
    const ended = await run(['vmmanage-no-such-program']);
    expect(ended).toMatchObject({ exit: undefined, signal: undefined });
    expect(describeEnd(ended)).toBe('no such program: vmmanage-no-such-program');
  });

  it('may not be run', async () => {
    const file = join(folder, 'plain');
    writeFileSync(file, '');
    chmodSync(file, 0o600);
    expect((await run([file])).notStarted).toBe(`not permitted to run ${file}`);
  });

  it('has more arguments than the system takes', async () => {
    const ended = await run(['/bin/echo', 'x'.repeat(200_000)]);
    expect(ended.notStarted).toBe('/bin/echo could not be started (E2BIG)');
  });

  it('has a zero byte in an argument', async () => {
    expect((await run(['/bin/echo', 'a\0b'])).notStarted).toBe('an argument holds a zero byte');
  });

  it('has no name', async () => {
    expect((await run([])).notStarted).toBe('no program is named');
  });

  it('was cancelled before', async () => {
    const ended = await run(['/bin/echo'], { signal: AbortSignal.abort() });
    expect(ended).toMatchObject({ aborted: true, stdout: '' });
    expect(describeEnd(ended)).toBe('cancelled');
  });

  it('has nowhere to write', async () => {
    const ended = await run(['/bin/echo'], { outputFile: join(folder, 'no', 'such', 'folder') });
    expect(ended.notStarted).toMatch(/^no file for its output: .*ENOENT/);
  });
});

describe('a program that does not end', () => {
  it('is ended when its time is up, and its children too', async () => {
    const ended = await sh('sleep 300 & echo $!; wait', { timeoutMs: 100 });
    expect(ended).toMatchObject({ timedOut: true, aborted: false, signal: 'SIGTERM' });
    expect(lives(Number(ended.stdout))).toBe(false);
    expect(describeEnd(ended)).toMatch(/^timed out/);
  });

  it('is killed when it ignores SIGTERM', async () => {
    const script = 'trap "" TERM; while :; do sleep 0.01; done';
    const ended = await sh(script, { timeoutMs: 100, graceMs: 50 });
    expect(ended).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
  });

  it('is killed together with a child that ignores SIGTERM and outlives it', async () => {
    const child = '(trap "" TERM; while :; do sleep 0.01; done)';
    const ended = await sh(`${child} & echo $!; wait`, { timeoutMs: 100, graceMs: 50 });
    expect(ended.timedOut).toBe(true);
    await until(() => !lives(Number(ended.stdout)));
  });

  it('may tidy up in its grace', async () => {
    const script = 'trap "echo tidied; exit 7" TERM; echo ready; while :; do sleep 0.01; done';
    const ended = await sh(script, { timeoutMs: 100 });
    expect(ended).toMatchObject({ timedOut: true, exit: 7, stdout: 'ready\ntidied\n' });
  });

  it('is ended when the caller aborts', async () => {
    const mark = join(folder, 'began');
    const stop = new AbortController();
    const ending = sh(`touch ${mark}; sleep 300`, { signal: stop.signal });
    await until(() => existsSync(mark));
    stop.abort();
    expect(await ending).toMatchObject({ timedOut: false, aborted: true, signal: 'SIGTERM' });
  });
});

describe('a program that writes to a file', () => {
  it('gives the end of what both streams said', async () => {
    const outputFile = join(folder, 'said');
    const ended = await sh('echo one; echo two >&2; exit 1', { outputFile, maxOutputBytes: 6 });
    expect(ended).toMatchObject({ exit: 1, stdout: 'e\ntwo\n', stderr: '', cut: true });
    expect(readFileSync(outputFile, 'utf8')).toBe('one\ntwo\n');
    expect(describeEnd(ended)).toBe('exit 1: two');
  });

  it('begins with an empty file', async () => {
    const outputFile = join(folder, 'again');
    await sh('echo before', { outputFile });
    expect((await sh('echo now', { outputFile })).stdout).toBe('now\n');
  });

  it('says so when somebody took the file away', async () => {
    const outputFile = join(folder, 'taken');
    const ended = await sh(`rm ${outputFile}; echo lost`, { outputFile });
    expect(ended).toMatchObject({ exit: 0, stdout: '', cut: true });
    expect(ended.stderr).toMatch(/its output can't be read/);
  });
});
