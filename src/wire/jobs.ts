/**
 * What the daemon and its worker say to each other over `jobs.sock`, one JSON object a line, and
 * the result of a job as it leaves the machine. Each side takes the other's words for data: they
 * are checked field by field here, and what has another shape is no message.
 */
import {
  count,
  type Fields,
  flag,
  isObject,
  listOf,
  matching,
  maybe,
  object,
  oneOf,
  parsed,
  shapeOf,
  text,
} from './shapes.ts';

export const JOBS_SOCKET = 'jobs.sock';
/** Of the worker's user; its members may be the worker. */
export const WORKER_GROUP = 'vmmanage-jobs';
/** Of the messages: whoever changes one of them counts it up. */
export const MESSAGES_VERSION = 1;
/** Of a result as it leaves the machine. */
export const RESULT_VERSION = 1;

/** The longest line: a payload of 64 MiB in base64, with room for the rest of the message. */
export const MESSAGE_MAX_BYTES = 90 * 1024 * 1024;

/** How a job's program ended. Bytes are in base64, since a program may print any. */
export interface Ending {
  /** Absent where a signal ended it, or it never began. */
  readonly exit?: number;
  readonly signal?: string;
  /** Why it never began. */
  readonly not_started?: string;
  /** Because there is no such program, or the worker may not run it: the conf's fault, not the job's. */
  readonly no_program?: true;
  readonly timed_out: boolean;
  /** It printed more than it may. */
  readonly cut: boolean;
  /** The beginning of its standard output, base64. */
  readonly stdout: string;
  /** The end of its standard error. */
  readonly stderr: string;
  readonly took_ms: number;
}

/** The first word after a connection: which jobs it runs, or has run and not got rid of. */
export interface Hello {
  readonly type: 'hello';
  readonly holding: readonly string[];
}

export interface JobEnded extends Ending {
  readonly type: 'ended';
  readonly key: string;
}

export type WorkerMessage = Hello | JobEnded;

export interface Run {
  readonly type: 'run';
  readonly key: string;
  readonly argv: readonly string[];
  /** base64 */
  readonly payload: string;
  /** On standard input, or as one argument more, after `--`. */
  readonly give: 'stdin' | 'argument';
  readonly timeout_ms: number;
  readonly max_output: number;
}

/** The answer to hello: this is the worker now, and no other process is. */
export interface Welcome {
  readonly type: 'welcome';
}

/** Nobody needs this job's result any more: it was accepted or set aside, or the job isn't known. */
export interface Settled {
  readonly type: 'settled';
  readonly key: string;
}

/** The daemon's last word before it hangs up. */
export interface Refused {
  readonly type: 'refused';
  readonly reason: string;
}

export type DaemonMessage = Welcome | Run | Settled | Refused;

/**
 * A job's result: the body of a POST, the input of a command, a line of a file. `key` is the same
 * however often it is delivered, and no other job's.
 */
export interface JobResult {
  readonly v: typeof RESULT_VERSION;
  readonly key: string;
  readonly vm: string;
  readonly queue: string;
  /** The line of the page, counted from 1, and the id that stood there, if one did. */
  readonly line: number;
  readonly id?: string;
  readonly grade: string;
  /** `lost`: the worker ended under it each time. */
  readonly status: 'ok' | 'failed' | 'lost';
  /** Why it isn't ok. */
  readonly reason?: string;
  readonly exit?: number;
  /** How often it was run. */
  readonly attempts: number;
  readonly took_ms: number;
  /** What it printed; `output_base64` instead where that is no UTF-8. */
  readonly output?: string;
  readonly output_base64?: string;
  readonly stderr: string;
}

/** The line with its newline. */
export function formatMessage(message: WorkerMessage | DaemonMessage): string {
  return `${JSON.stringify({ v: MESSAGES_VERSION, ...message })}\n`;
}

export function parseWorkerMessage(line: string): WorkerMessage | undefined {
  return parse(line, WORKER_SAYS);
}

export function parseDaemonMessage(line: string): DaemonMessage | undefined {
  return parse(line, DAEMON_SAYS);
}

/** Of a line that is none of a side's messages, a sentence for people. */
export function whyNone(line: string, side: 'daemon' | 'worker'): string {
  const value = parsed(line);
  const version = isObject(value) ? value['v'] : undefined;
  if (!count(version) || version === MESSAGES_VERSION) return `the ${side} is not understood`;
  const versions = `messages of version ${version}, not ${MESSAGES_VERSION}`;
  return `the ${side} is of another build (${versions}): restart daemon and worker`;
}

/** Of each type, the fields besides. */
type Shapes<M extends { readonly type: string }> = Readonly<Record<M['type'], Fields>>;

const SHORT_MAX = 256;
const TEXT_MAX = 1024 * 1024;
const LIST_MAX = 1000;
const KEY = /^[A-Za-z0-9.-]{1,128}$/;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

const key = matching(KEY);
const base64 = matching(BASE64);

const WORKER_SAYS: Shapes<WorkerMessage> = {
  hello: { holding: listOf(key, LIST_MAX) },
  ended: {
    key,
    exit: maybe(count),
    signal: maybe(text(SHORT_MAX)),
    not_started: maybe(text(TEXT_MAX)),
    no_program: maybe(oneOf(true)),
    timed_out: flag,
    cut: flag,
    stdout: base64,
    stderr: text(TEXT_MAX),
    took_ms: count,
  },
};

const argv = listOf(text(TEXT_MAX), LIST_MAX);

const DAEMON_SAYS: Shapes<DaemonMessage> = {
  welcome: {},
  run: {
    key,
    argv: (value) => argv(value) && (value as unknown[]).length > 0,
    payload: base64,
    give: oneOf('stdin', 'argument'),
    timeout_ms: count,
    max_output: count,
  },
  settled: { key },
  refused: { reason: text(TEXT_MAX) },
};

/** Another version, a type that the other side can't say, a field that is wrong or one too many. */
function parse<M extends { readonly type: string }>(
  line: string,
  shapes: Shapes<M>,
): M | undefined {
  const value = parsed(line);
  if (!isObject(value) || value['v'] !== MESSAGES_VERSION) return undefined;
  const { v, type, ...fields } = value;
  const shape = shapeOf(shapes, type);
  return shape && object(shape)(fields) ? ({ type, ...fields } as unknown as M) : undefined;
}
