/**
 * From what a protocol received to a record as the sink has it. Pure, and it refuses nothing: what
 * can't be read is kept as it came.
 */
import { escapeBytes } from '../escape.ts';
import { type Element, parseSyslog, type SyslogMessage } from '../formats/syslog.ts';
import { guestNameBefore, isGuestName } from '../guest-name.ts';
import { type Arrival, type ArrivalRun, type Arriving, isOwn, isRun } from './arrival.ts';
import { wholeOf } from './own.ts';
import type { Received } from './protocol.ts';
import { linesOf } from './run.ts';

/** Whose connection it came over. */
export interface Sender {
  readonly peer: string;
  readonly certificate?: string;
}

type Fields = Arrival['fields'];
type Flawed = Pick<Received, 'flaw'>;

const FLAWS = { cut: 'cut: over the limit', torn: 'torn: the connection broke' } as const;
const DAEMON_INFO = 30;
/** Ours (docs/sink.md): its values are fields by their own names. */
const OWN_ELEMENT = 'vmmanage@32473';
const OWN_APP = 'vmmanage';

const NAME_END = ': ';
const BOOT_MAX = 64;
const SEQ = /^(0|[1-9]\d{0,14})$/;
const LINE_END = /(?:\\x0d)?\\x0a$/;

const NO_FIELDS: Fields = [];
const NO_MARKS: readonly string[] = [];

/** Of a run, which stays one unless something is to be said of its lines. */
export function arrivalsOf(
  received: Received,
  sender: Sender,
  wallMs: number,
): readonly (Arrival | ArrivalRun)[] {
  const run = runOf(received, sender, wallMs);
  return run ? [run] : linesOf(received).map((line) => arrivalOf(line, sender, wallMs));
}

function runOf({ bytes, run }: Received, sender: Sender, wallMs: number): ArrivalRun | undefined {
  if (!run) return undefined;
  const { peer, certificate } = sender;
  const { lines, claimed } = run;
  // Who claims to be an address isn't told from one that names nobody.
  const asTheyCame = claimed === certificate || certificate === undefined;
  if (!asTheyCame || claimed === peer) return undefined;
  const text = bytes.toString('latin1', 0, bytes.length - 1);
  return { wallMs, peer, name: claimed ?? peer, lines, text };
}

/** Each of them, whole. */
export function eachOf(arriving: Arriving): readonly Arrival[] {
  if (isOwn(arriving)) return [wholeOf(arriving)];
  if (!isRun(arriving)) return [arriving];
  const { wallMs, peer, text } = arriving;
  return text.split('\n').map((line) => ofPlain(line, {}, { peer }, wallMs));
}

export function arrivalOf(received: Received, sender: Sender, wallMs: number): Arrival {
  const text = escapeBytes(received.bytes);
  if (received.form === 'plain') return ofPlain(text, received, sender, wallMs);
  // Some senders end each message as they would a line, though it has its length.
  const message = parseSyslog(text.endsWith('\\x0a') ? text.replace(LINE_END, '') : text);
  return message
    ? ofSyslog(message, received, sender, wallMs)
    : unnamed(text, received, sender, wallMs);
}

/** `nii3: Requesting migration …`: the name is what stands before the first colon and blank. */
function ofPlain(text: string, received: Flawed, sender: Sender, wallMs: number): Arrival {
  const claimed = guestNameBefore(text);
  if (claimed === undefined) return unnamed(text, received, sender, wallMs);
  return {
    wallMs,
    peer: sender.peer,
    name: sender.certificate ?? claimed,
    timeMs: undefined,
    boot: undefined,
    seq: undefined,
    priority: DAEMON_INFO,
    text: text.slice(claimed.length + NAME_END.length),
    fields: NO_FIELDS,
    marks: marksOf(received, sender, claimed),
  };
}

function unnamed(text: string, received: Flawed, sender: Sender, wallMs: number): Arrival {
  return {
    wallMs,
    peer: sender.peer,
    name: sender.certificate ?? sender.peer,
    timeMs: undefined,
    boot: undefined,
    seq: undefined,
    priority: DAEMON_INFO,
    text,
    fields: NO_FIELDS,
    marks: marksOf(received, sender, undefined),
  };
}

function ofSyslog(
  message: SyslogMessage,
  received: Received,
  sender: Sender,
  wallMs: number,
): Arrival {
  const { host, timeMs, priority } = message;
  const claimed = host !== undefined && isGuestName(host) ? host : undefined;
  const { boot, seq, fields } = fieldsOf(message, claimed);
  return {
    wallMs,
    peer: sender.peer,
    name: sender.certificate ?? claimed ?? sender.peer,
    timeMs,
    boot,
    seq,
    priority,
    text: textOf(message),
    fields,
    marks: marksOf(received, sender, claimed),
  };
}

/** `APP[PROCID]: ` stands in front of what others say. */
function textOf({ app, process, text }: SyslogMessage): string {
  if (app === undefined || app === OWN_APP) return text;
  return process === undefined ? `${app}: ${text}` : `${app}[${process}]: ${text}`;
}

interface Read {
  readonly boot: string | undefined;
  readonly seq: number | undefined;
  readonly fields: Fields;
}

/** Everything that the message says beside its text, and that has no place of its own in an arrival. */
function fieldsOf({ host, messageId, elements }: SyslogMessage, claimed?: string): Read {
  const fields: (readonly [string, string])[] = [];
  if (host !== claimed && host !== undefined) fields.push(['host', host]);
  if (messageId !== undefined) fields.push(['msgid', messageId]);
  let boot: string | undefined;
  let seq: number | undefined;
  for (const element of elements) {
    if (element.id !== OWN_ELEMENT) {
      addOthers(fields, element);
      continue;
    }
    for (const parameter of element.parameters) {
      const name = parameter[0];
      const value = parameter[1];
      if (name === 'boot' && boot === undefined && isBoot(value)) boot = value;
      else if (name === 'seq' && seq === undefined && SEQ.test(value)) seq = Number(value);
      else fields.push(parameter);
    }
  }
  return { boot, seq, fields };
}

function isBoot(value: string): boolean {
  return value.length > 0 && value.length <= BOOT_MAX;
}

function addOthers(fields: (readonly [string, string])[], { id, parameters }: Element): void {
  if (parameters.length === 0) fields.push([id, '']);
  for (const [name, value] of parameters) fields.push([`${id}.${name}`, value]);
}

function marksOf({ flaw }: Flawed, { certificate }: Sender, claimed?: string): readonly string[] {
  const poses = certificate !== undefined && claimed !== undefined && claimed !== certificate;
  if (flaw === undefined && !poses) return NO_MARKS;
  return [...(flaw ? [FLAWS[flaw]] : []), ...(poses ? [`claims ${claimed}`] : [])];
}
