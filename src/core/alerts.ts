/**
 * What people are alerted to (DESIGN.md §9), once for each occurrence. An alert is recorded in the
 * same turn as what it tells of, and pending until its entry `alert-sent`: a kill in between neither
 * loses it nor makes a second one.
 */
import { COPY_REMEDY } from './clone.ts';
import type { Conf } from './conf.ts';
import type { Entry, ResultRefused, ResultsWaiting } from './entries.ts';
import { claimOfKey } from './job-key.ts';
import { restOf } from './rests.ts';
import { answersText } from './sentences.ts';
import type { Alerts, State } from './state.ts';
import { formatSpan } from './text.ts';
import { elapsedMs, type Stamp } from './time.ts';
import { movedBackTwice } from './trail.ts';

export const ALERT_KINDS = [
  'unconfirmed',
  'all tried',
  'provider disagrees',
  'probe failing',
  'probe recovered',
  'spool dropping',
  'results waiting',
  'result refused',
  'passive',
  'paused',
  'identity changed',
] as const;

export type AlertKind = (typeof ALERT_KINDS)[number];

/** An alert and what makes it the same as another. */
export interface Raised {
  readonly about: AlertKind;
  readonly text: string;
  /** What can stand only one way at a time: `probe slow`. */
  readonly slot: string;
  /** Which of the slot's occurrences this is. */
  readonly occurrence: string;
}

export interface Alert {
  readonly n: number;
  readonly about: string;
  readonly text: string;
  readonly at: Stamp;
}

/** More than these aren't kept for a world that can't be told; the oldest are let go. */
const MAX_PENDING = 32;

/** What an entry gives reason to tell; `before` and `after` are the states around it. */
export function alertOf(entry: Entry, before: State, after: State, conf: Conf): Raised | undefined {
  if (!conf.alert) return undefined;
  const raised = raisedBy(entry, before, after, conf);
  if (!raised || isKnown(raised, after.alerts)) return undefined;
  return raised;
}

function isKnown({ slot, occurrence, about }: Raised, { said }: Alerts): boolean {
  // A probe that was never told to be failing has nothing to recover from.
  if (about === 'probe recovered') return said[slot] !== 'failing';
  return said[slot] === occurrence;
}

function raisedBy(entry: Entry, before: State, after: State, conf: Conf): Raised | undefined {
  switch (entry.type) {
    case 'progress':
      return entry.phase === 'unconfirmed' ? unconfirmed(entry, before) : undefined;
    case 'held':
      return entry.verdict === 'move' ? allTried(after, conf) : undefined;
    case 'moved-by-other':
      return conf.constraints.movedBackRestMs === undefined ? undefined : movedBack(after);
    case 'probe-failing':
      return probe('probe failing', entry.probe, `probe ${entry.probe} fails: ${entry.reason}`);
    case 'probe-recovered':
      return probe('probe recovered', entry.probe, `probe ${entry.probe} works again`);
    case 'paused':
      return entry.copy ? maybeCopy(entry.why ?? '', after) : undefined;
    case 'results-waiting':
      return resultsWaiting(entry);
    case 'result-refused':
      return resultRefused(entry);
    case 'spool-dropping':
      return alike('spool dropping', 'the spool is full and drops log records', 'dropping');
    default:
      return undefined;
  }
}

function alike(about: AlertKind, text: string, occurrence: string): Raised {
  return { about, text, slot: about, occurrence };
}

function unconfirmed(
  { request: id, answers = [] }: Entry & { type: 'progress' },
  { request }: State,
): Raised {
  const what = `request ${id} ${request?.from}→${request?.to}`;
  const text = `nobody can say where the guest is: ${what} is unconfirmed (${answersText(answers)})`;
  return alike('unconfirmed', text, id);
}

/** Each rest is an occurrence; it is told of though another gate stands before it. */
function allTried(state: State, conf: Conf): Raised | undefined {
  const rest = restOf(state, conf);
  if (!rest) return undefined;
  const { hosts, from, lastsMs } = rest;
  const text = `no host in the array satisfies the policy (${hosts.join(', ')} tried); it rests for ${formatSpan(lastsMs)}`;
  return alike('all tried', text, String(from.wallMs));
}

function movedBack({ trail, arrival }: State): Raised | undefined {
  const twice = movedBackTwice(trail);
  if (!twice || twice.at !== arrival?.at) return undefined;
  const text = `others moved the guest back twice in a day (${twice.from}→${twice.to} last); it rests`;
  return alike('provider disagrees', text, String(twice.at.wallMs));
}

function maybeCopy(why: string, { identity = {} }: State): Raised {
  const text = `${why}; it rests: ${COPY_REMEDY}`;
  return alike('identity changed', text, Object.values(identity).join(' '));
}

function probe(about: AlertKind, name: string, text: string): Raised {
  return { about, text, slot: `probe ${name}`, occurrence: about.replace('probe ', '') };
}

function resultsWaiting({ queue, since_ms, reason }: ResultsWaiting): Raised {
  const text = `results of queue ${queue} wait: ${reason}`;
  const [slot, occurrence] = [`results ${queue}`, String(since_ms)];
  return { about: 'results waiting', text, slot, occurrence };
}

/** One of a claimed page is told of: an endpoint that refuses one result may refuse thousands. */
function resultRefused({ queue, job, file, reason }: ResultRefused): Raised {
  const text = `a result of queue ${queue} is refused (${reason}) and kept in ${file}`;
  const [slot, occurrence] = [`refused ${queue}`, claimOfKey(job)];
  return { about: 'result refused', text, slot, occurrence };
}

/** Said again each time that `remind` has passed since the guest was paused, or made passive. */
export function reminder({ state, conf, at }: Remembering): Raised | undefined {
  const { remindMs } = conf.alert ?? {};
  if (remindMs === undefined) return undefined;
  const passive = conf.constraints.mode === 'passive' ? state.passive : undefined;
  const since = passive?.at ?? state.paused?.at;
  if (!since) return undefined;
  const forMs = elapsedMs(since, at);
  const times = Math.floor(forMs / remindMs);
  const about = passive ? 'passive' : 'paused';
  const text = `${about} for ${formatSpan(forMs)}: nothing is asked for`;
  const raised = alike(about, text, `${since.wallMs} ${times}`);
  return times === 0 || isKnown(raised, state.alerts) ? undefined : raised;
}

interface Remembering {
  readonly state: State;
  readonly conf: Conf;
  readonly at: Stamp;
}

/** The alerts after one more was recorded. */
export function withAlert(alerts: Alerts, entry: Entry & { type: 'alert' }, at: Stamp): Alerts {
  const { n, about, text, slot, occurrence } = entry;
  const pending = [...alerts.pending, { n, about, text, at }].slice(-MAX_PENDING);
  return { ...alerts, n, pending, said: { ...alerts.said, [slot]: occurrence } };
}

export function withSent(alerts: Alerts, entry: Entry & { type: 'alert-sent' }, at: Stamp): Alerts {
  const { n, ok, text } = entry;
  const pending = alerts.pending.filter((alert) => alert.n !== n);
  const { about } = alerts.pending.find((alert) => alert.n === n) ?? { about: '' };
  return { ...alerts, pending, last: { at, ok, text, about } };
}
