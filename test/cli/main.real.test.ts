/** The built program as a process: what only a process has, its status, signals and pipes. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fakeDaemon, holding } from './support/fake-daemon.ts';
import { CONTENT } from './support/reports.ts';

const PROGRAM = join(import.meta.dirname, '../../bin/vmmanage');

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  return spawn(PROGRAM, args, { env: { ...process.env, ...env } });
}

describe('the built program', () => {
  it.each([
    [0, ['version']],
    [2, ['status', '--wach']],
    [69, ['status', '--runtime', '/nonexistent']],
    [78, ['check', '-c', '/nonexistent/a.conf']],
  ])('ends with %i: %j', (status, args) => {
    const ended = spawnSync(PROGRAM, args, { encoding: 'utf8' });
    expect([ended.status, ended.stderr.includes('    at ')]).toEqual([status, false]);
  });

  it('takes a reader that goes away for no error', async () => {
    const child = start(['sample-conf']);
    child.stdout.destroy();
    let stderr = '';
    child.stderr.on('data', (chunk) => {
      stderr += chunk;
    });
    const [status] = await once(child, 'close');
    expect([status, stderr]).toEqual([0, '']);
  });

  it('ends a watch whose reader goes away, and on Ctrl-C', async () => {
    const { folder } = await fakeDaemon({ 'GET /v1/status': { body: CONTENT } });
    for (const end of ['reader', 'SIGINT'] as const) {
      const child = start(['status', '--watch', '--interval', '20ms', '--runtime', folder]);
      await once(child.stdout, 'data');
      if (end === 'reader') child.stdout.destroy();
      else child.stdout.resume() && child.kill(end);
      expect(await once(child, 'close')).toEqual([0, null]);
    }
  });

  it('neither colours nor redraws in a pipe', async () => {
    const { folder } = await fakeDaemon({ 'GET /v1/status': { body: CONTENT } });
    const child = start(['status'], { VMMANAGE_RUNTIME: folder });
    const [chunk] = await once(child.stdout, 'data');
    expect(String(chunk)).toMatch(/^db7 {2}ACTIVE {3}conf ok/);
    await once(child, 'close');
  });

  it('passes SIGTERM on to the program it runs, and lets moves begin again', async () => {
    const { held, answer } = holding();
    const { folder } = await fakeDaemon({ 'POST /v1/inhibit': answer });
    const script = 'trap "exit 9" TERM; echo ready; while :; do sleep 0.05; done';
    const child = start(['inhibit', '--runtime', folder, '--why', 'test', 'sh', '-c', script]);
    await once(child.stdout, 'data');
    expect(held.size).toBe(1);
    child.kill('SIGTERM');
    expect(await once(child, 'close')).toEqual([9, null]);
    await expect.poll(() => held.size).toBe(0);
  });

  it('lets moves begin again when it is killed', async () => {
    const { held, answer } = holding();
    const { folder } = await fakeDaemon({ 'POST /v1/inhibit': answer });
    const script = 'echo ready; sleep 0.3';
    const child = start(['inhibit', '--runtime', folder, '--why', 'test', 'sh', '-c', script]);
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await expect.poll(() => held.size).toBe(0);
  });
});
