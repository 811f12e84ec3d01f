/**
 * The loop around `step`: one event at a time, its entries to the journal and flushed, then its
 * errands, in that order. An event whose entries can't be written changes nothing.
 */
import type { Clock } from '../core/clock.ts';
import type { Conf } from '../core/conf.ts';
import type { Entry } from '../core/entries.ts';
import type { Effect, Errand, Event, Refusal } from '../core/events.ts';
import { carriedLessons } from '../core/lessons.ts';
import type { State } from '../core/state.ts';
import { step } from '../core/step.ts';
import type { Stamp } from '../core/time.ts';

export interface EngineParts {
  readonly clock: Clock;
  readonly journal: Appender;
  /** Begins an errand; what comes of it is posted as an event. */
  perform(errand: Errand): void;
  /** Told of each entry after it is on disk, with the state before and after it. */
  recorded(entry: Entry, at: Stamp, before: State): void;
  /** The journal can't be written; said once, and once more when it can again. */
  troubled(problem: string | undefined): void;
}

export interface Appender {
  append(
    entries: readonly Entry[],
    at: Stamp,
    protect?: number,
    carry?: () => readonly Entry[],
  ): Promise<number[]>;
}

/** What came of an event. */
export interface Result {
  readonly refusal?: Refusal;
  readonly entries: readonly Entry[];
}

/** Events that tell what has happened must not be lost when the disk is full. */
const FACTS: ReadonlySet<Event['type']> = new Set(['preflighted', 'attempted', 'located']);

/** More than this many waiting events mean that the disk stands still; readings are let go. */
const MAX_WAITING = 1000;
const RETRY_MS = 1000;

export class JournalError extends Error {}

export class Engine {
  state: State;
  conf: Conf;
  readonly #parts: EngineParts;
  readonly #ending = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #troubled = false;
  /** The number of the open request's `intended` line, which rotation must keep. */
  #openSeq: number | undefined;

  constructor(state: State, conf: Conf, parts: EngineParts, openSeq?: number) {
    this.state = state;
    this.conf = conf;
    this.#parts = parts;
    this.#openSeq = openSeq;
  }

  /** Takes its turn after the events before it. Rejects with JournalError when it can't be kept. */
  post(event: Event): Promise<Result> {
    if (this.#waiting >= MAX_WAITING && !FACTS.has(event.type)) {
      return Promise.reject(new JournalError('too many events are waiting for the disk'));
    }
    this.#waiting += 1;
    const turn = this.#last.then(() => this.#take(event));
    this.#last = turn
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1;
      });
    return turn;
  }

  /** From the next event on this conf is in force. */
  use(conf: Conf): void {
    this.conf = conf;
  }

  /** Resolves when every event posted so far has had its turn; facts stop waiting for the disk. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#last;
  }

  async #take(event: Event): Promise<Result> {
    for (;;) {
      try {
        return await this.#once(event);
      } catch (error) {
        if (!(error instanceof JournalError)) throw error;
        if (!FACTS.has(event.type) || this.#ending.signal.aborted) throw error;
        await this.#parts.clock.sleep(RETRY_MS, this.#ending.signal);
      }
    }
  }

  async #once(event: Event): Promise<Result> {
    const before = this.state;
    const { state, effects } = step(before, event, this.conf);
    const entries = effects.flatMap((effect) => (effect.do === 'journal' ? [effect.entry] : []));
    const seqs = await this.#write(entries, event.at);
    this.state = state;
    this.#openSeq = openSeqAfter(this.#openSeq, entries, seqs);
    for (const entry of entries) this.#parts.recorded(entry, event.at, before);
    for (const effect of effects) if (isErrand(effect)) this.#parts.perform(effect);
    const refusal = effects.find((effect) => effect.do === 'refuse');
    return refusal ? { refusal, entries } : { entries };
  }

  async #write(entries: readonly Entry[], at: Stamp): Promise<number[]> {
    if (entries.length === 0) return [];
    try {
      const carry = () => carriedLessons(this.state);
      const seqs = await this.#parts.journal.append(entries, at, this.#openSeq, carry);
      if (this.#troubled) this.#parts.troubled(undefined);
      this.#troubled = false;
      return seqs;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (!this.#troubled) this.#parts.troubled(problem);
      this.#troubled = true;
      throw new JournalError(`the journal can't be written: ${problem}`, { cause: error });
    }
  }
}

function isErrand(effect: Effect): effect is Errand {
  return effect.do !== 'journal' && effect.do !== 'refuse';
}

function openSeqAfter(
  open: number | undefined,
  entries: readonly Entry[],
  seqs: readonly number[],
): number | undefined {
  let result = open;
  entries.forEach((entry, index) => {
    if (entry.type === 'intended') result = seqs[index];
    if (entry.type === 'outcome') result = undefined;
  });
  return result;
}
