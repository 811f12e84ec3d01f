/**
 * `--replay JOURNAL`: goes through a live run again (course.ts) and tells whether the same requests
 * come of it.
 */
import { basename, dirname } from 'node:path';
import type { Conf } from '../../core/conf.ts';
import type { Requested, Simulated } from '../../core/simulated.ts';
import { Tally } from '../../core/tally.ts';
import type { Reading } from '../../core/words.ts';
import type { Recorded } from '../../daemon/journal.ts';
import { type Confs, Course } from './course.ts';

export interface Replayed {
  readonly simulated: Simulated;
  /** What the live run asked for and this one didn't, and the other way round; ids. */
  readonly lacking: readonly string[];
  readonly extra: readonly string[];
}

/** The folder whose journal a path means. */
export function stateFolderOf(path: string): string {
  return basename(path).startsWith('journal.jsonl') ? dirname(path) : path;
}

export function replay(
  records: readonly Recorded[],
  readings: readonly Reading[],
  confs: Confs,
): Replayed {
  const simulated = new Course(records, readings, confs).run();
  const live = liveRequests(records, confs.given);
  return {
    simulated,
    lacking: idsOfOthers(live.filter(judgedBy(readings)), simulated.requests),
    extra: idsOfOthers(simulated.requests, live),
  };
}

/** Those for which there are readings to judge, and those by hand. */
function judgedBy(readings: readonly Reading[]): (request: Requested) => boolean {
  const fromMs = readings[0]?.at.wallMs ?? Infinity;
  const toMs = readings.at(-1)?.at.wallMs ?? -Infinity;
  return ({ atMs, policy }) => policy === undefined || (atMs >= fromMs && atMs <= toMs);
}

/** Of those that have no like among the others. */
function idsOfOthers(requests: readonly Requested[], others: readonly Requested[]): string[] {
  const known = new Set(others.map(sameness));
  return requests.filter((request) => !known.has(sameness(request))).map(({ id }) => id);
}

function sameness({ id, policy, verdict, from, to }: Requested): string {
  return JSON.stringify([id, policy, verdict, from, to]);
}

function liveRequests(records: readonly Recorded[], conf: Conf): readonly Requested[] {
  const tally = new Tally(conf);
  for (const { entry, at } of records) tally.entry(entry, at.wallMs);
  return tally.result().requests;
}
