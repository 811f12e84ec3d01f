/** What keeps probes read, and what the watchdog asks it: who didn't come to the next reading. */
import { expect, it } from 'vitest';
import { checkSources } from '../../src/conf/load.ts';
import type { Loaded } from '../../src/conf/loaded.ts';
import type { Reading } from '../../src/core/words.ts';
import { plugins } from '../../src/daemon/plugins.ts';
import { Probing } from '../../src/daemon/probing.ts';
import type { Measurement, ProbeKind } from '../../src/probes/probe.ts';
import { system } from '../../src/probes/system.ts';
import { manualClock } from '../support/manual-clock.ts';

const probe = (name: string, interval = '60s') =>
  `[probe ${name}]\nkind = system\nmeasure = ${name}\ninterval = ${interval}\ntimeout = 10s\n`;

function conf(...probes: string[]): Loaded {
  const policy = '[policy]\nkind = threshold-aware\nprobe = load\nsuffering = > 1 for 3\n';
  const text = ['[array]\nhosts = xen1\nspread = no\n', policy, ...probes].join('');
  const bytes = new TextEncoder().encode(text);
  const sources = [{ file: 'vmmanage.conf', bytes, exposed: false }];
  const surroundings = { hostname: 'db7', zone: 'UTC', env: {}, secrets: 'read' } as const;
  const { loaded, problems } = checkSources(sources, 'vmmanage.conf', plugins(), surroundings);
  if (!loaded) throw new Error(problems.map(({ text: each }) => each).join('\n'));
  return loaded;
}

/** `read` by what is measured; readings, and what was opened, are kept. */
function probing(read: (measure: string) => Promise<Measurement>) {
  const clock = manualClock();
  const readings: Reading[] = [];
  const opened: string[] = [];
  const open: ProbeKind['open'] = ({ measure }) => {
    opened.push(String(measure));
    return { read: () => read(String(measure)), close: async () => undefined };
  };
  const kinds = [{ ...system, open } as unknown as ProbeKind];
  const queue = () => {
    throw new Error('there are no queues');
  };
  const take = async (reading: Reading) => void readings.push(reading);
  const probes = new Probing(kinds, clock, { take, wants: () => true, queue });
  return { probes, clock, readings, opened };
}

it('a probe whose reading never ends is late half a minute after its time-out, and no other is', async () => {
  let answer: (measured: Measurement) => void = () => undefined;
  const never = new Promise<Measurement>((resolve) => {
    answer = resolve;
  });
  const { probes, clock, readings } = probing(async (measure) =>
    measure === 'memory' ? never : { value: 1 },
  );
  await probes.use(conf(probe('load'), probe('memory')));
  await clock.advance(40_000);
  expect(probes.late()).toEqual([]);
  await clock.advance(1);
  expect(probes.late()).toEqual(['memory']);
  await clock.advance(59_999);
  expect(probes.late()).toEqual(['memory']);
  expect(readings.map(({ probe: name }) => name)).toEqual(['load', 'load']);
  answer({ value: 2 });
  await clock.advance(1);
  expect(probes.late()).toEqual([]);
});

it('a machine that stood still has no late probe', async () => {
  const { probes, clock } = probing(async () => ({ value: 1 }));
  await probes.use(conf(probe('load')));
  await clock.advance(1);
  clock.freeze(3_600_000);
  expect(probes.late()).toEqual([]);
});

it('a reload starts afresh what it changed alone, and nobody waits for what is gone', async () => {
  const { probes, clock, opened } = probing(async () => ({ value: 1 }));
  await probes.use(conf(probe('load'), probe('memory'), probe('cpu')));
  await clock.advance(1);
  await probes.use(conf(probe('load'), probe('memory', '30s')));
  expect(opened).toEqual(['load', 'memory', 'cpu', 'memory']);
  await clock.advance(600_000);
  expect(probes.late()).toEqual([]);
});
