/**
 * A live run gone through again (DESIGN.md §10): its readings are judged anew by `step`, while what
 * happened outside (moves, outcomes, pauses, reloads, moves by hand) is taken from its journal. The
 * world answers nothing here, so errands are let go.
 */
import { untelling } from './alone.ts';
import { apply } from './apply.ts';
import type { Conf } from './conf.ts';
import type { Entry, EntryType } from './entries.ts';
import type { Event, Happening, Told } from './events.ts';
import type { Simulated } from './simulated.ts';
import type { State } from './state.ts';
import { step } from './step.ts';
import { Tally } from './tally.ts';
import type { Stamp } from './time.ts';
import type { Reading } from './words.ts';

/** What `step` made of a reading or of time alone; a replay makes its own. */
export function isJudged(entry: Entry): boolean {
  return JUDGED.has(entry.type) || (entry.type === 'learned' && entry.recovered);
}

const JUDGED: ReadonlySet<EntryType> = new Set([
  'verdict',
  'held',
  'would-ask',
  'probe-failing',
  'probe-recovered',
  'episode-ended',
]);

const NOT_IN_JOURNAL = 'the live run did not ask for this';

/** What `hold_while` said is known by what came of it. */
function toldThen(request: string | undefined): Told {
  return request === undefined ? { holds: true, reason: 'as it did then' } : { holds: false };
}

export class Replay {
  readonly #tally: Tally;
  #state: State;
  #conf: Conf;
  #extra = 0;

  constructor(state: State, conf: Conf) {
    this.#state = state;
    this.#conf = untelling(conf);
    this.#tally = new Tally(conf);
  }

  /** A start of the daemon: what it made of its files, and the conf that it read. */
  restart(state: State, conf: Conf): void {
    this.#state = state;
    this.#use(conf);
  }

  reload(conf: Conf): void {
    this.#use(conf);
  }

  /** Something that happened outside, as the journal has it. */
  happened(entry: Entry, at: Stamp): void {
    const madeHere = entry.type === 'intended' && this.#state.request?.id === entry.request;
    if (madeHere) return;
    this.#state = apply(this.#state, entry, at);
    // A policy's request is the replay's own to make; one by hand belongs to what happened.
    if (entry.type === 'intended' && entry.policy !== undefined) return;
    this.#tally.entry(entry, at.wallMs);
  }

  /** `request`: the id of the request that the live run made of this reading, if it made one. */
  reading(reading: Reading, request: string | undefined): void {
    this.#tally.reading(reading);
    this.#take({ type: 'reading', at: reading.at, reading }, request);
  }

  /** Time has passed, or something of which the journal says nothing: what the clock decides. */
  tick(at: Stamp, request: string | undefined): void {
    this.#take({ type: 'tick', at }, request);
  }

  /** A policy was judged when no reading came: by the clock, or when `hold_while` had answered. */
  judged(at: Stamp, name: string | undefined, request: string | undefined): void {
    const policy = this.#conf.policies.find((candidate) => candidate.name === name);
    if (!policy || !this.#conf.constraints.holdWhile) return this.tick(at, request);
    const { probe } = policy;
    this.#take({ type: 'hold-told', at, probe, told: toldThen(request) }, request);
  }

  result(): Simulated {
    return this.#tally.result();
  }

  #take(happening: Happening, request: string | undefined): void {
    const { at } = happening;
    const newRequest = request ?? `extra-${this.#extra + 1}`;
    this.#give({ ...happening, newRequest }, toldThen(request));
    if (this.#state.request?.id === newRequest && request === undefined) {
      this.#refuse(newRequest, at);
    }
  }

  #give(event: Event, told: Told): void {
    const { at, newRequest } = event;
    const { state, effects } = step(this.#state, event, this.#conf);
    this.#state = state;
    for (const effect of effects) {
      if (effect.do === 'journal') this.#tally.entry(effect.entry, at.wallMs);
      if (effect.do !== 'ask-hold') continue;
      const { do: _, ...asked } = effect;
      this.#give({ type: 'hold-told', at, told, newRequest, ...asked }, told);
    }
  }

  /** The guest didn't move then, so the request can't have come to anything. */
  #refuse(request: string, at: Stamp): void {
    this.#extra += 1;
    const reason = NOT_IN_JOURNAL;
    this.happened({ type: 'outcome', request, outcome: 'failed', reason, took_ms: 0 }, at);
  }

  #use(conf: Conf): void {
    this.#conf = untelling(conf);
    this.#tally.use(conf);
  }
}
