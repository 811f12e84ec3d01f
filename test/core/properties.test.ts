/**
 * The invariants of DESIGN.md §11, on made-up histories: readings, gaps, pauses, moves by others,
 * hosts that fail, lie or can't be asked.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { apply } from '../../src/core/apply.ts';
import { carry } from '../../src/core/carried.ts';
import type { Conf } from '../../src/core/conf.ts';
import type { Entry } from '../../src/core/entries.ts';
import { isEntry } from '../../src/core/entry-shapes.ts';
import { offHoursSchedule } from '../../src/core/hours.ts';
import { Simulation } from '../../src/core/simulate.ts';
import { INITIAL } from '../../src/core/state.ts';
import { restore } from '../../src/core/step.ts';
import { fulfils } from '../../src/core/tarry.ts';
import { elapsedMs, type Stamp } from '../../src/core/time.ts';
import type { Tarry } from '../../src/core/words.ts';
import {
  type Hosts,
  MINUTE,
  makeConf,
  SITES,
  scheduleOf,
  siteAwareRule,
  World,
} from '../support/world.ts';

const RUNS = process.env['LONG'] ? 100_000 : 2000;

const tarry: fc.Arbitrary<Tarry> = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), n: fc.integer({ min: 1, max: 5 }) }),
  fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 3 }))
    .map(([k, more]) => ({ kind: 'window' as const, k, n: k + more })),
  fc.record({ kind: fc.constant('time' as const), ms: fc.integer({ min: 1, max: 6 * MINUTE }) }),
);

const span = fc.option(fc.integer({ min: 0, max: 10 * MINUTE }), { nil: undefined });

/** Around the moment at which a world begins, 09:00. */
const schedule = fc.record({
  hours: fc.constantFrom('09:03-09:20', '08:00-09:05, 09:30-23:00', '22:00-24:00'),
  off_hours: fc.constantFrom('rest', 'rescue'),
});

const PRICES: Record<string, number> = { h1: 1, h2: 3, h3: 5, b: 0.1 };

const conf: fc.Arbitrary<Conf> = fc
  .record({
    suffering: tarry,
    idle: tarry,
    onError: fc.constantFrom('hold' as const, 'reset' as const),
    settleMs: span,
    cooldownMs: span,
    retryMs: span,
    spread: fc.boolean(),
    schedule: fc.option(schedule),
    order: fc.constantFrom('listed' as const, 'learned' as const),
    budget: fc.option(
      fc.record({ perDay: fc.integer({ min: 1, max: 20 }), zone: fc.constant('UTC') }),
      { nil: undefined },
    ),
    allow: fc.option(fc.subarray(['h1', 'h2', 'h3', 'b']), { nil: undefined }),
    deny: fc.subarray(['h1', 'h2', 'h3', 'b'], { maxLength: 2 }),
    maxTargets: fc.integer({ min: 1, max: 3 }),
    n: fc.integer({ min: 1, max: 6 }),
    mode: fc.constantFrom('active' as const, 'active' as const, 'passive' as const),
    worker: fc.option(fc.record({ tarry, estimate: fc.boolean() })),
    holdWhile: fc.boolean(),
    beforeMove: fc.boolean(),
    afterMove: fc.boolean(),
  })
  .map(({ beforeMove, afterMove, worker, ...rest }) => {
    const { suffering, idle, onError, spread, order, schedule, n, ...constraints } = rest;
    const made = makeConf({
      site: { spread, order },
      prices: PRICES,
      policy: {
        onError,
        suffering: { compare: '>', bound: 50, tarry: suffering },
        idle: { compare: '<', bound: 1, tarry: idle },
        ...(schedule ? { schedule: scheduleOf(schedule.hours, schedule) } : {}),
      },
      hooks: { beforeMove, afterMove },
      constraints: { ...constraints, maxMoves: { n, spanMs: 60 * MINUTE } },
    });
    return worker ? withWorker(made, worker) : made;
  });

/** A second policy on the same readings, that goes to a cloud for what the first suffers from. */
function withWorker(made: Conf, worker: { tarry: Tarry; estimate: boolean }): Conf {
  const rule = siteAwareRule(worker.estimate ? { margin: 1.5 } : {}, worker.tarry);
  const policies = [...made.policies, { ...rule, probe: 'slow' }];
  return { ...made, sites: [...made.sites, ...SITES.slice(1)], policies };
}

type Happening =
  | { readonly kind: 'reading'; readonly value: number | string; readonly afterMs: number }
  | {
      readonly kind:
        | 'pause'
        | 'resume'
        | 'inhibit'
        | 'release'
        | 'cancel'
        | 'errands'
        | 'ask'
        | 'job'
        | 'taken-back'
        | 'tick';
    }
  | { readonly kind: 'moved'; readonly host: string }
  | { readonly kind: 'resolve'; readonly host: string | undefined };

const happening: fc.Arbitrary<Happening> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('reading' as const),
      value: fc.constantFrom(0, 0, 30, 76, 76, 76, 'gone'),
      afterMs: fc.constantFrom(MINUTE, MINUTE, MINUTE, 20_000, 4 * MINUTE),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        'errands',
        'errands',
        'errands',
        'pause',
        'resume',
        'inhibit',
        'release',
        'cancel',
        'ask',
        'job',
        'job',
        'taken-back',
        'tick',
        'tick',
      ),
    }) as fc.Arbitrary<Happening>,
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('moved' as const),
      host: fc.constantFrom('h1', 'h2', 'h3', 'b'),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      kind: fc.constant('resolve' as const),
      host: fc.constantFrom('h1', 'h2', 'h3', undefined),
    }),
  },
);

/**
 * What the hosts do, one after the other: 0 fine, 1 preflight fails, 2 fails, 3 lies, 4 mute, 5 the
 * provider holds the guest before, 6 it does so when it is asked to move it.
 */
const behaviours = fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 20 });

const BACKUP = { host: 'h1', why: 'nightly backup', forMs: 5 * MINUTE };

function hostsThat(behave: readonly number[]): Hosts {
  let turn = 0;
  let mute = 0;
  return {
    ...(behave.length % 2 === 0 ? { cloud: 'aws' } : {}),
    preflight: () => {
      turn += 1;
      return behave[turn % behave.length] === 1 ? 'down' : undefined;
    },
    holds: () => (behave[turn % behave.length] === 5 ? BACKUP : undefined),
    hook: () => (behave[turn % behave.length] === 2 ? 'no' : undefined),
    migrate: (from, to) => {
      const kind = behave[turn % behave.length];
      if (kind === 4) mute = 3;
      if (kind === 6) return { host: from, ok: false, text: 'vetoed', held: BACKUP };
      return { host: kind === 2 ? from : to, ok: kind !== 3, text: 'said' };
    },
    locate: (host) => {
      mute -= 1;
      if (mute >= 0) return { kind: 'unknown', answers: [{ who: 'h1', says: 'time-out' }] };
      return { kind: 'at', host, answers: [{ who: host, says: 'here' }] };
    },
  };
}

/** Lets it happen, with errands held back until an `errands` comes. */
function live(conf: Conf, happenings: readonly Happening[], behave: readonly number[]): World {
  const world = new World(conf, { hosts: hostsThat(behave) });
  world.holdErrands = true;
  for (const happening of happenings) happen(world, happening);
  return world;
}

function happen(world: World, happening: Happening): void {
  const before = world.entries.length;
  switch (happening.kind) {
    case 'reading':
      world.wait(happening.afterMs);
      world.read(happening.value);
      if (happening.value === 'gone') expectNothingAsked(world, before);
      return;
    case 'errands':
      world.settleErrands();
      return;
    case 'moved':
      if (!world.state.request && !world.state.handedOver) world.host = happening.host;
      world.send({ type: 'located', sighting: world.sighting() });
      return;
    case 'resolve': {
      const request = world.state.request?.id ?? 'none';
      const { host } = happening;
      world.send({ type: 'resolve', request, ...(host === undefined ? {} : { host }) });
      return;
    }
    case 'ask':
      world.ask();
      return;
    case 'taken-back':
      world.takeBack();
      return;
    case 'job':
      if (world.state.work?.inHand) {
        world.send({ type: 'job-ended', job: '1', ok: true, tookMs: 60_000 });
      } else world.send({ type: 'job-began', job: '1', grade: 'a' });
      return;
    case 'inhibit':
      world.send({ type: 'inhibit', id: 'i', why: 'w' });
      return;
    case 'release':
      world.send({ type: 'release', id: 'i' });
      return;
    default:
      world.send({ type: happening.kind });
  }
}

/** But for what the clock decides, which has no value behind it. */
function expectNothingAsked(world: World, before: number): void {
  const asked = world.entries.slice(before).filter(({ entry }) => ASKING.has(entry.type));
  const byClock = world.conf.policies.some((policy) => offHoursSchedule(policy, world.now()));
  if (!byClock) expect(asked).toEqual([]);
  for (const { entry } of asked) {
    expect(entry).not.toHaveProperty('value');
    expect(entry).toHaveProperty('verdict', expect.stringMatching(/^(base|stay)$/));
  }
}

const ASKING = new Set(['intended', 'would-ask', 'held', 'verdict']);

function check(run: (world: World, conf: Conf) => void): void {
  const histories = fc.array(happening, { minLength: 5, maxLength: 120 });
  fc.assert(
    fc.property(conf, histories, behaviours, (madeConf, happenings, behave) => {
      run(live(madeConf, happenings, behave), madeConf);
    }),
    { numRuns: RUNS },
  );
}

/** A live guest that only reads, without hooks; no two readings are as near as a move takes. */
function checkRows(run: (world: World, conf: Conf) => void): void {
  const stretch = fc.record({
    value: fc.constantFrom(0, 0, 30, 76, 76, 'gone'),
    afterMs: fc.constantFrom(MINUTE, MINUTE, MINUTE, 20_000, 4 * MINUTE),
    again: fc.constantFrom(1, 2, 6),
  });
  fc.assert(
    fc.property(conf, fc.array(stretch, { minLength: 5, maxLength: 25 }), (hooked, stretches) => {
      const made = { ...hooked, hooks: NO_HOOKS };
      const world = new World(made);
      // A simulation begins with its first reading: nothing may have come before.
      fc.pre(world.of('intended').length === 0);
      world.read(30);
      for (const { value, afterMs, again } of stretches) {
        world.readAll(Array(again).fill(value), afterMs);
      }
      run(world, made);
    }),
    { numRuns: RUNS },
  );
}

/** The service never recovered: how often the guest rested, and each time as long as it should. */
function expectRests(world: World, allowed: readonly string[]): number {
  const arrivals = all(world, 'outcome').filter(({ entry }) => entry.outcome === 'confirmed');
  const firsts = allowed.map((host) => arrivals.findIndex(({ entry }) => entry.host === host));
  if (firsts.length === 0 || firsts.includes(-1)) return 0;
  const complete = Math.max(...firsts);
  const later = arrivals.slice(complete);
  later.forEach(({ at }, n) => {
    const next = all(world, 'intended')[complete + n + 1];
    const restMs = Math.min(2 ** n, 24) * 60 * MINUTE;
    if (next) expect(elapsedMs(at, next.at)).toBeGreaterThanOrEqual(restMs);
  });
  return later.length;
}

const NO_HOOKS = { beforeMove: false, afterMove: false };

/** Whether this is the end of a move that counts against the limit. */
function isMove(world: World, { request, outcome }: Extract<Entry, { type: 'outcome' }>): boolean {
  const asked = world.of('intended').find((entry) => entry.request === request);
  const counts = asked?.verdict === 'move' || asked?.verdict === 'away';
  return outcome !== 'failed' && counts;
}

/** How often a clone went out; between that and its return home does nothing of its own. */
function expectOneActs(world: World): number {
  let out: string | undefined;
  world.entries.forEach(({ entry }, i) => {
    if (entry.type === 'handed-over') {
      expect(out).toBeUndefined();
      out = entry.request;
      const next = world.entries[i + 1]?.entry;
      expect(next).toMatchObject({ type: 'outcome', outcome: 'confirmed', request: out });
    } else if (entry.type === 'taken-back') {
      expect(entry.request).toBe(out);
      out = undefined;
    } else if (out !== undefined) {
      expect(OF_WHO_ACTS).not.toContain(entry.type);
    }
  });
  expect(world.state.handedOver?.request).toBe(out);
  return world.of('handed-over').length;
}

const OF_WHO_ACTS = ['intended', 'would-ask', 'place', 'place-lost', 'moved-by-other'];

interface At<T extends Entry['type']> {
  readonly entry: Extract<Entry, { type: T }>;
  readonly at: Stamp;
}

function all<T extends Entry['type']>(world: World, type: T): At<T>[] {
  return world.entries.filter(({ entry }) => entry.type === type) as At<T>[];
}

const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const dayOf = ({ wallMs }: Stamp) => Math.floor(wallMs / DAY);

/** What a day cost up to the last of the entries, of where they say that the guest was. */
function spentOn(day: number, entries: World['entries']): number {
  let spent = 0;
  entries.forEach(({ at }, index) => {
    const host = entries.slice(0, index).reduce<string | undefined>(hostAfter, undefined);
    const fromMs = Math.max(entries[index - 1]?.at.wallMs ?? at.wallMs, day * DAY);
    if (host !== undefined) spent += (Math.max(0, at.wallMs - fromMs) / HOUR) * (PRICES[host] ?? 0);
  });
  return spent;
}

function hostAfter(host: string | undefined, { entry }: { entry: Entry }): string | undefined {
  if (entry.type === 'place') return entry.host;
  if (entry.type === 'moved-by-other') return entry.to;
  if (entry.type === 'taken-back') return entry.host;
  if (entry.type !== 'outcome') return host;
  if (entry.outcome === 'abandoned') return undefined;
  return entry.outcome === 'confirmed' ? entry.host : host;
}

describe('whatever happens', () => {
  it('at most one request is in flight, and each ends in at most one outcome', () => {
    check((world) => {
      let open: string | undefined;
      for (const { entry } of world.entries) {
        if (entry.type === 'intended') {
          expect(open).toBeUndefined();
          open = entry.request;
        } else if (entry.type === 'outcome') {
          expect(entry.request).toBe(open);
          open = undefined;
        } else if (entry.type === 'progress') {
          expect(entry.request).toBe(open);
        }
      }
      expect(world.state.request?.id).toBe(open);
    });
  });

  it('no request comes sooner than settling and cooldown after a confirmed arrival', () => {
    check((world, { constraints }) => {
      const pauseMs = Math.max(constraints.settleMs ?? 0, constraints.cooldownMs ?? 0);
      let arrived: Stamp | undefined;
      for (const { entry, at } of world.entries) {
        if (entry.type === 'outcome' && entry.outcome === 'confirmed') arrived = at;
        if (entry.type !== 'intended' || !arrived) continue;
        expect(elapsedMs(arrived, at)).toBeGreaterThanOrEqual(pauseMs);
      }
    });
  });

  it('a move never goes to the base, to where the guest is, or to where it may not', () => {
    check((world, { constraints }) => {
      const targets = all(world, 'intended').flatMap(({ entry }) => {
        const tries = all(world, 'progress').filter((p) => p.entry.request === entry.request);
        const next = tries.flatMap((p) => p.entry.next ?? []);
        return [entry.to, ...next].map((to) => ({ verdict: entry.verdict, from: entry.from, to }));
      });
      for (const { verdict, from, to } of targets) {
        expect(to).not.toBe(from);
        expect(to === 'b').toBe(verdict === 'base');
        expect(constraints.deny).not.toContain(to);
        if (constraints.allow) expect(constraints.allow).toContain(to);
      }
    });
  });

  it('a policy asks only on a present reading, and the move limit is kept', () => {
    check((world, { constraints }) => {
      const { n, spanMs } = constraints.maxMoves ?? { n: Infinity, spanMs: 0 };
      const moves = all(world, 'intended').filter(({ entry }) => entry.verdict === 'move');
      const confirmed = moves.filter(({ entry }) =>
        all(world, 'outcome').some(
          (o) => o.entry.request === entry.request && o.entry.outcome === 'confirmed',
        ),
      );
      const times = confirmed.map(({ at }) => at);
      times.forEach((time, i) => {
        const inSpan = times.slice(0, i).filter((earlier) => elapsedMs(earlier, time) < spanMs);
        expect(inSpan.length).toBeLessThan(n);
      });
      for (const { entry } of moves) {
        if (entry.policy !== undefined) expect(entry.value).toBe(76);
      }
    });
  });

  it('a move is paid for by the day’s budget, with what was spent before', () => {
    check((world, { constraints }) => {
      const perDay = constraints.budget?.perDay ?? Infinity;
      world.entries.forEach(({ entry, at }, index) => {
        if (entry.type !== 'intended' || entry.verdict !== 'move') return;
        const before = world.entries.slice(0, index);
        const spent = spentOn(dayOf(at), [...before, { entry, at }]);
        expect(spent + (PRICES[entry.to] ?? 0)).toBeLessThanOrEqual(perDay + 1e-9);
      });
    });
  });

  it('what the provider holds is no failure, and nothing is asked before its time', () => {
    let held = 0;
    check((world) => {
      const holds = all(world, 'held-by-provider');
      held += holds.length;
      for (const { entry, at } of holds) {
        const of = ({ entry: e }: World['entries'][number]) =>
          'request' in e && e.request === entry.request;
        const after = world.entries.slice(world.entries.findIndex((e) => e.entry === entry) + 1);
        const outcome = after.filter(of).find(({ entry: e }) => e.type === 'outcome');
        if (outcome?.entry.type === 'outcome' && outcome.entry.outcome === 'failed') {
          expect(outcome.entry).toHaveProperty('stopped', true);
        }
        const next = after.find(({ entry: e }) => e.type === 'intended');
        if (next) expect(elapsedMs(at, next.at)).toBeGreaterThanOrEqual(entry.for_ms);
      }
    });
    expect(held).toBeGreaterThan(RUNS / 200);
  });

  it('no move begins unless before_move has just let it pass', () => {
    check((world, { hooks }) => {
      const begun = world.entries.map(({ entry }) => entry).filter((e) => e.type === 'progress');
      begun.forEach((entry, i) => {
        if (!hooks.beforeMove || entry.phase !== 'migrating') return;
        const { request, to } = entry;
        expect(begun[i - 1]).toMatchObject({ phase: 'prepared', ok: true, request, to });
      });
    });
  });

  it('a reading policy asks only with its latest reading, present and beyond the bound', () => {
    check((world, { policies, constraints }) => {
      const readings = world.stored.flatMap((item) => ('reading' in item ? [item.reading] : []));
      for (const { entry, at } of all(world, 'intended')) {
        if (entry.policy === undefined || entry.reason === 'outside workhours') continue;
        const latest = readings.findLast((reading) => reading.at.bootMs <= at.bootMs);
        expect(latest).toMatchObject({ value: entry.value });
        // `hold_while` takes its time to answer.
        if (!constraints.holdWhile) expect(latest?.at).toEqual(at);
        const policy = policies.find(({ name }) => name === entry.policy);
        const good = entry.verdict === 'base' || entry.verdict === 'home';
        const condition = good ? policy?.idle : policy?.suffering;
        expect(condition && fulfils(condition, entry.value ?? Number.NaN)).toBe(true);
      }
    });
  });

  it('the move limit is kept, and an idle guest goes to base with a move left for leaving it', () => {
    let idle = 0;
    checkRows((world, { constraints }) => {
      const { n, spanMs } = constraints.maxMoves ?? { n: Infinity, spanMs: 0 };
      const spent = all(world, 'outcome').filter(({ entry }) => isMove(world, entry));
      for (const { entry, at } of all(world, 'intended')) {
        if (entry.reason === 'outside workhours' || entry.verdict === 'home') continue;
        if (entry.verdict === 'base') idle += 1;
        const inSpan = ({ at: moved }: At<'outcome'>) =>
          moved.bootMs <= at.bootMs && elapsedMs(moved, at) < spanMs;
        expect(spent.filter(inSpan).length).toBeLessThan(n);
      }
    });
    expect(idle).toBeGreaterThan(RUNS / 40);
  });

  it('when every allowed host was tried in vain it rests: for an hour, then twice as long each time', () => {
    const suffers = fc.record({
      value: fc.constantFrom(76, 76, 76, 'gone'),
      again: fc.integer({ min: 1, max: 120 }),
    });
    const limits = fc.record({
      cooldownMs: span,
      allow: fc.option(fc.subarray(['h1', 'h2', 'h3', 'h4']), { nil: undefined }),
      deny: fc.subarray(['h2', 'h3'], { maxLength: 1 }),
    });
    const order = fc.constantFrom('listed' as const, 'learned' as const);
    let rests = 0;
    fc.assert(
      fc.property(limits, order, fc.array(suffers, { maxLength: 8 }), (given, way, stretches) => {
        const hosts = ['h1', 'h2', 'h3', 'h4'];
        const constraints = { ...given, cooldownGrowth: 1, maxMoves: undefined };
        const world = new World(makeConf({ site: { hosts, order: way }, constraints }));
        for (const { value, again } of stretches) {
          world.readAll(Array(again).fill(value), 3 * MINUTE);
        }
        const { allow = hosts, deny } = given;
        const allowed = allow.filter((host) => !deny.includes(host));
        rests += expectRests(world, allowed);
      }),
      { numRuns: RUNS },
    );
    expect(rests).toBeGreaterThan(RUNS / 2);
  });

  it('what is simulated asks as a live guest does, on the same readings', () => {
    let asked = 0;
    checkRows((world, conf) => {
      const options = { host: 'h1', moveTakesMs: world.moveTakesMs, failing: new Set<string>() };
      const simulation = new Simulation(conf, options);
      for (const item of world.stored) if ('reading' in item) simulation.take(item.reading);
      const live = all(world, 'intended').map(({ entry, at }) => [at.wallMs, entry.to]);
      const simulated = simulation.end().requests.map(({ atMs, to }) => [atMs, to]);
      expect(simulated).toEqual(live);
      asked += live.length;
    });
    expect(asked).toBeGreaterThan(RUNS / 5);
  });

  it('a tick alone asks for nothing but closing time', () => {
    check((world) => {
      const before = world.entries.length;
      world.send({ type: 'tick' });
      const asked = world.entries.slice(before).filter(({ entry }) => entry.type === 'intended');
      for (const { entry } of asked) {
        expect(entry).toMatchObject({ verdict: 'base', reason: 'outside workhours' });
      }
      const after = world.entries.length;
      world.send({ type: 'tick' });
      expect(world.entries).toHaveLength(after);
    });
  });

  it('no policy goes to another site while a job is in hand', () => {
    check((world) => {
      let inHand = false;
      for (const { entry } of world.entries) {
        if (entry.type === 'job-began' || entry.type === 'job-ended') {
          inHand = entry.type === 'job-began';
        } else if (entry.type === 'intended' && entry.policy === 'build') {
          expect([inHand, entry.verdict]).toEqual([false, expect.stringMatching(/^(away|home)$/)]);
        }
      }
    });
  });

  it('while a clone acts home asks for nothing, and believes nobody of where the guest is', () => {
    const open = { settleMs: undefined, cooldownMs: undefined, retryMs: undefined };
    const rule = { ...siteAwareRule(), probe: 'slow' };
    const worker = makeConf({ sites: SITES, policies: [rule], constraints: open });
    const histories = fc.array(happening, { minLength: 20, maxLength: 80 });
    let handed = 0;
    fc.assert(
      fc.property(histories, behaviours, (happenings, behave) => {
        const world = live(worker, happenings, [...behave, ...behave]);
        handed += expectOneActs(world);
        expect(restore(world.stored, worker)).toEqual(world.state);
      }),
      { numRuns: RUNS },
    );
    expect(handed).toBeGreaterThan(RUNS / 5);
  });

  it('nothing is asked of anybody in passive mode', () => {
    check((world, { constraints }) => {
      if (constraints.mode !== 'passive') return;
      expect(world.pending.filter(({ do: what }) => what !== 'ask-hold')).toEqual([]);
      expect(world.of('intended')).toEqual([]);
    });
  });

  it('the stored entries and readings make the same state again', () => {
    check((world, conf) => {
      expect(restore(world.stored, conf)).toEqual(world.state);
    });
  });

  it('a new journal file begins with all that the older ones made, but for what readings make', () => {
    check((world) => {
      const { state } = world;
      const { probes, tracks, said } = state;
      const entry = JSON.parse(JSON.stringify({ type: 'state', state: carry(state) }));
      expect(isEntry(entry)).toBe(true);
      const begun = { ...INITIAL, probes, tracks, said };
      expect(apply(begun, entry, world.now())).toEqual(state);
    });
  });
});
