/**
 * What kind of event a text of the central log tells of. It stands beside the texts themselves
 * (sentences.ts); a test fails for a text that has no kind here.
 */

/** How a text begins, and what else has to stand in it. */
interface Pattern {
  readonly head: string;
  readonly holds?: string;
}

interface Kind {
  /** For people who choose one. */
  readonly help: string;
  readonly patterns: readonly [Pattern, ...Pattern[]];
}

/** In the order of the help. No head of one kind is the beginning of another's. */
export const LOG_EVENTS = {
  request: {
    help: 'the guest asks for a move',
    patterns: [{ head: 'Requesting migration of VM' }],
  },
  moved: {
    help: 'it was seen at another host',
    patterns: [{ head: 'Arrived at ' }, { head: 'Moved by others: ' }],
  },
  failed: {
    help: 'a move failed, or was given up',
    patterns: [{ head: 'Move to ', holds: ' failed: ' }, { head: 'Request abandoned' }],
  },
  unconfirmed: {
    help: 'nobody can say where the guest is',
    patterns: [{ head: 'Unconfirmed: ' }, { head: 'Place unknown: ' }],
  },
  barred: {
    help: 'a host is left alone for a while, or no longer',
    patterns: [{ head: 'Barred ' }, { head: 'Bar of ', holds: ' cleared' }],
  },
  cancelled: {
    help: 'somebody asked to stop a move',
    patterns: [{ head: 'Cancelling the move to ' }],
  },
  held: { help: 'a gate or the provider holds a move', patterns: [{ head: 'Held: ' }] },
  'would-ask': { help: 'what passive mode would ask for', patterns: [{ head: 'Would ask: ' }] },
  settled: {
    help: 'the guest is where its policy wants it',
    patterns: [{ head: 'Already ' }, { head: 'Would process: ' }],
  },
  place: { help: 'where the guest is, or what it uses', patterns: [{ head: 'Now using ' }] },
  clone: {
    help: 'home and clone hand over to each other',
    patterns: [
      { head: 'Began as a clone of ' },
      { head: 'Handed over to ' },
      { head: 'Taken back at ' },
    ],
  },
  started: { help: 'the daemon', patterns: [{ head: 'Starting VMManage' }] },
  stopped: { help: 'the daemon', patterns: [{ head: 'Stopping VMManage' }] },
  conf: {
    help: 'a conf was loaded or refused',
    patterns: [{ head: 'Conf loaded: ' }, { head: 'Reload failed' }],
  },
  probe: {
    help: 'a probe fails, or works again',
    patterns: [
      { head: 'Probe ', holds: ' is failing: ' },
      { head: 'Probe ', holds: ' works again' },
    ],
  },
  jobs: {
    help: 'results that wait or are refused',
    patterns: [{ head: 'Results of queue ' }, { head: 'A result of queue ' }],
  },
  paused: {
    help: 'a person or a program lets it rest, or no longer',
    patterns: [
      { head: 'Paused' },
      { head: 'Still paused' },
      { head: 'Resumed' },
      { head: 'Inhibited: ' },
      { head: 'No longer inhibited' },
    ],
  },
  machine: {
    help: 'the clock stepped, the guest stood still or is another machine',
    patterns: [
      { head: 'The wall clock stepped by ' },
      { head: 'The VM stood still for ' },
      { head: 'Identity changed: ' },
    ],
  },
  trouble: {
    help: 'a hook or an alert failed',
    patterns: [{ head: 'after_move failed: ' }, { head: 'An alert could not be sent: ' }],
  },
} as const satisfies Readonly<Record<string, Kind>>;

export type DaemonEvent = keyof typeof LOG_EVENTS;

/** `other`: a text that isn't the daemon's. */
export type LogEvent = DaemonEvent | 'other';

const NAMES = Object.keys(LOG_EVENTS) as DaemonEvent[];
const PATTERNS = NAMES.flatMap((event) =>
  LOG_EVENTS[event].patterns.map((pattern: Pattern) => ({ event, ...pattern })),
);

export function logEventOf(text: string): LogEvent {
  const found = PATTERNS.find(
    ({ head, holds }) => text.startsWith(head) && (holds === undefined || text.includes(holds)),
  );
  return found?.event ?? 'other';
}

/** One of these stands in every text of the event; of `other` nothing is known. */
export function headsOf(event: LogEvent): readonly string[] | undefined {
  if (event === 'other') return undefined;
  return LOG_EVENTS[event].patterns.map(({ head }: Pattern) => head);
}

export function logEvents(): readonly LogEvent[] {
  return [...NAMES, 'other'];
}
