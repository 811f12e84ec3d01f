/**
 * Everybody who carries an errand of core's out: the mover, the `hold_while` program, the hooks and
 * the alerter. It hands each errand to the one it is for.
 */
import type { Loaded } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import type { Errand, Happening } from '../core/events.ts';
import type { State } from '../core/state.ts';
import { Alerter } from './alerter.ts';
import { waysOf } from './clone-ways.ts';
import { Hold } from './hold.ts';
import { HookRunner } from './hooks.ts';
import type { LocalLog } from './local-log.ts';
import { Mover, type Ways } from './mover.ts';
import { openWays, type WayKinds } from './ways.ts';
import type { TellContradiction } from './witnesses.ts';

export interface ErrandParts {
  readonly clock: Clock;
  readonly log: LocalLog;
  readonly kinds: WayKinds;
  post(happening: Happening): Promise<unknown>;
  /** Lets an event go that the journal can't take. */
  postCalmly(happening: Happening): Promise<unknown>;
  state(): State;
}

export class Errands {
  readonly mover: Mover;
  readonly hold: Hold;
  readonly #hooks: HookRunner;
  readonly #alerter: Alerter;
  readonly #parts: ErrandParts;

  constructor(loaded: Loaded, parts: ErrandParts) {
    const { clock, log, post, postCalmly } = parts;
    const { vm } = loaded.rules;
    const calm = { clock, vm, post: postCalmly };
    this.#parts = parts;
    this.hold = new Hold(loaded.holdProgram, { ...calm, troubled: (p) => tellTrouble(p, log) });
    this.#hooks = new HookRunner(loaded.hooks, calm);
    this.#alerter = new Alerter(loaded.alert, calm);
    const hookUnderway = (request: string) => this.#hookUnderway(request);
    this.mover = new Mover(this.#ways(loaded), { clock, vm, post, hookUnderway });
  }

  /** After a reload; what is under way ends as it began. */
  use(loaded: Loaded): void {
    this.mover.use(this.#ways(loaded));
    this.hold.use(loaded.holdProgram);
    this.#hooks.use(loaded.hooks);
    this.#alerter.use(loaded.alert);
  }

  end(): void {
    this.mover.end();
    this.hold.end();
    this.#hooks.end();
    this.#alerter.end();
  }

  perform(errand: Errand): void {
    switch (errand.do) {
      case 'ask-hold':
        void this.hold.answer(errand);
        break;
      case 'hook':
        void this.#hooks.run(errand);
        break;
      case 'alert':
        void this.#alerter.send(errand.alert);
        break;
      case 'cancel':
        if (!this.#hooks.cancel(errand.request)) this.mover.perform(errand);
        break;
      default:
        this.mover.perform(errand);
    }
  }

  #ways(loaded: Loaded): Ways {
    const { kinds, clock, state, log } = this.#parts;
    const ways = openWays(loaded, kinds, clock, state, tellContradiction(log));
    return waysOf(ways, () => state().origin, clock);
  }

  /** Asked only where the journal says that one was begun. */
  async #hookUnderway(request: string): Promise<boolean> {
    return this.#parts.state().request?.phase === 'preparing' && this.#hooks.underway(request);
  }
}

function tellTrouble(problem: string | undefined, log: LocalLog): void {
  if (problem === undefined) log.info('hold_while answers again');
  else log.warn("hold_while can't be asked, so it doesn't hold", { problem });
}

function tellContradiction(log: LocalLog): TellContradiction {
  return (locator, says) => {
    if (says) log.warn('a locator says another place than those that decide', { locator, ...says });
    else log.info('a locator contradicts no more', { locator });
  };
}
