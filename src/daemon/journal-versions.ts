/**
 * A journal that another version of the program wrote. What this one knows of it counts; the rest is passed
 * over, unless a move may be under way of which it tells. It reads no file.
 *
 * - A field that isn't known is no matter: an entry is what its own fields say.
 * - A line of an unknown type, or whose fields aren't as they are known, is passed over where it names no
 *   `request`, and where it names one that has its outcome.
 * - Everything before a `state` that is known is in that `state`, whatever it was.
 * - A line of another request may tell that a move is under way, or how it ended. Whoever passed over it could
 *   ask for the same move a second time: the daemon doesn't start. So does none with a journal of a version
 *   that is newer by two, or that begins with a `state` it can't read.
 */
import { quoted } from '../core/text.ts';
import { JOURNAL_VERSION, type JournalLine } from '../wire/journal.ts';
import type { Recorded } from './journal.ts';

/** A line of which something isn't known. */
export interface Strange {
  /** `journal.jsonl:12` */
  readonly where: string;
  readonly line: JournalLine;
}

interface Content {
  readonly records: readonly Pick<Recorded, 'entry' | 'seq'>[];
  readonly strange: readonly Strange[];
}

/** The next version may change what a line means only by a new type; one after it, anything. */
export function isReadable(version: number): boolean {
  return version <= JOURNAL_VERSION + 1;
}

/** Why the daemon must not go by this journal, with what to do; undefined where it may. */
export function hindranceIn({ records, strange }: Content): string | undefined {
  const carried = records.findLast(({ entry }) => entry.type === 'state')?.seq ?? 0;
  const first = records[0]?.seq ?? Infinity;
  const ended = new Set(
    records.flatMap(({ entry }) => (entry.type === 'outcome' ? [entry.request] : [])),
  );
  const later = strange.filter(({ line }) => line.seq > carried);
  const found = later.map((each) => ({ each, why: whyNotPassed(each.line, first, ended) }));
  const [hindrance] = found.filter(({ why }) => why !== undefined);
  return hindrance && `${hindrance.each.where} ${hindrance.why}; ${REMEDY}`;
}

const REMEDY =
  'not starting. Install the version that wrote it again; or, knowing that no move is under way, put the journal aside';

function whyNotPassed(
  line: JournalLine,
  firstKnown: number,
  ended: ReadonlySet<string>,
): string | undefined {
  const { v, seq, type, request } = line;
  if (!isReadable(v)) return `is of journal version ${v}, this program knows ${JOURNAL_VERSION}`;
  if (type === 'state' && seq < firstKnown) return 'is the state of another version';
  if (request === undefined || ended.has(String(request))) return undefined;
  const which = `${quoted(type)} of another version (journal version ${v})`;
  return `is ${which} and tells of request ${quoted(String(request))}, which hasn't ended`;
}
