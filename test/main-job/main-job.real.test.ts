/**
 * The main job of `npm start` as its user meets it: what it shows, and that nothing of it is left
 * running however it ends. `npm test` has built the program before.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';

const LOOK_EVERY_MS = 50;
const END_MS = 15_000;
const SHOWN_MS = 40_000;
/** By then all of it runs. */
const READING = /host1 {2}slow/;

interface Run {
  readonly child: ChildProcess;
  /** Everything that the run starts inherits it as its TMPDIR, and can be found by it. */
  readonly temp: string;
  shown: string;
}

const runs: Run[] = [];
afterAll(() => {
  for (const { temp } of runs) {
    for (const pid of leftRunning({ temp })) process.kill(pid, 'SIGKILL');
    rmSync(temp, { recursive: true, force: true });
  }
});

function start(...args: string[]): Run {
  const temp = mkdtempSync(join(tmpdir(), 'vmmanage-test-main-job-'));
  const words = ['--import', 'tsx', 'scripts/main-job.ts', ...args];
  const env = { ...process.env, TMPDIR: temp };
  const child = spawn('node', words, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const run: Run = { child, temp, shown: '' };
  runs.push(run);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      run.shown += text;
    });
  }
  return run;
}

async function shows(run: Run, pattern: RegExp): Promise<void> {
  const last = performance.now() + SHOWN_MS;
  while (!pattern.test(run.shown)) {
    if (run.child.exitCode !== null || performance.now() > last) throw new Error(run.shown);
    await sleep(LOOK_EVERY_MS);
  }
}

function leftRunning({ temp }: Pick<Run, 'temp'>): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => hasVariable(pid, `TMPDIR=${temp}`));
}

function hasVariable(pid: number, variable: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(variable);
  } catch {
    return false;
  }
}

/** Even what we could not end ourselves ends a moment later, by the kernel's hand. */
async function nothingIsLeft(run: Run): Promise<void> {
  const last = performance.now() + END_MS;
  while (leftRunning(run).length > 0 && performance.now() < last) await sleep(LOOK_EVERY_MS);
  expect(leftRunning(run)).toEqual([]);
}

async function exitOf({ child }: Run): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

it.concurrent('moves the guest under load and to the base after it, and shows how', async () => {
  const run = start('--remove');
  expect(await exitOf(run), run.shown).toBe(0);
  const story = [
    /> 5: 2 of 3/,
    /REQUEST {2}move: host1 → host2/,
    /ARRIVED {2}at host2 .*confirmed/,
    /LOAD {5}has ended/,
    /REQUEST {2}base: host2 → base/,
    /ARRIVED {2}at base .*confirmed/,
    /: Requesting migration of VM: just moving \[request=/,
    /: Arrived at base after/,
  ];
  const places = story.map((pattern) => run.shown.search(pattern));
  expect(places, run.shown).not.toContain(-1);
  expect(places).toEqual(places.toSorted((a, b) => a - b));
  await nothingIsLeft(run);
  expect(readdirSync(run.temp).filter((name) => name.startsWith('vmmanage'))).toEqual([]);
});

describe.concurrent('nothing is left running', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('after %s in the middle', async (signal, status) => {
    const run = start();
    await shows(run, READING);
    expect(leftRunning(run).length).toBeGreaterThanOrEqual(4);
    run.child.kill(signal);
    expect(await exitOf(run)).toBe(status);
    expect(run.shown).toContain(`interrupted (${signal})`);
    expect(leftRunning(run)).toEqual([]);
  });

  it('after SIGINT before it has begun', async () => {
    const run = start();
    await shows(run, /STARTING/);
    run.child.kill('SIGINT');
    expect(await exitOf(run)).toBe(130);
    expect(leftRunning(run)).toEqual([]);
  });

  it('after it was killed', async () => {
    const run = start();
    await shows(run, READING);
    run.child.kill('SIGKILL');
    await exitOf(run);
    await nothingIsLeft(run);
  });

  it('when nobody reads what it shows', async () => {
    const run = start();
    await shows(run, /STARTING/);
    run.child.stdout?.destroy();
    run.child.stderr?.destroy();
    expect(await exitOf(run)).toBe(1);
    expect(leftRunning(run)).toEqual([]);
  });

  it('when the daemon dies', async () => {
    const run = start();
    await shows(run, READING);
    const daemon = leftRunning(run).find((pid) => commandOf(pid).includes('run -c'));
    expect(daemon).toBeDefined();
    process.kill(daemon ?? 0, 'SIGKILL');
    expect(await exitOf(run)).toBe(1);
    expect(run.shown).toContain('the daemon ended (SIGKILL)');
    expect(leftRunning(run)).toEqual([]);
  });
});

function commandOf(pid: number): string {
  return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}
