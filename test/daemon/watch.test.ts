import { describe, expect, it } from 'vitest';
import type { Happening } from '../../src/core/events.ts';
import type { Sighting } from '../../src/core/sighting.ts';
import { PlaceWatch, watchClocks, watchSpool } from '../../src/daemon/watch.ts';
import { manualClock } from '../support/manual-clock.ts';

function setUp() {
  const clock = manualClock();
  const events: Happening[] = [];
  const stop = new AbortController();
  const watcher = { clock, post: async (event: Happening) => void events.push(event) };
  return { clock, events, stop, watcher };
}

describe('the clocks', () => {
  async function noticed(disturb: (clock: ReturnType<typeof manualClock>) => void) {
    const { clock, events, stop, watcher } = setUp();
    let thawed = 0;
    const done = watchClocks(watcher, stop.signal, () => {
      thawed += 1;
    });
    await clock.advance(5000);
    disturb(clock);
    await clock.advance(5000);
    await clock.advance(5000);
    stop.abort();
    await clock.advance(5000);
    await done;
    const noticed = events.filter(({ type }) => type !== 'tick');
    return { events: noticed.map(({ at: _, ...event }) => event), thawed };
  }

  it('that go along together are not worth a word', async () => {
    expect(await noticed(() => undefined)).toEqual({ events: [], thawed: 0 });
  });

  it.each([3_600_000, -3_600_000])('tell a step of %d ms of the wall clock, once', async (ms) => {
    const { events, thawed } = await noticed((clock) => clock.stepWall(ms));
    expect(events).toEqual([{ type: 'clock-stepped', stepMs: ms }]);
    expect(thawed).toBe(0);
  });

  it('tell that the machine stood still, and have its place looked at', async () => {
    const { events, thawed } = await noticed((clock) => clock.freeze(4100));
    expect(events).toEqual([{ type: 'thawed', frozenMs: 4100 }]);
    expect(thawed).toBe(1);
  });

  it('tick once in every minute of the wall clock, within five seconds', async () => {
    const { clock, events, stop, watcher } = setUp();
    const done = watchClocks(watcher, stop.signal, () => undefined);
    const toMinuteMs = 60_000 - (clock.now().wallMs % 60_000);
    await clock.advance(toMinuteMs - 1);
    expect(events).toEqual([]);
    await clock.advance(5001);
    expect(events.map(({ type }) => type)).toEqual(['tick']);
    await clock.advance(120_000);
    expect(events.map(({ type }) => type)).toEqual(['tick', 'tick', 'tick']);
    stop.abort();
    await clock.advance(2000);
    await done;
  });

  it('do not take slewing for a step', async () => {
    expect((await noticed((clock) => clock.stepWall(400))).events).toEqual([]);
  });
});

describe('the place', () => {
  it('is looked at at the start, at its interval, and sooner when somebody hurries', async () => {
    const { clock, events, watcher } = setUp();
    const sighting: Sighting = { kind: 'at', host: 'h1', answers: [] };
    const place = new PlaceWatch(watcher, async () => sighting);
    const done = place.run(() => 60_000);
    await clock.advance(1);
    expect(events).toMatchObject([{ type: 'located', sighting }]);
    await clock.advance(59_999);
    expect(events).toHaveLength(2);
    place.hurry();
    await clock.advance(0);
    expect(events).toHaveLength(3);
    expect(place.latest?.sighting).toEqual(sighting);
    place.end();
    await clock.advance(0);
    await done;
    expect(events).toHaveLength(3);
  });

  it('is looked at once for all who ask meanwhile, and what is found at the end is not told', async () => {
    const { events, watcher } = setUp();
    let looks = 0;
    let found: (sighting: Sighting) => void = () => undefined;
    const place = new PlaceWatch(watcher, () => {
      looks += 1;
      return new Promise((resolve) => {
        found = resolve;
      });
    });
    const [one, other] = [place.look(), place.look()];
    found({ kind: 'at', host: 'h1', answers: [] });
    expect(await one).toBe(await other);
    expect(looks).toBe(1);
    expect(events).toHaveLength(1);
    const last = place.look();
    place.end();
    found({ kind: 'unknown', answers: [] });
    await last;
    expect(events).toHaveLength(1);
  });
});

describe('the spool', () => {
  it.each([false, true])('that drops is told once until it was empty (%s before)', async (was) => {
    const { clock, events, stop, watcher } = setUp();
    const spool = { dropped: 0, queued: 5 };
    const done = watchSpool(watcher, stop.signal, () => ({ ...spool }), was);
    const seen = async (dropped: number, queued: number) => {
      Object.assign(spool, { dropped, queued });
      await clock.advance(5000);
      return events.splice(0).map(({ type }) => type);
    };
    expect(await seen(0, 5)).toEqual([]);
    expect(await seen(3, 5)).toEqual(was ? [] : ['spool-dropping']);
    expect(await seen(9, 5)).toEqual([]);
    expect(await seen(9, 5)).toEqual([]);
    expect(await seen(9, 0)).toEqual(['spool-drained']);
    expect(await seen(9, 0)).toEqual([]);
    expect(await seen(12, 0)).toEqual(['spool-dropping']);
    stop.abort();
    await clock.advance(5000);
    await done;
  });
});
