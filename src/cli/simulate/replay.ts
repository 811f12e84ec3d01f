/**
 * `--replay JOURNAL`: puts the journal and the readings beside it together again, in the order in
 * which the live run met them, and tells whether the same requests come of it.
 */
import { basename, dirname, join } from 'node:path';
import type { Conf } from '../../core/conf.ts';
import { confValuesIn, type Intended } from '../../core/entries.ts';
import { isJudged, Replay } from '../../core/replay.ts';
import type { Simulated } from '../../core/simulated.ts';
import { INITIAL } from '../../core/state.ts';
import type { Stamp } from '../../core/time.ts';
import { isPresent, type Reading } from '../../core/words.ts';
import type { Row } from '../../daemon/history.ts';
import type { Recorded } from '../../daemon/journal.ts';
import { restoreSpanMs, restoreState } from '../../daemon/restore.ts';

export interface Replayed {
  readonly simulated: Simulated;
  /** What the live run asked for and this one didn't, and the other way round; ids. */
  readonly lacking: readonly string[];
  readonly extra: readonly string[];
}

/** `confOf` makes a conf of what an entry tells or carries of one; undefined where it can't. */
export interface Confs {
  readonly given: Conf;
  confOf(recorded: Recorded): Conf | undefined;
}

/** The folder whose journal a path means, and where the readings beside it are. */
export function stateFolderOf(path: string): string {
  return basename(path).startsWith('journal.jsonl') ? dirname(path) : path;
}

export function historyFolderOf(path: string): string {
  return join(stateFolderOf(path), 'history');
}

export function replay(
  records: readonly Recorded[],
  readings: readonly Reading[],
  confs: Confs,
): Replayed {
  const course = new Course(records, readings, confs);
  const simulated = course.run();
  const asked = new Set(simulated.requests.map(({ id }) => id));
  const live = liveRequests(records, readings);
  return {
    simulated,
    lacking: [...live].filter((id) => !asked.has(id)),
    extra: [...asked].filter((id) => !live.has(id)),
  };
}

/** Those for which there are readings to judge, and those by hand. */
function liveRequests(records: readonly Recorded[], readings: readonly Reading[]): Set<string> {
  const fromMs = readings[0]?.at.wallMs ?? Infinity;
  const toMs = readings.at(-1)?.at.wallMs ?? -Infinity;
  const ids = records.flatMap(({ entry, at }) => {
    if (entry.type !== 'intended') return [];
    const judged = at.wallMs >= fromMs && at.wallMs <= toMs;
    return judged || entry.policy === undefined ? [entry.request] : [];
  });
  return new Set(ids);
}

class Course {
  readonly #records: readonly Recorded[];
  readonly #readings: readonly Reading[];
  readonly #confs: Confs;
  readonly #replay: Replay;
  /** What a reading made of itself has its moment: which entry was the first. */
  readonly #madeAt = new Map<number, number>();
  #next = 0;

  constructor(records: readonly Recorded[], readings: readonly Reading[], confs: Confs) {
    this.#records = records;
    this.#readings = readings;
    this.#confs = confs;
    this.#replay = new Replay(INITIAL, confs.given);
    records.forEach(({ entry, at }, index) => {
      if (isOfReading(entry) && !this.#madeAt.has(at.wallMs)) this.#madeAt.set(at.wallMs, index);
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
    const untilMs = recorded.at.wallMs + (isOfReading(recorded.entry) ? 1 : 0);
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
    const made = this.#records[this.#madeAt.get(wallMs) ?? -1];
    const at = made ? made.at : this.#stampAt(wallMs, index);
    this.#replay.reading({ ...reading, at }, made && this.#requestAt(wallMs));
  }

  #stampAt(wallMs: number, index: number): Stamp {
    const before = this.#records.slice(Math.max(0, index - CLOCK_RECORDS), index);
    return onClockOf(before.length > 0 ? before : this.#records.slice(0, 1), wallMs);
  }

  /** The request that the live run made of the reading of this moment. */
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
    if (isJudged(entry)) return;
    if (entry.type === 'started') this.#restart(recorded, index);
    if (confValuesIn(entry)) this.#reload(recorded, index);
    this.#replay.happened(entry, at);
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

/** Written with the moment of the reading that it follows from. */
function isOfReading(entry: Recorded['entry']): boolean {
  return isJudged(entry) || (entry.type === 'intended' && isByPolicy(entry));
}

function isByPolicy({ policy }: Intended): boolean {
  return policy !== undefined;
}

/** Enough to tell the clocks' distance, few enough for it not to have drifted. */
const CLOCK_RECORDS = 16;
/** How finely the kernel tells boot time (/proc/uptime). */
const BOOT_TICK_MS = 10;

/**
 * Only wall time is stored of a reading; the entries before it tell how far the boot clock lies from
 * it. They were cut to ticks, so the least distance is the truest, and the reading is cut likewise.
 */
function onClockOf(before: readonly Recorded[], wallMs: number): Stamp {
  const last = before.at(-1)?.at;
  if (!last) return { wallMs, boot: 'trace', bootMs: wallMs };
  const same = before.filter(({ at }) => at.boot === last.boot);
  const step = same.findLastIndex(({ entry }) => entry.type === 'clock-step');
  const distances = same.slice(Math.max(0, step)).map(({ at }) => at.wallMs - at.bootMs);
  const bootMs = wallMs - Math.min(...distances);
  return { wallMs, boot: last.boot, bootMs: Math.floor(bootMs / BOOT_TICK_MS) * BOOT_TICK_MS };
}

function toRow(reading: Reading): Row {
  const value = isPresent(reading) ? reading.value : undefined;
  return { wallMs: reading.at.wallMs, probe: reading.probe, value };
}
