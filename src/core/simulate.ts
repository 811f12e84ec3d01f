/**
 * What a conf would have done with recorded readings (DESIGN.md §10): the daemon's own `step`, in
 * virtual time. There are no events but the readings and what comes of its own moves: a host that
 * is asked says yes, and the guest is there after `moveTakesMs`. It reads no clock and no file.
 */
import { alone } from './alone.ts';
import type { Conf } from './conf.ts';
import type { Effect, Errand, Event, Happening } from './events.ts';
import type { Simulated } from './simulated.ts';
import { INITIAL, type State } from './state.ts';
import { type Stepped, step } from './step.ts';
import { Tally } from './tally.ts';
import { later, type Stamp } from './time.ts';
import type { Reading } from './words.ts';

export interface SimulationOptions {
  /** Where the guest is at the first reading. */
  readonly host: string;
  readonly moveTakesMs: number;
  /** Moves to these fail when their time is over; the guest stays where it was. */
  readonly failing: ReadonlySet<string>;
  /** Told of every event: its moment, and the state and the effects that came of it. */
  readonly watch?: (at: Stamp, stepped: Stepped) => void;
}

/** A move in flight, and when it ends. */
interface Flight {
  readonly at: Stamp;
  readonly request: string;
  readonly to: string;
}

/** Fed with readings in the order of their time; `end` gives what came of them. */
export class Simulation {
  readonly #conf: Conf;
  readonly #options: SimulationOptions;
  readonly #tally: Tally;
  #state: State = INITIAL;
  #host: string;
  #begun = false;
  #requests = 0;
  /** The id of the next request. */
  #newRequest = 'R1';
  #flight: Flight | undefined;

  constructor(conf: Conf, options: SimulationOptions) {
    this.#conf = alone(conf);
    this.#options = options;
    this.#tally = new Tally(conf);
    this.#host = options.host;
  }

  take(reading: Reading): void {
    const { at } = reading;
    if (!this.#begun) this.#begin(at);
    this.#landUntil(at);
    this.#tally.reading(reading);
    this.#give({ type: 'reading', at, reading, newRequest: this.#newRequest });
  }

  /** A move that is in flight at the last reading ends as any other. */
  end(): Simulated {
    this.#landUntil(undefined);
    return this.#tally.result();
  }

  /**
   * At one instant an outcome comes before a reading. An arrival outside working hours may be left
   * again at once, for the base.
   */
  #landUntil(at: Stamp | undefined): void {
    const untilMs = at?.bootMs ?? Infinity;
    for (let next = this.#flight; next && next.at.bootMs <= untilMs; next = this.#flight) {
      this.#land(next);
    }
  }

  #begin(at: Stamp): void {
    this.#begun = true;
    this.#send({ type: 'located', at, sighting: this.#sighting() });
  }

  #land({ at, request, to }: Flight): void {
    this.#flight = undefined;
    const ok = !this.#options.failing.has(to);
    if (ok) this.#host = to;
    const text = ok ? 'simulated' : 'fails in this simulation';
    this.#send({ type: 'attempted', at, request, to, ok, text });
  }

  #send(happening: Happening): void {
    this.#give({ ...happening, newRequest: this.#newRequest });
  }

  #give(event: Event): void {
    const stepped = step(this.#state, event, this.#conf);
    this.#state = stepped.state;
    this.#options.watch?.(event.at, stepped);
    for (const effect of stepped.effects) this.#carryOut(effect, event.at);
  }

  #carryOut(effect: Effect, at: Stamp): void {
    if (effect.do === 'refuse') return;
    if (effect.do !== 'journal') return this.#perform(effect, at);
    if (effect.entry.type === 'intended') this.#nextId();
    this.#tally.entry(effect.entry, at.wallMs);
  }

  /** What asks for an answer gets it at the same instant, but for the move itself. */
  #perform(errand: Errand, at: Stamp): void {
    switch (errand.do) {
      case 'preflight': {
        const { request, to } = errand;
        return this.#send({ type: 'preflighted', at, request, to, ok: true });
      }
      case 'migrate': {
        const { request, to } = errand;
        this.#flight = { at: later(at, this.#options.moveTakesMs), request, to };
        return;
      }
      case 'locate': {
        const { request, look } = errand;
        const sighting = this.#sighting();
        return this.#send({ type: 'located', at, sighting, request, look, ended: true });
      }
      // Nobody cancels, and nobody outside is asked or told (alone.ts).
      case 'cancel':
      case 'ask-hold':
      case 'hook':
      case 'alert':
        return;
    }
  }

  #nextId(): void {
    this.#requests += 1;
    this.#newRequest = `R${this.#requests + 1}`;
  }

  #sighting() {
    return { kind: 'at' as const, host: this.#host, answers: [] };
  }
}
