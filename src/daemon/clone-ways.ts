/**
 * The ways of a clone: whatever its conf says of the hosts at home, it comes home only by handing back
 * (daemon/handing-over.ts), and it is where it was launched until home has taken back.
 */
import type { Clock } from '../core/clock.ts';
import type { Origin } from '../core/clone.ts';
import type { Sighting } from '../core/sighting.ts';
import type { Attempt, Migrator, Preflight } from '../migrators/migrator.ts';
import type { Ways } from './mover.ts';

/** How often it looks whether home has taken back. */
const LOOK_MS = 500;

/** `ways` where this guest is no clone, and a clone's own where it is one. */
export function waysOf(ways: Ways, origin: () => Origin | undefined, clock: Clock): Ways {
  const isOver = () => origin()?.over === true;
  const clone = new HandingBack(isOver, clock);
  return {
    ...ways,
    migratorFor: (host) => (origin() ? clone : ways.migratorFor(host)),
    locator: {
      get looks() {
        return origin() ? [] : ways.locator.looks;
      },
      locate: async (signal) => {
        const own = origin();
        return own ? sightingOf(own) : ways.locator.locate(signal);
      },
    },
    underway: async (request) => (origin() ? !isOver() : ways.underway(request)),
    stop: async (request) => (origin() ? undefined : ways.stop(request)),
  };
}

class HandingBack implements Migrator {
  readonly #isOver: () => boolean;
  readonly #clock: Clock;

  constructor(isOver: () => boolean, clock: Clock) {
    this.#isOver = isOver;
    this.#clock = clock;
  }

  async preflight(): Promise<Preflight> {
    return { ok: true };
  }

  /** It can't be cancelled: home may have read already what was handed back. */
  async migrate(): Promise<Attempt> {
    while (!this.#isOver()) await this.#clock.sleep(LOOK_MS);
    return { ok: true, text: 'home has taken back' };
  }

  async underway(): Promise<boolean> {
    return !this.#isOver();
  }
}

function sightingOf({ host, home, over }: Origin): Sighting {
  const says = over ? `home has taken back, at ${home}` : `launched at ${host}`;
  return { kind: 'at', host: over ? home : host, answers: [{ who: 'clone', says }] };
}
