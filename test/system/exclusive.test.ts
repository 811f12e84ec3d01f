/** The lock among tasks of one process, and against a process that is killed while holding it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../src/system/clock.ts';
import { exclusively } from '../../src/system/exclusive.ts';

const clock = systemClock();
const path = `/nonexistent/${process.pid}`;

describe('exclusively', () => {
  it('lets one after the other in', async () => {
    let inside = 0;
    const work = async () => {
      inside += 1;
      expect(inside).toBe(1);
      await clock.sleep(2);
      inside -= 1;
      return 'done';
    };
    const all = await Promise.all([1, 2, 3, 4].map(() => exclusively(path, clock, work)));
    expect(all).toEqual(['done', 'done', 'done', 'done']);
  });

  it('lets the next in after a failure, which is the caller’s to see', async () => {
    const failing = exclusively(path, clock, () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    expect(await exclusively(path, clock, async () => 'in')).toBe('in');
  });

  it('lets different files be worked on together', async () => {
    const inner = () => exclusively(`${path}-other`, clock, async () => 'both');
    expect(await exclusively(path, clock, inner)).toBe('both');
  });

  it('waits for another process, and is free when that is killed', async () => {
    const module = new URL('../../src/system/exclusive.ts', import.meta.url).href;
    const script = `
      import { exclusively } from ${JSON.stringify(module)};
      const clock = { sleep: () => new Promise(() => setInterval(() => 0, 1000)) };
      await exclusively(${JSON.stringify(path)}, clock, () => {
        console.log('holds it');
        return clock.sleep();
      });`;
    const holder = spawn('node', ['--import', 'tsx', '--input-type=module', '-e', script]);
    await once(holder.stdout, 'data');
    let got = false;
    const waiting = exclusively(path, clock, async () => {
      got = true;
    });
    await clock.sleep(30);
    expect(got).toBe(false);
    holder.kill('SIGKILL');
    await waiting;
    expect(got).toBe(true);
  });
});
