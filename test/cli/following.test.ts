/** What follows something over time: a request to its outcome, a status that is redrawn. */
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import type { Clock } from '../../src/core/clock.ts';
import { systemClock } from '../../src/system/clock.ts';
import { tempFolder } from '../support/temp.ts';
import { type Answer, fakeDaemon } from './support/fake-daemon.ts';
import { CONTENT, ID, LAST_MOVE, UNCONFIRMED } from './support/reports.ts';
import { fakeTerminal } from './support/terminal.ts';

const START = { status: 202, body: { request: ID, from: 'xen2', to: 'xen3' } };
const ENDED: Answer = { body: { past: { ...LAST_MOVE, id: ID } } };
const REQUEST = `GET /v1/requests/${ID}`;

function open(phase: string, to = 'xen3'): Answer {
  return { body: { open: { ...UNCONFIRMED, phase, to, answers: [] } } };
}

/** Sleeps as long as it takes the others to have their turn, and counts it as asked. */
function hurried(): Clock {
  const real = systemClock();
  let aheadMs = 0;
  return {
    now: () => ({ wallMs: Date.parse(CONTENT.now) + aheadMs, boot: 'b', bootMs: aheadMs }),
    monotonicMs: () => aheadMs,
    after: () => () => undefined,
    sleep: async (ms) => {
      aheadMs += ms;
      await real.sleep(1);
    },
  };
}

async function move(answers: readonly Answer[], args: readonly string[] = [], tty = false) {
  const daemon = await fakeDaemon({ 'POST /v1/move': START, [REQUEST]: answers });
  const env = { VMMANAGE_RUNTIME: daemon.folder };
  const terminal = fakeTerminal({ env, tty, clock: hurried() });
  const status = await runCli(['move', ...args], terminal);
  return { status, ...terminal.printed };
}

describe('move', () => {
  it('tells each phase once, and how it ended', async () => {
    const answers = [open('preflight'), open('migrating'), open('migrating'), open('locating')];
    expect(await move([...answers, ENDED])).toEqual({
      status: 0,
      out: [
        `request ${ID} xen2→xen3`,
        'asking whether xen3 can take the guest',
        'moving to xen3',
        'looking where the guest is',
        'confirmed: at xen3 after 31s, frozen 4.1s',
        '',
      ].join('\n'),
      err: '',
    });
  });

  it('tells when another target is tried', async () => {
    const { out } = await move([open('preflight'), open('preflight', 'xen1'), ENDED]);
    expect(out).toContain('asking whether xen1 can take the guest');
  });

  it('writes over one line on a terminal, and leaves nothing of it', async () => {
    const { out } = await move([open('migrating'), open('migrating'), ENDED], [], true);
    expect(out).toContain('\r\x1b[Kmoving to xen3, 0s\r\x1b[Kmoving to xen3, 0s\r\x1b[Kconfirmed');
  });

  it('says once that nobody can confirm it, and follows on', async () => {
    const blocked: Answer = { body: { open: UNCONFIRMED } };
    const { status, out } = await move([blocked, blocked, ENDED]);
    expect(status).toBe(0);
    expect(out.match(/BLOCKED/g)).toHaveLength(1);
    expect(out).toContain(`do: vmmanage resolve ${ID} --at HOST`);
  });

  it('stops following when its time is over, and says that the request goes on', async () => {
    const { status, err } = await move([open('migrating')], ['--timeout', '5s']);
    expect(status).toBe(1);
    expect(err).toBe(
      `vmmanage: not over after 5s; the request goes on\n  see vmmanage status, or vmmanage cancel ${ID}\n`,
    );
  });

  it('follows on over a restart of the daemon', async () => {
    const cut: Answer = (request) => void request.socket.destroy();
    expect((await move([open('migrating'), cut, cut, ENDED])).status).toBe(0);
  });

  it('gives up on a daemon that stays away', async () => {
    const cut: Answer = (request) => void request.socket.destroy();
    expect((await move([cut])).status).toBe(69);
  });

  it('prints nothing but the outcome with --json', async () => {
    const { out } = await move([open('migrating'), ENDED], ['--json']);
    expect(JSON.parse(out)).toMatchObject({ id: ID, outcome: 'confirmed' });
  });

  it('leaves the request alone on Ctrl-C', async () => {
    const daemon = await fakeDaemon({ 'POST /v1/move': START, [REQUEST]: open('migrating') });
    const terminal = fakeTerminal({ env: { VMMANAGE_RUNTIME: daemon.folder } });
    const running = runCli(['move'], terminal);
    await until(() => daemon.asked.length >= 2);
    terminal.signal('SIGINT');
    expect(await running).toBe(130);
    expect(daemon.asked.some(({ call }) => call === 'POST /v1/cancel')).toBe(false);
  });
});

async function until(met: () => boolean): Promise<void> {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 2));
}

describe('status --watch', () => {
  it('redraws on a terminal until Ctrl-C, and ends well', async () => {
    const daemon = await fakeDaemon({ 'GET /v1/status': { body: CONTENT } });
    const env = { VMMANAGE_RUNTIME: daemon.folder };
    const terminal = fakeTerminal({ env, tty: true });
    const running = runCli(['status', '--watch', '--interval', '10ms'], terminal);
    await until(() => daemon.asked.length >= 3);
    terminal.signal('SIGINT');
    expect(await running).toBe(0);
    const frames = terminal.printed.out.split('\x1b[H').slice(1);
    expect(frames.length).toBeGreaterThan(1);
    const lines = frames[0]?.split('\n') ?? [];
    expect(lines[0]).toMatch(/^db7 {2}ACTIVE/);
    expect(lines.slice(0, -1).every((line) => line.endsWith('\x1b[K'))).toBe(true);
    expect(lines.at(-1)).toBe('\x1b[J');
  });

  it('says that the daemon is away, and finds it again', async () => {
    const daemon = await fakeDaemon({ 'GET /v1/status': { body: CONTENT } });
    const terminal = fakeTerminal({ env: { VMMANAGE_RUNTIME: daemon.folder } });
    const running = runCli(['status', '--watch', '--interval', '10ms'], terminal);
    await until(() => terminal.printed.out.includes('ACTIVE'));
    await daemon.stop();
    await until(() => terminal.printed.out.includes("isn't running"));
    const before = terminal.printed.out.length;
    await fakeDaemon({ 'GET /v1/status': { body: CONTENT } }, daemon.folder);
    await until(() => terminal.printed.out.slice(before).includes('ACTIVE'));
    terminal.signal('SIGTERM');
    expect(await running).toBe(0);
  });

  it('does not begin without a daemon', async () => {
    const terminal = fakeTerminal({ env: { VMMANAGE_RUNTIME: tempFolder() } });
    expect(await runCli(['status', '--watch'], terminal)).toBe(69);
  });
});
