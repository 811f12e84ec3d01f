/** One request from its asking to its end: a real migrator under core and the daemon's mover. */
import { ulid } from 'ulid';
import type { Conf, Site } from '../../src/core/conf.ts';
import type { Entry } from '../../src/core/entries.ts';
import type { Happening } from '../../src/core/events.ts';
import type { Word } from '../../src/core/locating.ts';
import { INITIAL, type State } from '../../src/core/state.ts';
import { step } from '../../src/core/step.ts';
import { Mover } from '../../src/daemon/mover.ts';
import { Witnesses } from '../../src/daemon/witnesses.ts';
import type { OpenedMigrator, Standing } from '../../src/migrators/migrator.ts';
import { systemClock } from '../../src/system/clock.ts';
import { makeConf, SITES } from '../support/world.ts';

const clock = systemClock();
const HOSTS = ['xen1', 'xen2'];
const [HOME, CLOUD] = SITES as [Site, Site];
/** Where xen2 is a cloud: the guest itself stays at home, as its hypervisor says. */
const AWAY = [
  { ...HOME, hosts: ['xen1'] },
  { ...CLOUD, name: 'away', hosts: ['xen2'] },
];
const AWAY_GROUNDS = [
  { name: HOME.name, hosts: ['xen1'], locators: ['home'] },
  { name: 'away', hosts: ['xen2'], locators: ['m'] },
];
const SEEN: Word = { kind: 'at', host: 'xen1', answers: [{ who: 'xen1', says: 'runs it' }] };
const AT_HOME = { id: 'home', name: 'home', locator: { locate: async () => SEEN } };
const GROUND = { name: 'home', hosts: HOSTS, locators: ['m'] };
/** Between two looks whether it has ended. */
const LOOK_MS = 10;

export interface Ended {
  /** An outcome, or that nobody can say. */
  readonly outcome: 'confirmed' | 'failed' | 'unconfirmed';
  readonly reason: string;
  readonly tookMs: number;
  /** Why the target is barred, where it is. */
  readonly bar?: string;
}

export class Course {
  readonly entries: Entry[] = [];
  #state: State = INITIAL;
  readonly #conf: Conf;
  readonly #mover: Mover;
  readonly #migrating: () => void;
  readonly #toCloud: boolean;

  /** `migrating` is called when the migrator is about to be asked. */
  constructor(vm: string, opened: OpenedMigrator, migrating = () => {}) {
    const { migrator, locator, stopper } = opened;
    this.#toCloud = opened.cloneSite !== undefined;
    this.#conf = makeConf({
      vm,
      ...(this.#toCloud ? { sites: AWAY } : { site: { hosts: HOSTS } }),
      constraints: { settleMs: undefined, cooldownMs: undefined, lookMs: 200 },
    });
    this.#migrating = migrating;
    const ways = {
      migratorFor: () => migrator,
      locator: this.#toCloud
        ? new Witnesses([{ id: 'm', name: 'm', locator }, AT_HOME], AWAY_GROUNDS, clock)
        : new Witnesses([{ id: 'm', name: 'm', locator }], [GROUND], clock),
      underway: (request: string) => migrator.underway(request),
      stop: async (request: string) => stopper?.stop(request),
      cloneSites: [],
    };
    const parts = { clock, vm, hookUnderway: async () => false };
    this.#mover = new Mover(ways, { ...parts, post: async (happening) => this.#take(happening) });
  }

  /** As the daemon tells it to the migrators of clouds. */
  get standing(): Standing {
    const { request, handedOver, origin } = this.#state;
    return { request, handedOver, origin };
  }

  /** Asks for a move from xen1 to xen2, and waits until it has ended or nobody can say. */
  async toItsEnd(): Promise<Ended> {
    const sighting = { kind: 'at' as const, host: 'xen1', answers: [] };
    this.#take({ at: clock.now(), type: 'located', sighting });
    const began = Date.now();
    this.#take({
      at: clock.now(),
      type: 'ask',
      verdict: this.#toCloud ? 'away' : 'move',
      force: false,
    });
    let end = this.#end(began);
    for (; end === undefined; end = this.#end(began)) await clock.sleep(LOOK_MS);
    this.#mover.end();
    return end;
  }

  #take(happening: Happening): void {
    const event = { ...happening, newRequest: ulid() };
    const { state, effects } = step(this.#state, event, this.#conf);
    this.#state = state;
    for (const effect of effects) {
      if (effect.do === 'refuse') throw new Error(effect.reason);
      if (effect.do === 'journal') this.#note(effect.entry);
      else if (effect.do !== 'ask-hold' && effect.do !== 'hook' && effect.do !== 'alert') {
        this.#mover.perform(effect);
      }
    }
  }

  #note(entry: Entry): void {
    this.entries.push(entry);
    if (entry.type === 'progress' && entry.phase === 'migrating') this.#migrating();
  }

  #end(began: number): Ended | undefined {
    const last = this.entries.at(-1);
    const bar = this.#state.bars['xen2']?.reason;
    const more = { tookMs: Date.now() - began, ...(bar === undefined ? {} : { bar }) };
    if (last?.type === 'outcome' && last.outcome !== 'abandoned') {
      return { outcome: last.outcome, reason: last.reason, ...more };
    }
    if (last?.type !== 'progress' || last.phase !== 'unconfirmed') return undefined;
    const answers = last.answers?.map(({ who, says }) => `${who}: ${says}`).join(' · ') ?? '';
    return { outcome: 'unconfirmed', reason: answers, ...more };
  }
}
