/**
 * A live run put together again: its journal and the readings beside it in the order in which it met
 * them, and the ticks between them, of which nothing is stored. It compares nothing.
 */
import type { Conf } from '../../core/conf.ts';
import { confValuesIn, type Intended } from '../../core/entries.ts';
import { isJudged, Replay } from '../../core/replay.ts';
import type { Simulated } from '../../core/simulated.ts';
import { INITIAL } from '../../core/state.ts';
import { isPresent, type Reading } from '../../core/words.ts';
import type { Row } from '../../daemon/history.ts';
import type { Recorded } from '../../daemon/journal.ts';
import { restoreSpanMs, restoreState } from '../../daemon/restore.ts';
import { liveStamp, TICK_REACH_MS, ticksBetween } from './live-clock.ts';

/** `confOf` makes a conf of what an entry tells or carries of one; undefined where it can't. */
export interface Confs {
  readonly given: Conf;
  confOf(recorded: Recorded): Conf | undefined;
}

export class Course {
  readonly #records: readonly Recorded[];
  readonly #readings: readonly Reading[];
  readonly #confs: Confs;
  readonly #replay: Replay;
  /** What was judged of itself has its moment: which entry was the first. */
  readonly #madeAt = new Map<number, number>();
  readonly #readAt: ReadonlySet<number>;
  /** The next reading. */
  #next = 0;
  /** How far the ticks have come. */
  #tickedMs = Infinity;

  constructor(records: readonly Recorded[], readings: readonly Reading[], confs: Confs) {
    this.#records = records;
    this.#readings = readings;
    this.#confs = confs;
    this.#replay = new Replay(INITIAL, confs.given);
    this.#readAt = new Set(readings.map(({ at }) => at.wallMs));
    records.forEach(({ entry, at }, index) => {
      if (isDecided(entry) && !this.#madeAt.has(at.wallMs)) this.#madeAt.set(at.wallMs, index);
    });
  }

  run(): Simulated {
    this.#records.forEach((recorded, index) => {
      this.#readUntil(recorded, index);
      this.#take(recorded, index);
    });
    for (; this.#next < this.#readings.length; this.#next += 1) {
      this.#read(this.#records.length);
    }
    return this.#replay.result();
  }

  /** The readings that came before this entry. */
  #readUntil(recorded: Recorded, index: number): void {
    const untilMs = recorded.at.wallMs + (isDecided(recorded.entry) ? 1 : 0);
    for (; this.#next < this.#readings.length; this.#next += 1) {
      const atMs = this.#readings[this.#next]?.at.wallMs ?? Infinity;
      const madeLater = (this.#madeAt.get(atMs) ?? -1) > index;
      if (atMs >= untilMs || madeLater) return;
      this.#read(index);
    }
  }

  /** `index`: of the entry that came next. */
  #read(index: number): void {
    const reading = this.#readings[this.#next];
    if (!reading) return;
    const wallMs = reading.at.wallMs;
    this.#tickUntil(wallMs, index);
    const made = this.#records[this.#madeAt.get(wallMs) ?? -1];
    const at = made ? made.at : liveStamp(this.#records, index, wallMs);
    this.#replay.reading({ ...reading, at }, made && this.#requestAt(wallMs));
  }

  /**
   * Ticks leave no trace unless they make something, and then `#judge` gives them their moment. A
   * request that the live run made soon after one is left to that moment.
   */
  #tickUntil(untilMs: number, index: number): void {
    for (const atMs of ticksBetween(this.#tickedMs, untilMs)) {
      if (this.#asksSoon(atMs, index)) continue;
      this.#replay.tick(liveStamp(this.#records, index, atMs), undefined);
    }
    this.#tickedMs = untilMs;
  }

  #asksSoon(atMs: number, index: number): boolean {
    for (let n = index; ; n += 1) {
      const { entry, at } = this.#records[n] ?? {};
      if (!entry || !at || at.wallMs > atMs + TICK_REACH_MS) return false;
      if (entry.type === 'intended' && isByPolicy(entry)) return true;
    }
  }

  /** The request that the live run made of its own at this moment. */
  #requestAt(wallMs: number): string | undefined {
    const from = this.#madeAt.get(wallMs) ?? 0;
    for (let index = from; this.#records[index]?.at.wallMs === wallMs; index += 1) {
      const { entry } = this.#records[index] ?? {};
      if (entry?.type === 'intended' && entry.policy !== undefined) return entry.request;
    }
    return undefined;
  }

  #take(recorded: Recorded, index: number): void {
    const { entry, at } = recorded;
    // Nobody knows how long a daemon had been gone before it began.
    if (entry.type === 'started') this.#tickedMs = at.wallMs;
    else this.#tickUntil(at.wallMs, index);
    if (isDecided(entry)) this.#judge(recorded, index);
    if (isJudged(entry)) return;
    if (entry.type === 'started') this.#restart(recorded, index);
    if (confValuesIn(entry)) this.#reload(recorded, index);
    this.#replay.happened(entry, at);
  }

  /** What was judged at a moment without a reading. */
  #judge({ entry, at }: Recorded, index: number): void {
    const { wallMs } = at;
    if (this.#madeAt.get(wallMs) !== index || this.#readAt.has(wallMs)) return;
    const policy = 'policy' in entry ? entry.policy : undefined;
    this.#replay.judged(at, policy, this.#requestAt(wallMs));
  }

  /** As the daemon does it: the state is made anew from what is stored. */
  #restart({ at }: Recorded, index: number): void {
    const conf = this.#confAfter(index) ?? this.#confs.given;
    const stored = this.#readings.slice(0, this.#next);
    const recent = stored.filter(({ at: { wallMs } }) => wallMs >= at.wallMs - restoreSpanMs(conf));
    const state = restoreState(this.#records.slice(0, index), recent.map(toRow), conf, at);
    this.#replay.restart(state, conf);
  }

  /** The conf with which a start began is told right after it. */
  #confAfter(index: number): Conf | undefined {
    const later = this.#records.slice(index + 1);
    const told = later.find(({ entry }) => entry.type !== 'place' && entry.type !== 'state');
    return told?.entry.type === 'conf' ? this.#confs.confOf(told) : undefined;
  }

  #reload(recorded: Recorded, index: number): void {
    if (this.#records[index - 1]?.entry.type === 'started') return;
    const conf = this.#confs.confOf(recorded);
    if (conf) this.#replay.reload(conf);
  }
}

/** Written with the moment of the reading that it follows from, or of what the clock decided. */
function isDecided(entry: Recorded['entry']): boolean {
  return isJudged(entry) || (entry.type === 'intended' && isByPolicy(entry));
}

function isByPolicy({ policy }: Intended): boolean {
  return policy !== undefined;
}

function toRow(reading: Reading): Row {
  const value = isPresent(reading) ? reading.value : undefined;
  return { wallMs: reading.at.wallMs, probe: reading.probe, value };
}
