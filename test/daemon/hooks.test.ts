import { describe, expect, it } from 'vitest';
import type { HookPrograms } from '../../src/conf/loaded.ts';
import type { Event } from '../../src/core/events.ts';
import type { HookCall } from '../../src/core/hooks.ts';
import { HookRunner } from '../../src/daemon/hooks.ts';
import { systemClock } from '../../src/system/clock.ts';
import { HOOK_MARK, underway } from '../../src/system/marks.ts';
import { runProgram } from '../../src/system/programs.ts';

const clock = systemClock();
const BEFORE: HookCall = {
  ...{ hook: 'before_move', request: 'R1', verdict: 'move', policy: 'db' },
  ...{ from: 'h1', to: 'h2', reason: '76 > 50' },
};
const AFTER: HookCall = {
  ...BEFORE,
  ...{ hook: 'after_move', outcome: 'confirmed', host: 'h2', outcomeReason: 'seen at h2' },
};

function setUp(before: string, after = before, timeoutMs = 5000) {
  const events: Event[] = [];
  const sh = (script: string) => ({ argv: ['/bin/sh', '-c', script], timeoutMs });
  const programs: HookPrograms = { before_move: sh(before), after_move: sh(after) };
  const post = async (event: Event) => void events.push(event);
  return { events, runner: new HookRunner(programs, { clock, vm: 'db7', post }) };
}

describe('a hook', () => {
  it('is told everything in its environment', async () => {
    const { events, runner } = setUp('env | grep ^VMMANAGE_ | sort | tr "\\n" " "');
    await runner.run(BEFORE);
    await runner.run(AFTER);
    const common = 'VMMANAGE_POLICY=db VMMANAGE_REASON=76 > 50 VMMANAGE_REQUEST=R1';
    expect(events).toMatchObject([
      {
        ...{ type: 'prepared', request: 'R1', to: 'h2', ok: true },
        text:
          'VMMANAGE_FROM=h1 VMMANAGE_HOOK=before_move VMMANAGE_HOOK_OF=R1 ' +
          `${common} VMMANAGE_TO=h2 VMMANAGE_VERDICT=move VMMANAGE_VM=db7`,
      },
      { type: 'after-move-ended', request: 'R1', ok: true },
    ]);
    expect((events[1] as { text: string }).text).toContain(
      'VMMANAGE_HOST=h2 VMMANAGE_OUTCOME=confirmed VMMANAGE_OUTCOME_REASON=seen at h2',
    );
  });

  it.each([
    ['refuses with its last line', 'echo one; echo "is busy" >&2; exit 3', 'is busy'],
    ['refuses without a word', 'exit 3', 'exit 3'],
    ['takes too long', 'exec sleep 60', 'timed out'],
    ['is killed', 'kill -9 $$', 'killed by SIGKILL'],
  ])('that %s', async (_, script, text) => {
    const { events, runner } = setUp(script, script, 300);
    await runner.run(BEFORE);
    expect(events).toMatchObject([{ type: 'prepared', ok: false, text }]);
  });

  it('runs after the one before it has ended', async () => {
    const { events, runner } = setUp('exit 0', 'sleep 0.2');
    await Promise.all([runner.run(AFTER), runner.run({ ...BEFORE, request: 'R2' })]);
    expect(events.map(({ type }) => type)).toEqual(['after-move-ended', 'prepared']);
  });

  it('that is cancelled is ended', async () => {
    const { events, runner } = setUp('exec sleep 60', '', 60_000);
    const ran = runner.run(BEFORE);
    expect(runner.cancel('R0')).toBe(false);
    expect(runner.cancel('R1')).toBe(true);
    await ran;
    expect(events).toMatchObject([{ type: 'prepared', ok: false, text: 'cancelled' }]);
    expect(runner.cancel('R1')).toBe(false);
  });

  it('is ended with the daemon, and nothing is said of it', async () => {
    const { events, runner } = setUp('exec sleep 60', '', 60_000);
    const ran = runner.run(BEFORE);
    runner.end();
    await ran;
    expect(events).toEqual([]);
  });

  it('of an earlier life is found, and is not taken for the attempt', async () => {
    const { runner } = setUp('exit 0');
    const request = `R-${process.pid}`;
    const env = { VMMANAGE_REQUEST: request, [HOOK_MARK]: request };
    const stop = new AbortController();
    const argv = ['/bin/sleep', '60'];
    const ended = runProgram({ argv, env, timeoutMs: 60_000, signal: stop.signal }, clock);
    while (!(await runner.underway(request))) await clock.sleep(5);
    expect(await underway(`VMMANAGE_REQUEST=${request}`)).toBe(false);
    stop.abort();
    await ended;
    expect(await runner.underway(request)).toBe(false);
  });
});
