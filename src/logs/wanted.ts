/**
 * Which lines are wanted, and what has to stand in the bytes of each of them: a file is searched for
 * that first, and only lines that hold it are read.
 */
import { headsOf, type LogEvent } from '../core/log-events.ts';
import type { Seen } from './read.ts';
import { type Form, fieldOf, type LogLine } from './record.ts';

/** Each that is given has to hold; of a set, one of its members. */
export interface Wanted {
  readonly hosts?: ReadonlySet<string>;
  readonly sinceMs?: number;
  readonly untilMs?: number;
  readonly events?: ReadonlySet<LogEvent>;
  readonly policies?: ReadonlySet<string>;
  readonly request?: string;
  /** Stands in the line as it is shown, behind its date. */
  readonly grep?: string;
}

export function wants(wanted: Wanted, seen: Seen): boolean {
  const { timeMs, name } = seen;
  if (!inTime(wanted, timeMs)) return false;
  if (wanted.hosts && name !== '' && !wanted.hosts.has(name)) return false;
  if (wanted.grep !== undefined && !seen.body().includes(wanted.grep)) return false;
  return !looksInside(wanted, name) || wantsLine(wanted, seen.line());
}

function inTime({ sinceMs, untilMs }: Wanted, timeMs: number | undefined): boolean {
  if (sinceMs === undefined && untilMs === undefined) return true;
  if (timeMs === undefined) return false;
  return timeMs >= (sinceMs ?? -Infinity) && timeMs <= (untilMs ?? Infinity);
}

function looksInside({ hosts, events, policies, request }: Wanted, name: string): boolean {
  return Boolean(events || policies || request !== undefined || (hosts && name === ''));
}

function wantsLine({ hosts, events, policies, request }: Wanted, line: LogLine): boolean {
  if (hosts && !hosts.has(line.name)) return false;
  if (events && !events.has(line.event)) return false;
  if (policies && !policies.has(fieldOf(line, 'policy') ?? '')) return false;
  return request === undefined || fieldOf(line, 'request') === request;
}

/** So many are looked for side by side; where more are wanted, every line is read. */
const NEEDLES_MAX = 8;
/** Written alike in each form, whatever stands around it. */
const SIMPLE = /^[\w.:-]+$/;

/** One of these stands in every line that is wanted; undefined where nothing is known to. */
export function needlesOf(wanted: Wanted, form: Form): readonly Buffer[] | undefined {
  const groups = [
    simple(wanted.request === undefined ? undefined : [wanted.request]),
    searched(wanted.grep, form),
    named(wanted.hosts, form),
    simple(wanted.policies && [...wanted.policies]),
    headed(wanted.events),
  ];
  const group = groups.find((each) => each && each.length <= NEEDLES_MAX);
  return group?.map((text) => Buffer.from(text));
}

function simple(values: readonly string[] | undefined): readonly string[] | undefined {
  return values?.every((value) => SIMPLE.test(value)) ? values : undefined;
}

/**
 * What can't be seen is shown as `\xNN`, and another byte in the file: a text may begin with the end of
 * that, end with its beginning, or be in the midst of it.
 */
const PARTS_OF_ESCAPE = /^x[0-9a-f]?$|^[0-9a-f]{1,2}|\\(?:x[0-9a-f]?)?$/g;

/** The text form stands in the file as it is shown; in the others only words are sure to. */
function searched(grep: string | undefined, form: Form): readonly string[] | undefined {
  if (grep === undefined || /x[0-9a-f]{2}/.test(grep)) return undefined;
  const plain = grep.replace(PARTS_OF_ESCAPE, '');
  if (form === 'text') return /^[ -~]+$/.test(plain) ? [plain] : undefined;
  const words = plain.match(/[A-Za-z_]{3,}/g) ?? [];
  const longest = words.toSorted((a, b) => b.length - a.length)[0];
  return longest === undefined ? undefined : [longest];
}

function named(hosts: ReadonlySet<string> | undefined, form: Form): readonly string[] | undefined {
  const names = simple(hosts && [...hosts]);
  if (form !== 'text') return names;
  // Who has no name goes by its address, which stands in the sink's notes.
  const addresses = names?.filter((name) => /^[\d.]+$|:/.test(name)) ?? [];
  return names && [...names.map((name) => `${name}: `), ...addresses.map((name) => `peer=${name}`)];
}

function headed(events: ReadonlySet<LogEvent> | undefined): readonly string[] | undefined {
  const heads = [...(events ?? [])].map(headsOf);
  return heads.length > 0 && heads.every((each) => each !== undefined)
    ? [...new Set(heads.flat())]
    : undefined;
}
