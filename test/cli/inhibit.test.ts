/** A program that runs with no move beginning: the hold's life, the program's status. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { inhibit } from '../../src/cli/inhibitor.ts';
import { systemClock } from '../../src/system/clock.ts';
import { tempFolder } from '../support/temp.ts';
import { type Answer, fakeDaemon, holding } from './support/fake-daemon.ts';
import { fakeTerminal } from './support/terminal.ts';

const CALL = 'POST /v1/inhibit';
const REFUSED = { status: 409, body: { error: 'too many hold it' } };

async function run(args: readonly string[], answer: Answer) {
  const daemon = await fakeDaemon({ [CALL]: answer });
  const terminal = fakeTerminal({ env: { VMMANAGE_RUNTIME: daemon.folder } });
  const status = await runCli(['inhibit', ...args], terminal);
  return { status, asked: daemon.asked, err: terminal.printed.err };
}

const node = (code: string) => [process.execPath, '-e', code];

describe('the program', () => {
  it.each<[string, readonly string[], number]>([
    ['status is ours', node('process.exit(7)'), 7],
    ['end by a signal is a shell’s number', node('process.kill(process.pid, "SIGTERM")'), 143],
    ['absence is 127', ['/nonexistent/program'], 127],
    ['folder can’t be run: 126', ['/etc'], 126],
  ])('%s', async (_, argv, status) => {
    const { held, answer } = holding();
    expect((await run(['--why', 'backup', '--', ...argv], answer)).status).toBe(status);
    await until(() => held.size === 0);
  });

  it('begins when moves are held, and its own options are left alone', async () => {
    const { answer } = holding();
    const own = node('process.exit(process.argv.includes("--why") ? 0 : 1)');
    const { status, asked } = await run(['--why', 'backup', ...own, 'x', '--why'], answer);
    expect(status).toBe(0);
    expect(asked).toEqual([{ socket: 'act.sock', call: CALL, body: { why: 'backup' } }]);
  });

  it('gets the signals that we get', async () => {
    const folder = tempFolder();
    const ready = join(folder, 'ready');
    const daemon = await fakeDaemon({ [CALL]: holding().answer });
    const terminal = fakeTerminal({ env: { VMMANAGE_RUNTIME: daemon.folder } });
    const code = `process.on('SIGTERM', () => process.exit(5));
      require('fs').writeFileSync(${JSON.stringify(ready)}, ''); setInterval(() => {}, 1000);`;
    const running = runCli(['inhibit', '--why', 'x', ...node(code)], terminal);
    await until(() => existsSync(ready));
    terminal.signal('SIGTERM');
    expect(await running).toBe(5);
  });

  it('runs with a warning where the daemon isn’t running', async () => {
    const terminal = fakeTerminal({ env: { VMMANAGE_RUNTIME: tempFolder() } });
    expect(
      await runCli(['inhibit', '--why', 'x', '--', ...node('process.exit(3)')], terminal),
    ).toBe(3);
    expect(terminal.printed.err).toMatch(/^vmmanage: warning: the daemon isn't running/);
  });

  it('does not run where the daemon refuses', async () => {
    const mark = join(tempFolder(), 'ran');
    const argv = node(`require('fs').writeFileSync(${JSON.stringify(mark)}, '')`);
    const { status, err } = await run(['--why', 'x', '--', ...argv], REFUSED);
    expect([status, existsSync(mark)]).toEqual([75, false]);
    expect(err).toContain('too many hold it');
  });

  it.each([
    ['no reason is given', ['--', 'true']],
    ['no program is named', ['--why', 'x']],
  ])('does not run where %s', async (_, args) => {
    expect((await run(args, REFUSED)).status).toBe(2);
  });
});

describe('the hold', () => {
  it('is taken again from a daemon that was restarted', async () => {
    const first = holding();
    const daemon = await fakeDaemon({ [CALL]: first.answer });
    const { folder } = daemon;
    const changes: boolean[] = [];
    const changed = (held: boolean) => changes.push(held);
    const hold = inhibit({ folder, why: 'x', clock: systemClock(), changed });
    expect(await hold.first).toBeUndefined();
    await daemon.stop();
    await until(() => changes.length === 1);
    const second = holding();
    await fakeDaemon({ [CALL]: second.answer }, folder);
    await until(() => second.held.size === 1);
    await until(() => changes.length === 2);
    expect(changes).toEqual([false, true]);
    await hold.release();
    await until(() => second.held.size === 0);
  });

  it('is released without waiting, also while no daemon is there', async () => {
    const clock = systemClock();
    const hold = inhibit({ folder: tempFolder(), why: 'x', clock, changed: () => undefined });
    expect((await hold.first)?.status).toBe(69);
    await hold.release();
  });
});

async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 2));
}
