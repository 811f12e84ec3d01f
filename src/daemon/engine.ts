/**
 * The loop around `step`: one event at a time, its entries to the journal and flushed, then its
 * errands, in that order. An event whose entries can't be written changes nothing.
 */
import { type Carried, carry } from '../core/carried.ts';
import type { Clock } from '../core/clock.ts';
import type { Conf } from '../core/conf.ts';
import type { Entry } from '../core/entries.ts';
import type { Effect, Errand, Happening, Refusal } from '../core/events.ts';
import type { State } from '../core/state.ts';
import { step } from '../core/step.ts';
import type { Stamp } from '../core/time.ts';
import { JournalError } from './journal.ts';

export interface EngineParts {
  readonly clock: Clock;
  readonly journal: Appender;
  /** An id that no request had before. */
  newId(): string;
  /** Begins an errand; what comes of it is posted as an event. */
  perform(errand: Errand): void;
  /** Told of each entry after it is on disk, with the state before and after it. */
  recorded(entry: Entry, at: Stamp, before: State): void;
  /** The journal can't be written; said once, and once more when it can again. */
  troubled(problem: string | undefined): void;
}

export interface Appender {
  append(entries: readonly Entry[], at: Stamp, carried: () => Carried): Promise<void>;
}

/** What came of an event. */
export interface Result {
  readonly refusal?: Refusal;
  readonly entries: readonly Entry[];
}

/** Events that tell what has happened must not be lost when the disk is full. */
const FACTS: ReadonlySet<Happening['type']> = new Set([
  'preflighted',
  'prepared',
  'attempted',
  'located',
  'release',
]);

/** More than this many waiting events mean that the disk stands still; readings are let go. */
const MAX_WAITING = 1000;
const RETRY_MS = 1000;

export class Engine {
  state: State;
  conf: Conf;
  readonly #parts: EngineParts;
  readonly #ending = new AbortController();
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;
  #troubled = false;
  /** A fact waits for the disk, and everything behind it. */
  #stuck = false;
  #waitingForTurn: (() => void)[] = [];
  /** The id of the next request; made when the one before is taken, not for each reading. */
  #nextId: string;

  constructor(state: State, conf: Conf, parts: EngineParts) {
    this.state = state;
    this.conf = conf;
    this.#parts = parts;
    this.#nextId = parts.newId();
  }

  /** Takes its turn after the events before it. Rejects with JournalError when it can't be kept. */
  post(happening: Happening): Promise<Result> {
    if ((this.#stuck || this.#waiting >= MAX_WAITING) && !FACTS.has(happening.type)) {
      return Promise.reject(new JournalError("the journal can't be written; waiting for the disk"));
    }
    this.#waiting += 1;
    const turn = this.#last.then(() => this.#take(happening));
    this.#last = turn
      .catch(() => undefined)
      .finally(() => {
        this.#waiting -= 1;
        this.#tellTurned();
      });
    return turn;
  }

  /** Resolves when an event has next had its turn, or a try to write it has failed. */
  turned(): Promise<void> {
    return new Promise((resolve) => this.#waitingForTurn.push(resolve));
  }

  /** From the next event on this conf is in force. */
  use(conf: Conf): void {
    this.conf = conf;
  }

  /** From now on no fact waits for the disk: what can't be written is looked for at the next start. */
  giveUp(): void {
    this.#ending.abort();
    this.#stuck = false;
  }

  /** Resolves when every event posted so far has had its turn. */
  async end(): Promise<void> {
    this.giveUp();
    await this.#last;
  }

  #tellTurned(): void {
    const waiting = this.#waitingForTurn;
    this.#waitingForTurn = [];
    for (const resolve of waiting) resolve();
  }

  async #take(happening: Happening): Promise<Result> {
    for (;;) {
      try {
        const result = await this.#once(happening);
        this.#stuck = false;
        return result;
      } catch (error) {
        if (!(error instanceof JournalError)) throw error;
        if (!FACTS.has(happening.type) || this.#ending.signal.aborted) throw error;
        this.#stuck = true;
        this.#tellTurned();
        await this.#parts.clock.sleep(RETRY_MS, this.#ending.signal);
      }
    }
  }

  async #once(happening: Happening): Promise<Result> {
    const before = this.state;
    const { at } = happening;
    const event = { ...happening, newRequest: this.#nextId };
    const { state, effects } = step(before, event, this.conf);
    const entries = effects.flatMap((effect) => (effect.do === 'journal' ? [effect.entry] : []));
    await this.#write(entries, at);
    this.state = state;
    if (entries.some(({ type }) => type === 'intended')) this.#nextId = this.#parts.newId();
    for (const entry of entries) this.#parts.recorded(entry, at, before);
    for (const effect of effects) if (isErrand(effect)) this.#parts.perform(effect);
    const refusal = effects.find((effect) => effect.do === 'refuse');
    return refusal ? { refusal, entries } : { entries };
  }

  async #write(entries: readonly Entry[], at: Stamp): Promise<void> {
    if (entries.length === 0) return;
    try {
      await this.#parts.journal.append(entries, at, () => carry(this.state));
      if (this.#troubled) this.#parts.troubled(undefined);
      this.#troubled = false;
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      if (!this.#troubled) this.#parts.troubled(problem);
      this.#troubled = true;
      throw new JournalError(`the journal can't be written: ${problem}`, { cause: error });
    }
  }
}

/** Posts, and lets a JournalError go: the engine has said it, and the next event tries again. */
export function calmly(post: (happening: Happening) => Promise<Result>) {
  return (happening: Happening): Promise<Result | undefined> =>
    post(happening).catch((error: unknown) => {
      if (error instanceof JournalError) return undefined;
      throw error;
    });
}

function isErrand(effect: Effect): effect is Errand {
  return effect.do !== 'journal' && effect.do !== 'refuse';
}
