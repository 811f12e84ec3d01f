/**
 * What home and its clone at a cloud tell each other: documents of JSON in a mailbox, `VM.REQUEST.WHAT`
 * below its address, and the one that the cloud's user-data leaves in the clone's file system. Each
 * is checked field by field: what has another shape is no document, and changes nothing.
 */
import {
  type Check,
  count,
  entriesOf,
  filled,
  isObject,
  type JsonObject,
  listOf,
  matching,
  maybe,
  object,
  oneOf,
  parsed,
} from './shapes.ts';

const CLONE_VERSION = 1;

/** Of a document, in bytes. */
export const DOCUMENT_MAX_BYTES = 1024 * 1024;
/** Jobs in all that a hand-over may be about, so that their ends fit into a document. */
export const HANDED_JOBS_MAX = 40_000;

/** In the clone: beside its state folder, `FOLDER/../vmmanage-clone.json`. */
export const CLONE_FILE = 'vmmanage-clone.json';

/** Beside it: what of the conf belongs to the clone's site. */
export const CLONE_CONF = 'vmmanage-clone.conf';

interface About {
  readonly vm: string;
  readonly request: string;
}

/** By user-data: what this machine is. */
export interface CloneDocument extends About {
  readonly what: 'clone';
  /** The cloud's host, called as its site is; and where the guest is at home. */
  readonly host: string;
  readonly home: string;
  readonly mailbox: string;
}

/** By the clone: its daemon runs. */
export interface Reported extends About {
  readonly what: 'reported';
  readonly instance: string;
  readonly boot: string;
}

/** By home, which rests from before this is put; the clone acts only once it has read it. */
interface Handover extends About {
  readonly what: 'handover';
  /** As the cloud calls the one that acts from now on: no other of the same request does. */
  readonly instance: string;
  readonly queues: HandedQueues;
}

/** By the clone, which rests from before this is put. */
interface Handback extends About {
  readonly what: 'handback';
  readonly queues: HandedQueues;
}

/** By home, which acts again: the clone isn't needed, and ends itself. */
export interface Taken extends About {
  readonly what: 'taken';
  readonly reason: string;
}

export type Posted = Reported | Handover | Handback | Taken;
export type What = Posted['what'];
export const WHATS = ['reported', 'handover', 'handback', 'taken'] satisfies readonly What[];

/** By the queue's name. */
export type HandedQueues = Readonly<Record<string, HandedQueue>>;

/** How the ledger of a queue stands. */
export interface HandedQueue {
  readonly claim?: HandedClaim;
  /** The page that was put away last. */
  readonly last?: {
    readonly time: string;
    readonly claim: string;
    readonly ok: number;
    readonly failed: number;
    readonly set_aside?: number;
  };
}

export interface HandedClaim {
  readonly id: string;
  readonly time: string;
  /** The page's address, and whose it is there. */
  readonly url: string;
  readonly vm: string;
  /** How they ended → the jobs that are done. */
  readonly done: Readonly<Record<string, readonly string[]>>;
  /** Job → how many runs of it failed, or were lost. */
  readonly failures: Readonly<Record<string, number>>;
  readonly losses: Readonly<Record<string, number>>;
}

export function formatDocument(document: Posted | CloneDocument): string {
  return JSON.stringify({ v: CLONE_VERSION, ...document });
}

/** Undefined where it isn't one of this kind, version, guest and request. */
export function parsePosted<W extends What>(
  body: string,
  what: W,
  { vm, request }: About,
): Extract<Posted, { what: W }> | undefined {
  const document = parse(body, POSTED[what]);
  if (document?.['vm'] !== vm || document['request'] !== request) return undefined;
  return document as unknown as Extract<Posted, { what: W }>;
}

export function parseCloneDocument(body: string): CloneDocument | undefined {
  return parse(body, CLONE) as unknown as CloneDocument | undefined;
}

const WORD_MAX = 256;
const TEXT_MAX = 1000;
const URL_MAX = 2048;
const QUEUES_MAX = 1000;
/** Of one job: options bound them far lower. */
const RUNS_MAX = 1000;
/** As the journal has them: an id stands in names of files, headers and documents. */
const ID = /^[0-9A-Za-z]{1,64}$/;
const JOB = /^[0-9A-Za-z.-]{1,128}$/;
const NAME = /^[A-Za-z0-9_.-]{1,253}$/;
const STATUS = /^(ok|failed|lost|refused)$/;

const runs: Check = (value) => count(value) && (value as number) <= RUNS_MAX;
/** As many as fit into a document. */
const jobs = listOf(matching(JOB), DOCUMENT_MAX_BYTES);
const time = filled(WORD_MAX);
const ABOUT = { v: oneOf(CLONE_VERSION), vm: matching(NAME), request: matching(ID) };

const claim = object({
  ...{ id: matching(ID), time, url: filled(URL_MAX), vm: matching(NAME) },
  done: entriesOf(STATUS, jobs, WORD_MAX),
  failures: entriesOf(JOB, runs, HANDED_JOBS_MAX),
  losses: entriesOf(JOB, runs, HANDED_JOBS_MAX),
});
const last = object({
  ...{ time, claim: matching(ID), ok: count, failed: count, set_aside: maybe(count) },
});
const queues = entriesOf(NAME, object({ claim: maybe(claim), last: maybe(last) }), QUEUES_MAX);

const CLONE = object({
  ...ABOUT,
  ...{ what: oneOf('clone'), host: matching(NAME), home: matching(NAME), mailbox: filled(URL_MAX) },
});

const POSTED: Readonly<Record<What, Check>> = {
  reported: object({
    ...ABOUT,
    ...{ what: oneOf('reported'), instance: filled(WORD_MAX), boot: filled(WORD_MAX) },
  }),
  handover: object({ ...ABOUT, what: oneOf('handover'), instance: filled(WORD_MAX), queues }),
  handback: object({ ...ABOUT, what: oneOf('handback'), queues }),
  taken: object({ ...ABOUT, what: oneOf('taken'), reason: filled(TEXT_MAX) }),
};

function parse(body: string, check: Check): JsonObject | undefined {
  const value = parsed(body);
  if (!isObject(value) || !check(value)) return undefined;
  const { v: _, ...document } = value;
  return document;
}
