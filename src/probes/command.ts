/**
 * A number that a program prints, or a monitoring plugin's. The program is an argument array that
 * no shell sees, with a small environment, no input, and bounds on its time and its output; what it
 * leaves running ends with it. What it prints is data: a number as it stands there, or none.
 */
import { argv } from '../core/option-shapes.ts';
import { text as anyText, bad, good, pattern, sizeText } from '../core/option-types.ts';
import { type OptionsOf, type OptionType, option, optional, required } from '../core/options.ts';
import { quoted } from '../core/text.ts';
import { beforeAbort } from '../system/deadline.ts';
import { describeEnd, type Ended, runProgram } from '../system/programs.ts';
import { firstLine, oneLine, tellingLine } from '../system/said.ts';
import { type Perfdatum, parsePerfdata } from './nagios.ts';
import { parseNumber } from './number.ts';
import type { Measurement, Probe, ProbeContext, ProbeKind } from './probe.ts';

/** Where the number stands. */
type Source =
  | { readonly in: 'number' | 'status' }
  | { readonly in: 'perfdata'; readonly label: string | undefined };

const source: OptionType<Source> = {
  name: 'number, status or perfdata [LABEL]',
  parse(text) {
    if (text === 'number' || text === 'status') return good({ in: text });
    const [, label] = /^perfdata(?:\s+(\S.*))?$/.exec(text) ?? [undefined, null];
    if (label !== null) return good({ in: 'perfdata', label });
    return bad(`${quoted(text)} is not number, status, perfdata or perfdata LABEL`);
  },
};

const options = {
  command: required(argv, {
    example: '/usr/local/bin/waiting-mails --all',
    help: "The program and its arguments, without a shell; it runs as the daemon's user.",
  }),
  read: option(source, 'number', {
    help: "number: the first line printed; perfdata [LABEL]: a monitoring plugin's value, the first by default; status: its 0, 1 or 2.",
  }),
  unit: optional(anyText, { example: 'mails', help: 'What the number counts.' }),
  password: optional(anyText, {
    secret: true,
    help: 'Handed to the program in its environment, where nobody else sees it.',
  }),
  password_in: option(pattern(/^[A-Z_][A-Z0-9_]{0,63}$/, 'a variable'), 'PASSWORD', {
    help: 'The variable of the environment that holds it, such as PGPASSWORD or REDISCLI_AUTH.',
  }),
};

type Options = OptionsOf<typeof options>;

export const command: ProbeKind<typeof options> = {
  kind: 'command',
  help: "A number that a program of yours prints, or a monitoring plugin's (Nagios, Icinga).",
  worse: () => 'high',
  options,
  unit: ({ unit }) => unit ?? '',
  open: (chosen, context) => new CommandProbe(chosen, context),
};

/** Between asking a program that takes too long to end, and ending it. */
const GRACE_MS = 1_000;
const MAX_OUTPUT_BYTES = 64 * 1024;

class CommandProbe implements Probe {
  readonly #options: Options;
  readonly #context: ProbeContext;
  /** Also while a program that was given up is being ended: there is never a second one. */
  #running: Promise<Ended> | undefined;

  constructor(chosen: Options, context: ProbeContext) {
    this.#options = chosen;
    this.#context = context;
  }

  async read(signal: AbortSignal): Promise<Measurement> {
    if (this.#running !== undefined) return { missing: "the last run hasn't ended yet" };
    const running = this.#run(signal);
    this.#running = running;
    void running.then(() => {
      this.#running = undefined;
    });
    const ended = await beforeAbort(running, signal);
    return ended === undefined ? { missing: 'no answer in time' } : measure(ended, this.#options);
  }

  async close(): Promise<void> {
    await this.#running;
  }

  #run(signal: AbortSignal): Promise<Ended> {
    const { command: words, password, password_in: variable } = this.#options;
    const { clock, intervalMs } = this.#context;
    const program = {
      argv: words,
      env: password === undefined ? {} : { [variable]: password },
      // The signal comes sooner.
      timeoutMs: intervalMs,
      graceMs: GRACE_MS,
      maxOutputBytes: MAX_OUTPUT_BYTES,
      leavesNothing: true,
      signal,
    } as const;
    return runProgram(program, clock);
  }
}

type From = Pick<Options, 'read' | 'password'>;

/** What a program that ended has measured. */
export function measure(ended: Ended, { read, password }: From): Measurement {
  const raw = rawText(ended, password);
  const of = (missing: string) => ({ missing: without(password, missing), ...raw });
  const allowed = read.in === 'number' ? 0 : STATUS_MAX;
  if (ended.exit === STATUS_UNKNOWN && read.in !== 'number') {
    return of(oneLine(firstLine(ended.stdout)) || 'UNKNOWN, without a word');
  }
  if (ended.exit === undefined || ended.exit > allowed) return of(describeEnd(ended, tellingLine));
  if (ended.cut) return of(`it printed more than ${sizeText(MAX_OUTPUT_BYTES)}B`);
  const value = numberIn(ended, read);
  return typeof value === 'string' ? of(value) : { value, ...raw };
}

/** Monitoring plugins: OK, WARNING and CRITICAL tell something, UNKNOWN nothing. */
const STATUS_MAX = 2;
const STATUS_UNKNOWN = 3;

/** The number, or why there is none. */
function numberIn({ exit = 0, stdout }: Ended, read: Source): number | string {
  if (read.in === 'status') return exit;
  if (read.in === 'perfdata') return numberOf(parsePerfdata(stdout), read.label);
  const line = firstLine(stdout);
  if (line === '') return 'it printed nothing';
  return parseNumber(line) ?? `it didn't print a number: ${oneLine(line, 40)}`;
}

function numberOf(data: readonly Perfdatum[], label: string | undefined): number | string {
  if (data.length === 0) return 'it printed no performance data';
  const found =
    label === undefined ? data.slice(0, 1) : data.filter((each) => each.label === label);
  const [first] = found;
  if (first === undefined) return `it printed no ${oneLine(label ?? '', 40)}${instead(data)}`;
  if (found.length > 1) return `it printed ${oneLine(label ?? '', 40)} ${found.length} times`;
  return first.value ?? `no value can be read from ${oneLine(first.text, 40)}`;
}

function instead(data: readonly Perfdatum[]): string {
  const labels = data.map((each) => each.label).filter((each) => each !== undefined);
  return labels.length === 0 ? '' : oneLine(`, but ${labels.join(', ')}`, 80);
}

/** A program that was given a password may print it, in a trace or a message. */
function without(password: string | undefined, text: string): string {
  return password === undefined ? text : text.replaceAll(password, '…');
}

function rawText({ stdout, stderr }: Ended, password: string | undefined) {
  const lines = `${stdout}\n${stderr}`.split('\n').map((line) => line.trim());
  const said = lines.filter((line) => line !== '').slice(0, RAW_LINES);
  if (said.length === 0) return {};
  return { raw: said.map((line) => oneLine(without(password, line))).join('\n') };
}

const RAW_LINES = 20;
