/**
 * A request through hosts that refuse, lose, garble, lie and fail, with the daemon killed on the
 * way: never two outcomes, never two transfers, and one outcome once all is well again.
 */
import fc from 'fast-check';
import { ulid } from 'ulid';
import { expect, it } from 'vitest';
import type { Entry } from '../../../src/core/entries.ts';
import type { Event, Happening } from '../../../src/core/events.ts';
import { INITIAL, type State } from '../../../src/core/state.ts';
import { step } from '../../../src/core/step.ts';
import { Mover } from '../../../src/daemon/mover.ts';
import { Witnesses } from '../../../src/daemon/witnesses.ts';
import { HostClient } from '../../../src/migrators/hosts/client.ts';
import { openByCalls } from '../../../src/migrators/hosts/open.ts';
import { hostsOptions } from '../../../src/migrators/hosts/options.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { optionsFrom } from '../../support/options.ts';
import { CONSTRAINTS, makeConf } from '../../support/world.ts';
import { MOODS, ModelHosts, type Mood } from './model.ts';

const RUNS = process.env['LONG'] ? 10_000 : 300;
const MINUTE = 60_000;
const HOSTS = ['h1', 'h2', 'h3', 'b'];
const GROUND = { name: 'home', hosts: HOSTS, locators: ['m'] };
const OPTIONS = optionsFrom(hostsOptions, { timeout: '5m' });
const HONEST: readonly Mood[] = MOODS.filter((mood) => !['yes', 'no', 'done'].includes(mood));

/** A daemon as far as a request needs one: core, the mover, and a migrator that asks the model. */
class Daemon {
  readonly clock = manualClock();
  readonly entries: Entry[] = [];
  readonly hosts: ModelHosts;
  /** An outcome was made of a request whose transfer was still going on. */
  tooSoon = false;
  state: State = INITIAL;
  readonly #conf = makeConf({ constraints: { ...CONSTRAINTS, retryMs: undefined } });
  #life = 0;
  #mover = this.#newMover();

  constructor(moods: readonly Mood[], takesMs: number) {
    this.hosts = new ModelHosts(this.clock, 'h1', moods, takesMs);
    const at = { kind: 'at' as const, host: 'h1', answers: [] };
    this.post({ at: this.clock.now(), type: 'located', sighting: at });
  }

  post(happening: Happening): void {
    const newRequest = ulid(this.clock.now().wallMs);
    const { state, effects } = step(this.state, { ...happening, newRequest } as Event, this.#conf);
    this.state = state;
    for (const effect of effects) {
      if (effect.do !== 'journal') continue;
      this.entries.push(effect.entry);
      if (effect.entry.type === 'outcome') this.tooSoon ||= this.hosts.moving;
    }
    for (const effect of effects) {
      const ours = ['preflight', 'migrate', 'cancel', 'locate'].includes(effect.do);
      if (ours) this.#mover.perform(effect as Parameters<Mover['perform']>[0]);
    }
  }

  /** Its process ends between two lines, and another begins. */
  kill(): void {
    this.#mover.end();
    this.#mover = this.#newMover();
    this.post({ at: this.clock.now(), type: 'began', version: '1' });
  }

  of(type: Entry['type']): Entry[] {
    return this.entries.filter((entry) => entry.type === type);
  }

  #newMover(): Mover {
    this.#life += 1;
    const life = this.#life;
    const { clock } = this;
    const context = { clock, vm: 'db7', hosts: HOSTS, addressOf: String, stateFolder: '/' };
    const client = new HostClient(OPTIONS, context, (program) =>
      // The questions of a dead process are never answered.
      life === this.#life ? this.hosts.run(program) : new Promise(() => undefined),
    );
    const { migrator, locator, stopper } = openByCalls(OPTIONS, client, context);
    const ways = {
      migratorFor: () => migrator,
      locator: new Witnesses([{ id: 'm', name: 'm', locator }], [GROUND], clock),
      underway: (request: string) => migrator.underway(request),
      stop: async (request: string) => stopper?.stop(request),
      cloneSites: [],
    };
    return new Mover(ways, {
      clock,
      vm: 'db7',
      post: async (happening) => this.post(happening),
      hookUnderway: async () => false,
    });
  }
}

/** What the hosts make of one call after the other; mostly the first ones let a transfer begin. */
function moodsOf(all: readonly Mood[]): fc.Arbitrary<Mood[]> {
  const mood = fc.oneof(
    { weight: 2, arbitrary: fc.constant<Mood>('honest') },
    { weight: 3, arbitrary: fc.constantFrom(...all) },
  );
  const begin = fc.oneof(
    { weight: 3, arbitrary: fc.constant(Array<Mood>(5).fill('honest')) },
    { weight: 1, arbitrary: fc.constant<Mood[]>([]) },
  );
  const rest = fc.array(mood, { minLength: 60, maxLength: 200 });
  return fc.tuple(begin, rest).map(([first, then]) => [...first, ...then]);
}

type Blow = { readonly afterMs: number; readonly what: 'kill' | 'cancel' | 'nothing' };

const blows = fc.array(
  fc.record({
    afterMs: fc.integer({ min: 100, max: 4 * MINUTE }),
    what: fc.constantFrom('kill', 'cancel', 'nothing', 'nothing'),
  }) as fc.Arbitrary<Blow>,
  { maxLength: 6 },
);
const takesMs = fc.constantFrom(100, 5000, 40_000, 4 * MINUTE, 7 * MINUTE);

/** One request through what happens, and then through two hours in which all is well. */
async function live(moods: readonly Mood[], takes: number, happenings: readonly Blow[]) {
  const daemon = new Daemon(moods, takes);
  daemon.post({ at: daemon.clock.now(), type: 'ask', verdict: 'move', force: false });
  for (const { afterMs, what } of happenings) {
    await daemon.clock.advance(afterMs);
    check(daemon);
    if (what === 'kill') daemon.kill();
    if (what === 'cancel') daemon.post({ at: daemon.clock.now(), type: 'cancel' });
  }
  daemon.hosts.calm = true;
  return daemon;
}

/** What holds at any moment. */
function check({ entries, state, hosts }: Daemon): void {
  const count = (type: Entry['type']) => entries.filter((entry) => entry.type === type).length;
  expect(count('intended')).toBe(1);
  expect(count('outcome') + (state.request ? 1 : 0)).toBe(1);
  expect(hosts.transfers.length).toBeLessThanOrEqual(1);
}

it('ends in one outcome once all is well, and never in two, whatever the hosts say', async () => {
  await fc.assert(
    fc.asyncProperty(moodsOf(MOODS), takesMs, blows, async (given, takes, happenings) => {
      const daemon = await live(given, takes, happenings);
      await daemon.clock.advance(120 * MINUTE);
      check(daemon);
      expect(daemon.of('outcome')).toHaveLength(1);
    }),
    { numRuns: RUNS },
  );
}, 600_000);

it('stays blocked for as long as the hosts never tell where the guest is', async () => {
  const mute = fc.array(fc.constantFrom<Mood>('broken', 'garbled', 'no'), { minLength: 1 });
  await fc.assert(
    fc.asyncProperty(mute, async (given) => {
      // The first is no call's; preflight asks three times, and then the move is asked for.
      const moods = Array.from({ length: 5000 }, (_, n) => given[n % given.length] ?? 'no');
      const daemon = await live([...Array<Mood>(5).fill('honest'), ...moods], 40_000, []);
      daemon.hosts.calm = false;
      await daemon.clock.advance(60 * MINUTE);
      check(daemon);
      expect(daemon.hosts.transfers).toHaveLength(1);
      expect(daemon.state.request?.phase).toBe('unconfirmed');
    }),
    { numRuns: RUNS / 10 },
  );
}, 600_000);

it('says what is so, where hosts may be anything but liars', async () => {
  const seen = { confirmed: 0, failed: 0 };
  await fc.assert(
    fc.asyncProperty(moodsOf(HONEST), takesMs, blows, async (given, takes, happenings) => {
      const daemon = await live(given, takes, happenings);
      await daemon.clock.advance(120 * MINUTE);
      const [outcome] = daemon.of('outcome');
      if (outcome?.type !== 'outcome') throw new Error('no outcome');
      expect(daemon.tooSoon).toBe(false);
      daemon.hosts.settle();
      expect(outcome.host).toBe(daemon.hosts.at);
      if (outcome.outcome === 'abandoned') throw new Error('by nobody');
      expect(outcome.outcome).toBe(daemon.hosts.at === 'h1' ? 'failed' : 'confirmed');
      if (daemon.hosts.transfers.length === 1) seen[outcome.outcome] += 1;
    }),
    { numRuns: RUNS },
  );
  expect(seen.confirmed).toBeGreaterThan(RUNS / 5);
  expect(seen.failed).toBeGreaterThan(RUNS / 20);
}, 600_000);
