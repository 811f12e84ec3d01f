/**
 * Plays a scenario: the same simulation as `vmmanage simulate`, with everything remembered that
 * came of each event. It judges nothing.
 */
import type { Entry } from '../../core/entries.ts';
import { Simulation } from '../../core/simulate.ts';
import type { Simulated } from '../../core/simulated.ts';
import { INITIAL, type State } from '../../core/state.ts';
import type { Stepped } from '../../core/step.ts';
import type { Stamp } from '../../core/time.ts';
import type { Reading } from '../../core/words.ts';
import type { Scenario } from './scenario.ts';

/** All that happened at one moment. */
export interface Moment {
  readonly at: Stamp;
  readonly readings: readonly Reading[];
  readonly entries: readonly Entry[];
  /** As it was when all of it had happened. */
  readonly state: State;
}

export interface Played {
  readonly simulated: Simulated;
  /** In their order, from the first reading to the last. */
  readonly moments: readonly Moment[];
}

export function play(scenario: Scenario): Played {
  const { rules, host, moveTakesMs, readings, axis } = scenario;
  const recorder = new Recorder();
  const simulation = new Simulation(rules, {
    ...{ host, moveTakesMs, failing: new Set(scenario.failing) },
    watch: (at, stepped) => recorder.note(at, stepped),
  });
  for (const reading of readings) {
    simulation.take(reading);
    recorder.read(reading);
  }
  const simulated = simulation.end();
  const moments = recorder.moments.filter(({ at }) => at.wallMs <= axis.endMs);
  return { simulated, moments };
}

class Recorder {
  readonly moments: (Moment & { readings: Reading[]; entries: Entry[]; state: State })[] = [];

  note(at: Stamp, { state, effects }: Stepped): void {
    const moment = this.#at(at);
    moment.state = state;
    for (const effect of effects) {
      if (effect.do === 'journal') moment.entries.push(effect.entry);
    }
  }

  read(reading: Reading): void {
    this.#at(reading.at).readings.push(reading);
  }

  #at(at: Stamp) {
    const last = this.moments.at(-1);
    if (last?.at.bootMs === at.bootMs) return last;
    const moment = { at, readings: [], entries: [], state: last?.state ?? INITIAL };
    this.moments.push(moment);
    return moment;
  }
}

/** How things stood then: what had happened up to that moment, that moment included. */
export function momentAt({ moments }: Played, ms: number): Moment | undefined {
  return moments.findLast(({ at }) => at.wallMs <= ms);
}
