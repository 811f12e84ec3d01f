/**
 * Runs core's `step` over a trace in virtual time, as a daemon would whose moves always succeed
 * after a fixed time: readings go on while a move is in flight.
 */
import type { Conf } from '../../src/core/conf.ts';
import type { Errand, Event } from '../../src/core/events.ts';
import { INITIAL, type State } from '../../src/core/state.ts';
import { step } from '../../src/core/step.ts';
import type { Stamp } from '../../src/core/time.ts';
import type { Asked, Sample, Tick } from './oracle.ts';

type Unstamped<E> = E extends Event ? Omit<E, 'at' | 'newRequest'> : never;

/** An event that is still to come. */
interface Coming {
  readonly time: number;
  readonly event: Unstamped<Event>;
}

export function runCore(
  conf: Conf,
  happenings: readonly (Sample | Tick)[],
  given: { readonly start: string; readonly begin: number; readonly moveTakes: number },
): Asked[] {
  const run = new Run(conf, given.moveTakes);
  run.take(given.begin, { type: 'located', sighting: at(given.start) });
  for (const happening of happenings) run.happen(happening);
  return run.asked;
}

class Run {
  readonly asked: Asked[] = [];
  readonly #conf: Conf;
  readonly #moveTakes: number;
  readonly #coming: Coming[] = [];
  #state: State = INITIAL;
  #n = 0;

  constructor(conf: Conf, moveTakes: number) {
    this.#conf = conf;
    this.#moveTakes = moveTakes;
  }

  /** At one instant an outcome comes before a reading. */
  happen(happening: Sample | Tick): void {
    const { time } = happening;
    for (let next = this.#coming[0]; next && next.time <= time; next = this.#coming[0]) {
      this.#coming.shift();
      this.take(next.time, next.event);
    }
    if (!('probe' in happening)) return this.take(time, { type: 'tick' });
    const { probe, value } = happening;
    const at = stamp(time);
    const reading = value === undefined ? { probe, at, missing: 'gone' } : { probe, at, value };
    this.take(time, { type: 'reading', reading });
  }

  take(time: number, event: Unstamped<Event>): void {
    this.#n += 1;
    const whole = { ...event, at: stamp(time), newRequest: `R${this.#n}` } as Event;
    const { state, effects } = step(this.#state, whole, this.#conf);
    this.#state = state;
    for (const effect of effects) {
      if (effect.do === 'journal' && effect.entry.type === 'intended') {
        const { policy = '', verdict, to } = effect.entry;
        this.asked.push({ time, policy, verdict: verdict as Asked['verdict'], to });
      } else if (effect.do !== 'journal' && effect.do !== 'refuse') {
        this.#carryOut(time, effect);
      }
    }
  }

  #carryOut(time: number, errand: Errand): void {
    if (!('request' in errand)) throw new Error(`the conf asks for no ${errand.do}`);
    const { request } = errand;
    if (errand.do === 'preflight') {
      this.take(time, { type: 'preflighted', request, to: errand.to, ok: true });
    } else if (errand.do === 'migrate') {
      const event = { type: 'attempted', request, to: errand.to, ok: true, text: 'done' } as const;
      this.#coming.push({ time: time + this.#moveTakes, event });
    } else if (errand.do === 'locate') {
      const sighting = at(this.#state.request?.to ?? '');
      this.take(time, { type: 'located', sighting, request, look: 0, ended: true });
    }
  }
}

function at(host: string) {
  return { kind: 'at', host, answers: [{ who: 'hosts', says: host }] } as const;
}

function stamp(seconds: number): Stamp {
  return { wallMs: seconds * 1000, boot: 'boot-1', bootMs: seconds * 1000 };
}
