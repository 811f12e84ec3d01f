/** The system probe on this machine's own /proc. */
import { type ChildProcess, spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Probe } from '../../src/probes/probe.ts';
import { system } from '../../src/probes/system.ts';
import { systemClock } from '../../src/system/clock.ts';
import { optionsFrom } from '../support/options.ts';

const clock = systemClock();
const SPAN_MS = 700;

function open(measure: string): Probe {
  return system.open(optionsFrom(system.options, { measure }), { clock, intervalMs: 60_000 });
}

async function value(probe: Probe): Promise<number> {
  const measured = await probe.read(new AbortController().signal);
  if ('missing' in measured) throw new Error(measured.missing);
  return measured.value;
}

/** As many as there are processors, each as busy as it can be. */
function keepBusy(): void {
  const busy = Array.from({ length: availableParallelism() }, (): ChildProcess => {
    return spawn('/bin/sh', ['-c', 'while :; do :; done'], { stdio: 'ignore' });
  });
  onTestFinished(() => busy.forEach((child) => void child.kill('SIGKILL')));
}

describe('this machine', () => {
  it('uses its processors when something keeps them busy', async () => {
    const probe = open('cpu');
    await probe.read(new AbortController().signal);
    await clock.sleep(SPAN_MS);
    expect(await value(probe)).toBeLessThanOrEqual(100);
    keepBusy();
    await clock.sleep(SPAN_MS);
    await value(probe);
    await clock.sleep(SPAN_MS);
    expect(await value(probe)).toBeGreaterThan(90);
  });

  it.each(['steal', 'memory', 'pressure-cpu-some', 'pressure-memory-full', 'pressure-io-some'])(
    'tells its %s in percent',
    async (measure) => {
      const probe = open(measure);
      await probe.read(new AbortController().signal);
      await clock.sleep(SPAN_MS);
      const percent = await value(probe);
      expect(percent).toBeGreaterThanOrEqual(0);
      expect(percent).toBeLessThanOrEqual(100);
    },
  );

  it.each(['load', 'disk-latency'])('tells its %s', async (measure) => {
    const probe = open(measure);
    await probe.read(new AbortController().signal);
    await clock.sleep(SPAN_MS);
    expect(await value(probe)).toBeGreaterThanOrEqual(0);
  });
});
