/** What a daemon in a made-up world would report of itself. */
import { isPresent } from '../../src/core/words.ts';
import { PastRequests } from '../../src/daemon/past.ts';
import type { Sight } from '../../src/daemon/reports.ts';
import type { World } from './world.ts';

export function sightOf(world: World): Sight {
  const past = new PastRequests(100);
  for (const recorded of world.entries) past.add(recorded);
  const readings = world.stored.flatMap((item) => ('reading' in item ? [item.reading] : []));
  return {
    version: '1.2.3',
    pid: 7,
    at: world.now(),
    state: world.state,
    conf: world.conf,
    probes: [{ name: 'slow', kind: 'mysql', options: {} }],
    effective: [
      { section: 'constraints', key: 'cooldown', value: '5m', origin: 'default' },
      { section: 'constraints', key: 'cooldown_growth', value: '2', origin: 'db.conf:3' },
    ],
    files: ['db.conf'],
    loadedMs: 0,
    problems: [],
    cautions: [],
    look: { wallMs: world.now().wallMs, sighting: world.sighting() },
    looks: [],
    told: undefined,
    shadow: undefined,
    nextLookMs: undefined,
    past: past.all(),
    readings: { slow: readings.filter(isPresent).slice(-12) },
    sink: undefined,
    provider: undefined,
    trouble: undefined,
  };
}
