/** What systemd is told of the daemon, and when the watchdog isn't fed. Real time is test/systemd's. */
import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/core/entries.ts';
import type { Happening } from '../../src/core/events.ts';
import { INITIAL } from '../../src/core/state.ts';
import { calmly, Engine } from '../../src/daemon/engine.ts';
import { Supervision } from '../../src/daemon/supervision.ts';
import type { Fields, Notifier } from '../../src/system/notify.ts';
import { manualClock } from '../support/manual-clock.ts';
import { makeConf } from '../support/world.ts';

const WATCHDOG_MS = 180_000;

interface Settings {
  readonly watchdogMs?: number;
  readonly notifier?: false;
}

/** A real engine with a journal that can refuse or hang, supervised. */
function setUp({ watchdogMs, notifier: listened }: Settings = { watchdogMs: WATCHDOG_MS }) {
  const clock = manualClock();
  const start = clock.monotonicMs();
  const told: string[] = [];
  const logged: string[] = [];
  const world = { disk: 'ok', status: 'at xen1', late: [] as string[], problem: '' };
  const journal = {
    append(_: readonly Entry[]): Promise<void> {
      if (world.disk === 'hangs') return new Promise(() => undefined);
      return world.disk === 'full' ? Promise.reject(new Error('full')) : Promise.resolve();
    },
  };
  const place = { host: 'h1', since: clock.now() };
  const engine = new Engine({ ...INITIAL, place }, makeConf(), {
    ...{ clock, journal },
    newId: () => 'R1',
    perform: () => undefined,
    recorded: () => undefined,
    troubled: () => undefined,
  });
  const post = (happening: Happening) => engine.post(happening);
  const notifier = {
    watchdogMs,
    async tell(fields: Fields) {
      const seconds = Math.round((clock.monotonicMs() - start) / 1000);
      const said = Object.entries(fields).map(([key, value]) => `${key}=${value}`);
      told.push(`${seconds}: ${said.join(' ')}`);
      return world.problem === '' ? undefined : world.problem;
    },
  } as unknown as Notifier;
  const log = {
    error: (message: string, fields?: object) =>
      logged.push(`${message} ${JSON.stringify(fields)}`),
    warn: (message: string, fields?: object) => logged.push(`${message} ${JSON.stringify(fields)}`),
    info: () => undefined,
    debug: () => undefined,
    cycle: () => undefined,
    setLevel: () => undefined,
    end: () => undefined,
  };
  const supervision = new Supervision({
    ...{ clock, log, post: calmly(post), notifier: listened === false ? undefined : notifier },
    status: () => world.status,
    turned: () => engine.turned(),
    late: () => world.late,
  });
  const fed = () =>
    told.filter((each) => each.includes('WATCHDOG')).map((each) => each.split(':')[0]);
  return { clock, engine, world, told, logged, supervision, fed, post };
}

describe('systemd is told', () => {
  it('that the daemon is ready and how things stand, and then feeds the watchdog thrice in its span', async () => {
    const { clock, supervision, told } = setUp();
    await supervision.begin();
    await clock.advance(WATCHDOG_MS);
    expect(told).toEqual([
      '0: READY=1 STATUS=at xen1',
      '60: WATCHDOG=1 STATUS=at xen1',
      '120: WATCHDOG=1 STATUS=at xen1',
      '180: WATCHDOG=1 STATUS=at xen1',
    ]);
  });

  it('how things stand each minute, where there is no watchdog', async () => {
    const { clock, supervision, told } = setUp({});
    await supervision.begin();
    await clock.advance(60_000);
    expect(told.slice(1)).toEqual(['60: STATUS=at xen1']);
  });

  it('of what happens soon, together with what happens shortly after', async () => {
    const { clock, supervision, told, world } = setUp();
    await supervision.begin();
    await clock.advance(10_000);
    for (const status of ['held', 'moving', 'at xen2']) {
      world.status = status;
      supervision.nudge();
      await clock.advance(1000);
    }
    await clock.advance(10_000);
    expect(told.slice(1)).toEqual(['10: STATUS=held', '15: STATUS=at xen2']);
  });

  it('nothing where nothing looks different', async () => {
    const { clock, supervision, told } = setUp();
    await supervision.begin();
    await clock.advance(10_000);
    supervision.nudge();
    await clock.advance(10_000);
    expect(told).toHaveLength(1);
  });

  it('of a reload around it, also of one that fails', async () => {
    const { supervision, told } = setUp();
    const reload = supervision.reloading(async () => told.push('reload'));
    await reload;
    const broken = supervision.reloading(() => Promise.reject(new Error('broken')));
    await expect(broken).rejects.toThrow('broken');
    const words = told.map((each) => each.replace(/^0: /, '').split(/[= ]/)[0]);
    expect(words).toEqual(['RELOADING', 'reload', 'READY', 'RELOADING', 'READY']);
    expect(told[0]).toMatch(/ MONOTONIC_USEC=\d+$/);
  });

  it('of the end, and nothing after it', async () => {
    const { clock, supervision, told } = setUp();
    await supervision.begin();
    supervision.nudge();
    await supervision.end();
    await clock.advance(WATCHDOG_MS);
    expect(told.slice(1)).toEqual(['0: STOPPING=1 STATUS=ending']);
  });

  it('again and again, though it isn’t heard; that is logged once until it is', async () => {
    const { clock, supervision, logged, world, fed } = setUp();
    world.problem = 'systemd-notify: timed out';
    await supervision.begin();
    await clock.advance(WATCHDOG_MS);
    expect(fed()).toHaveLength(3);
    expect(logged).toEqual([expect.stringContaining('systemd-notify: timed out')]);
    world.problem = '';
    await clock.advance(60_000);
    world.problem = 'systemd-notify: timed out';
    await clock.advance(60_000);
    expect(logged).toHaveLength(2);
  });

  it('nothing where it isn’t there', async () => {
    const { clock, supervision, told } = setUp({ notifier: false });
    await supervision.begin();
    supervision.nudge();
    expect(await supervision.reloading(async () => 7)).toBe(7);
    await clock.advance(WATCHDOG_MS);
    await supervision.end();
    expect(told).toEqual([]);
  });
});

describe('the watchdog is fed', () => {
  it('while the disk is full and what has happened waits for it', async () => {
    const { clock, engine, supervision, world, fed, post } = setUp();
    await supervision.begin();
    await post({ at: clock.now(), type: 'ask', verdict: 'move', force: false });
    world.disk = 'full';
    void post({ at: clock.now(), type: 'preflighted', request: 'R1', to: 'h2', ok: true });
    const late = post({ at: clock.now(), type: 'pause' });
    await clock.advance(2 * WATCHDOG_MS);
    expect(fed()).toHaveLength(6);
    world.disk = 'ok';
    await clock.advance(2000);
    await late;
    expect(engine.state.paused).toBeDefined();
  });

  it('after the machine stood still for an hour', async () => {
    const { clock, supervision, fed } = setUp();
    await supervision.begin();
    await clock.advance(30_000);
    clock.freeze(3_600_000);
    clock.stepWall(-7_200_000);
    await clock.advance(150_000);
    expect(fed()).toEqual(['60', '120', '180']);
  });
});

describe('the watchdog isn’t fed', () => {
  it('while the engine takes no event, and why is logged once', async () => {
    const { clock, supervision, world, logged, fed, post } = setUp();
    await supervision.begin();
    await clock.advance(60_000);
    world.disk = 'hangs';
    void post({ at: clock.now(), type: 'pause' });
    await clock.advance(2 * WATCHDOG_MS);
    expect(fed()).toEqual(['60']);
    expect(logged).toEqual([expect.stringContaining('no event was taken for 1m')]);
  });

  it('while a probe isn’t read, and again at once when it is', async () => {
    const { clock, supervision, world, logged, fed } = setUp();
    await supervision.begin();
    world.late = ['slow'];
    await clock.advance(100_000);
    expect(fed()).toEqual([]);
    expect(logged).toEqual([expect.stringContaining('not read any more: slow')]);
    world.late = [];
    await clock.advance(1000);
    expect(fed()).toEqual(['101']);
  });
});
