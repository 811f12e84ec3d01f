/** Finding what an earlier life of the daemon started, among real processes. */
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import { endMarked, type Mark, markedProcesses, underway } from '../../src/system/marks.ts';
import { parseStat } from '../../src/system/proc.ts';
import { runProgram } from '../../src/system/programs.ts';

const clock = systemClock();

function sh(script: string, env: Record<string, string>) {
  return runProgram({ argv: ['/bin/sh', '-c', script], env, timeoutMs: 20_000 }, clock);
}

function newMark(): { mark: Mark; env: Record<string, string> } {
  const id = randomUUID();
  return { mark: `VMMANAGE_REQUEST=${id}`, env: { VMMANAGE_REQUEST: id } };
}

async function untilUnderway(mark: Mark): Promise<void> {
  while (!(await underway(mark))) await clock.sleep(5);
}

describe('a mark in the environment', () => {
  it('is found while the program runs, and gone after it', async () => {
    const { mark, env } = newMark();
    expect(await underway(mark)).toBe(false);
    const ending = sh('exec sleep 300', env);
    await untilUnderway(mark);
    const [found] = await markedProcesses(mark);
    expect(found?.group).toBe(found?.pid);
    expect(Math.abs(clock.now().bootMs - (found?.begunBootMs ?? 0))).toBeLessThan(60_000);
    await endMarked(mark, 1_000, clock);
    expect((await ending).signal).toBe('SIGTERM');
    expect(await underway(mark)).toBe(false);
  });

  it('is found on a descendant that outlived the program and left its session', async () => {
    const { mark, env } = newMark();
    await sh('setsid sleep 300 >/dev/null 2>&1 &', env);
    await untilUnderway(mark);
    await endMarked(mark, 1_000, clock);
    while (await underway(mark)) await clock.sleep(5);
  });

  it('is compared whole', async () => {
    const { mark, env } = newMark();
    const ending = sh('exec sleep 300', env);
    await untilUnderway(mark);
    expect(await underway(mark.slice(0, -1) as Mark)).toBe(false);
    expect(await underway(`X${mark}`)).toBe(false);
    await endMarked(mark, 1_000, clock);
    await ending;
  });
});

describe('a line of /proc/PID/stat', () => {
  // Linux 6.1, a program named `a) (b`.
  const line =
    '4242 (a) (b) S 1 4240 4240 0 -1 4194304 95 0 0 0 0 0 0 0 20 0 1 0 123456 2949120 230';

  it('is read behind the last bracket of the name', () => {
    expect(parseStat(line)).toEqual({
      pid: 4242,
      group: 4240,
      ended: false,
      begunBootMs: 1_234_560,
    });
  });

  it.each(['', 'garbage', '4242 (x) S'])('gives nothing from %j', (text) => {
    expect(parseStat(text)).toBeUndefined();
  });
});
