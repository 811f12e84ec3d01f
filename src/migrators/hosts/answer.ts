/**
 * What `vmmanage-host` prints, read strictly: lines `key=value` of printable ASCII, the first its
 * version, the second the host's name. A text that isn't whole, or of another shape, is no answer;
 * nothing is made up from a part of it. Pure.
 */
/** The longest answer that is read; the rest of one is never looked at. */
export const ANSWER_MAX_BYTES = 16 * 1024;
const VALUE_MAX = 300;
const VERSION = '1';

export interface HostAnswer {
  /** What the host calls itself. */
  readonly host: string;
  readonly values: ReadonlyMap<string, string>;
}

export type Parsed = HostAnswer | { readonly wrong: string };

/** Never throws. Keys that this version doesn't know are kept, and nobody reads them. */
export function parseAnswer(bytes: Uint8Array): Parsed {
  if (bytes.length > ANSWER_MAX_BYTES) return { wrong: 'says too much' };
  const text = Buffer.from(bytes).toString('latin1');
  const [first = '', ...lines] = text.split('\n');
  const version = /^vmmanage-host=(\d{1,9})$/.exec(first)?.[1];
  if (version === undefined) return { wrong: 'says what vmmanage-host would not' };
  if (version !== VERSION) return { wrong: `speaks another version of vmmanage-host, ${version}` };
  if (lines.pop() !== '') return { wrong: 'said only a part of its answer' };
  return valuesOf(lines);
}

const LINE = /^([a-z][a-z0-9_]{0,31})=([ -~]*)$/;

function valuesOf(lines: readonly string[]): Parsed {
  const values = new Map<string, string>();
  for (const line of lines) {
    const [, key = '', value = ''] = LINE.exec(line) ?? [];
    if (key === '' || value.length > VALUE_MAX) return { wrong: 'has a line of another shape' };
    if (values.has(key)) return { wrong: `says ${key}= twice` };
    values.set(key, value.trim());
  }
  const host = lines[0]?.startsWith('host=') ? values.get('host') : undefined;
  return host === undefined ? { wrong: "doesn't say which host it is" } : { host, values };
}

export type Here = 'yes' | 'no' | 'incoming' | 'leaving';

export interface Where {
  readonly here: Here;
  /** When it was first seen there: seconds since 1970. */
  readonly since?: number;
  /** Where a transfer goes that this host has open. */
  readonly target?: string;
}

export interface Capacity {
  readonly state: 'up' | 'draining' | 'down';
  /** What `state` says for people. */
  readonly reason?: string;
  /** Transfers that it receives and sends, and how many at most. */
  readonly in?: number;
  readonly maxIn?: number;
  readonly out?: number;
  readonly maxOut?: number;
  /** Why nobody, or this guest, may move now. */
  readonly hold?: string;
  readonly retryAfterS?: number;
}

const TRANSFER_STATES = ['accepted', 'moving', 'done', 'failed', 'cancelled', 'unknown'] as const;

export interface Transfer {
  readonly state: (typeof TRANSFER_STATES)[number];
  readonly reason?: string;
  /** 0-100. */
  readonly percent?: number;
  readonly downtimeMs?: number;
}

export interface Veto {
  /** `hold`, `busy`, `memory` …, or another word. */
  readonly veto: string;
  readonly reason: string;
  readonly retryAfterS?: number;
}

/** Each gives undefined where the answer doesn't hold what it must. */
export function whereOf({ values }: HostAnswer): Where | undefined {
  const here = oneOf(['yes', 'no', 'incoming', 'leaving'], values.get('here'));
  if (here === undefined) return undefined;
  return { here, ...some({ since: whole(values, 'since'), target: text(values, 'target') }) };
}

export function capacityOf({ values }: HostAnswer): Capacity | undefined {
  const state = oneOf(['up', 'draining', 'down'], values.get('state'));
  if (state === undefined) return undefined;
  const more = {
    reason: text(values, 'reason'),
    in: whole(values, 'in'),
    maxIn: whole(values, 'max_in'),
    out: whole(values, 'out'),
    maxOut: whole(values, 'max_out'),
    // A hold without a reason holds as well.
    hold: values.has('hold') ? (text(values, 'hold') ?? 'no reason given') : undefined,
    retryAfterS: whole(values, 'retry_after'),
  };
  return { state, ...some(more) };
}

/** Of this request alone: what is said of another is no answer. */
export function transferOf({ values }: HostAnswer, request: string): Transfer | undefined {
  const state = oneOf(TRANSFER_STATES, values.get('state'));
  if (state === undefined || values.get('request') !== request) return undefined;
  const percent = whole(values, 'percent');
  const more = {
    reason: text(values, 'reason'),
    percent: percent !== undefined && percent <= 100 ? percent : undefined,
    downtimeMs: whole(values, 'downtime_ms'),
  };
  return { state, ...some(more) };
}

export function vetoOf({ values }: HostAnswer): Veto | undefined {
  const veto = /^[a-z]{1,20}$/.exec(values.get('veto') ?? '')?.[0];
  if (veto === undefined) return undefined;
  const reason = text(values, 'reason') ?? 'no reason given';
  return { veto, reason, ...some({ retryAfterS: whole(values, 'retry_after') }) };
}

export function reasonOf({ values }: HostAnswer): string | undefined {
  return text(values, 'reason');
}

function oneOf<const W extends string>(words: readonly W[], given: string | undefined) {
  return words.find((word) => word === given);
}

function whole(values: ReadonlyMap<string, string>, key: string): number | undefined {
  const value = values.get(key) ?? '';
  return /^\d{1,12}$/.test(value) ? Number(value) : undefined;
}

function text(values: ReadonlyMap<string, string>, key: string): string | undefined {
  const value = values.get(key) ?? '';
  return value === '' ? undefined : value;
}

type Some<T> = { [K in keyof T]?: Exclude<T[K], undefined> };

/** Without the keys that have no value. */
function some<T extends object>(given: T): Some<T> {
  const entries = Object.entries(given).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as Some<T>;
}
