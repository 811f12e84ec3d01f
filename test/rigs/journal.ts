/** The guest's journal, held against the central log: all of it has to be there, and each request ended once. */
import { until } from '../../scripts/main-job/job.ts';
import type { Ended, Entry } from '../../src/core/entries.ts';
import { isEntry } from '../../src/core/entry-shapes.ts';
import { sentence } from '../../src/core/sentences.ts';
import { parseJournalLine } from '../../src/wire/journal.ts';
import { must } from './player.ts';
import type { Rig } from './rig.ts';
import type { Stage } from './stage.ts';

const JOURNAL = '/var/lib/vmmanage/journal.jsonl';
const LOG_MS = 15_000;

export async function readJournal(rig: Rig): Promise<Entry[]> {
  const lines = (await rig.guest(`cat ${JOURNAL}`)).split('\n').map(parseJournalLine);
  return lines.filter((line) => line !== undefined).filter((line) => isEntry(line));
}

export function outcomesOf(entries: readonly Entry[]): Ended[] {
  return entries.filter((entry) => entry.type === 'outcome');
}

/** Gives back in one line what was compared. */
export async function checkCentralLog({ log, end }: Stage, entries: readonly Entry[]) {
  const requests = entries.filter((entry) => entry.type === 'intended');
  const outcomes = outcomesOf(entries);
  for (const { request } of requests) {
    const n = outcomes.filter((outcome) => outcome.request === request).length;
    must(n === 1, `request ${request} has ${n} outcomes`);
  }
  const told = entries.map(expected).filter((text) => text !== undefined);
  const missing = () => told.filter((text) => !log.texts().some((line) => line.includes(text)));
  const none = () => (missing().length === 0 ? true : undefined);
  await until('the whole journal in the central log', LOG_MS, end, none).catch(() => {
    throw new Error(`the central log lacks: ${missing().join('\n')}`);
  });
  return `${requests.length} requests, each with one outcome; ${told.length} entries of the journal, each in the central log`;
}

/** Of an outcome its request's id: its words need more than the entry. */
function expected(entry: Entry): string | undefined {
  return entry.type === 'outcome' ? `[request=${entry.request} ` : sentence(entry, undefined)?.text;
}
