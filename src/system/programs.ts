/**
 * Running a program: an argument array, never a shell; bounded in time and in output; standard
 * input closed or given; a chosen environment; a session of its own, so that its children end with it.
 *
 * It never throws for what happens to programs: one that isn't there, may not be run, hangs, floods
 * or is killed becomes a result that says so. It doesn't judge a result: that is the caller's.
 */
import { closeSync } from 'node:fs';
import type { Readable } from 'node:stream';
import type { Clock } from '../core/clock.ts';
import { endGroup } from './groups.ts';
import { fileOutput, type Output, openOutputFile, pipedOutput } from './output.ts';
import { lastLine, oneLine } from './said.ts';

export interface Program {
  /** The program and its arguments, each one word that is handed over as it stands. */
  readonly argv: readonly string[];
  /** Added to the few variables that every program gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** What it finds on its standard input; one that doesn't read it is no failure. */
  readonly input?: string | Uint8Array;
  readonly timeoutMs: number;
  /** Between SIGTERM and SIGKILL. */
  readonly graceMs?: number;
  /** Bytes kept of each stream. */
  readonly maxOutputBytes?: number;
  /** An abort ends the program as the time-out does. */
  readonly signal?: AbortSignal;
  /** What it leaves running in its group ends with it, in the same way. */
  readonly leavesNothing?: true;
  /**
   * A file that takes both streams instead of pipes. A program that is to outlive this process
   * needs it: the end of a pipe's reader would end the writer at its next word.
   */
  readonly outputFile?: string;
}

/** How a program ended, or why it never began. */
export interface Ended {
  /** Undefined where a signal ended it, or it never began. */
  readonly exit: number | undefined;
  readonly signal: string | undefined;
  /** The beginning of it; with an `outputFile` the end of what both streams said. */
  readonly stdout: string;
  /** The same as it was printed, where it went through a pipe. */
  readonly bytes?: Buffer;
  /** The end of it; empty with an `outputFile`. */
  readonly stderr: string;
  readonly timedOut: boolean;
  readonly aborted: boolean;
  /** More was printed than was kept. */
  readonly cut: boolean;
  /** Why it never began: `no such program: xl`. */
  readonly notStarted?: string;
  /** There is no such program, or it may not be run: whatever it is given, it won't begin. */
  readonly noProgram?: true;
}

const GRACE_MS = 5_000;
const MAX_OUTPUT_BYTES = 64 * 1024;
/** A program's child may keep its pipes open for ever: after the program's end we wait no longer. */
const DRAIN_MS = 500;
/** Even SIGKILL doesn't end a process that hangs in the kernel, on dead storage for instance. */
const KILLED_MS = 2_000;

type Execa = typeof import('execa')['execa'];
type Child = ReturnType<typeof start>;
type Exit = Pick<Ended, 'exit' | 'signal' | 'notStarted' | 'noProgram'>;
type Why = 'exited' | 'timed out' | 'aborted';

/** Runs `program` to its end. Never rejects for what the program or the system does. */
export async function runProgram(program: Program, clock: Clock): Promise<Ended> {
  const impossible = whyImpossible(program);
  if (impossible !== undefined) return impossible;
  // Imported for the first program: a daemon that runs none does without its 2 MiB.
  const { execa } = await import('execa');
  const file = openFile(program);
  if (typeof file === 'string') return { ...NOTHING, notStarted: file };
  const child = start(execa, program, file);
  const output = outputOf(child, program, clock);
  if (file !== undefined) closeSync(file);

  const { exit, why } = await outcome(child, program, clock);
  await within(DRAIN_MS, child, clock);
  const said = output.finish();
  return { ...exit, ...said, timedOut: why === 'timed out', aborted: why === 'aborted' };
}

/**
 * How it ended, in a few words for people: `exit 3: no memory`, `timed out`, `killed by SIGKILL`.
 * `lineOf` picks the line of what it said.
 */
export function describeEnd(ended: Ended, lineOf: (said: string) => string = lastLine): string {
  const line = oneLine(lineOf(ended.stderr) || lineOf(ended.stdout));
  const end = endWords(ended);
  return line === '' ? end : `${end}: ${line}`;
}

/** Of one that looks whether something could be done, and says no: its last line, as long as it wasn't ended by us. */
export function refusalOf(ended: Ended): string {
  const itself = !ended.timedOut && !ended.aborted;
  const said = itself ? oneLine(lastLine(ended.stderr)) : '';
  return said || describeEnd(ended);
}

/** Whether it ended by itself, and well: one that was ended by us may still have said 0 on its way out. */
export function succeeded({ exit, timedOut, aborted }: Ended): boolean {
  return exit === 0 && !timedOut && !aborted;
}

function endWords(ended: Ended): string {
  if (ended.notStarted !== undefined) return ended.notStarted;
  if (ended.timedOut) return 'timed out';
  if (ended.aborted) return 'cancelled';
  if (ended.signal !== undefined) return `killed by ${ended.signal}`;
  return ended.exit === undefined ? 'did not end' : `exit ${ended.exit}`;
}

const NOTHING: Ended = {
  exit: undefined,
  signal: undefined,
  stdout: '',
  stderr: '',
  timedOut: false,
  aborted: false,
  cut: false,
};

/** What needs no try: execa throws for such arguments, as the kernel would refuse them. */
function whyImpossible(program: Program): Ended | undefined {
  if (program.signal?.aborted) return { ...NOTHING, aborted: true };
  if ((program.argv[0] ?? '') === '') return { ...NOTHING, notStarted: 'no program is named' };
  const words = [...program.argv, ...Object.values(program.env ?? {})];
  if (!words.some((word) => word.includes('\0'))) return undefined;
  return { ...NOTHING, notStarted: 'an argument holds a zero byte' };
}

function openFile(program: Program): number | undefined | string {
  return program.outputFile === undefined ? undefined : openOutputFile(program.outputFile);
}

function outputOf(child: Child, program: Program, clock: Clock): Output {
  const limit = program.maxOutputBytes ?? MAX_OUTPUT_BYTES;
  return program.outputFile === undefined
    ? pipedOutput(child.stdout as Readable | null, child.stderr as Readable | null, limit)
    : fileOutput(program.outputFile, limit, clock);
}

function start(execa: Execa, program: Program, file: number | undefined) {
  const [name = '', ...words] = program.argv;
  // Any descriptor does; execa's types stop at 9.
  const stream = (file as 3 | undefined) ?? 'pipe';
  return execa(name, words, {
    ...(program.input === undefined ? { stdin: 'ignore' } : { input: program.input }),
    stdout: stream,
    stderr: stream,
    // Ours are bounded and don't end the program (output.ts); execa's own would.
    buffer: false,
    encoding: 'buffer',
    reject: false,
    // A session of its own, and no tie to our end: a move must outlive the daemon that asked.
    detached: true,
    cleanup: false,
    cwd: '/',
    env: { ...baseEnvironment(), ...program.env },
    extendEnv: false,
  });
}

/** What every program gets. Its messages come in English, since some are recognised by it. */
function baseEnvironment(): Record<string, string> {
  const env: Record<string, string> = { LC_ALL: 'C.UTF-8' };
  for (const name of ['PATH', 'HOME', 'USER', 'LOGNAME', 'TZ']) {
    const value = process.env[name];
    if (value !== undefined) env[name] = value;
  }
  return env;
}

/** Waits for the end, and brings it about when the time is up or the caller aborts. */
async function outcome(child: Child, program: Program, clock: Clock) {
  const exited = new AbortController();
  const exit = exitOf(child, program).finally(() => exited.abort());
  const why = await whatCameFirst(program, clock, exited.signal);
  if (child.pid === undefined) return { exit: await exit, why };
  if (why === 'exited' && !program.leavesNothing) return { exit: await exit, why };
  await endGroup(child.pid, program.graceMs ?? GRACE_MS, clock);
  const ended = await within(KILLED_MS, exit, clock);
  return { exit: ended ?? { exit: undefined, signal: undefined }, why };
}

async function whatCameFirst(program: Program, clock: Clock, exited: AbortSignal): Promise<Why> {
  const wake = new AbortController();
  const end = () => wake.abort();
  exited.addEventListener('abort', end);
  program.signal?.addEventListener('abort', end);
  if (program.signal?.aborted) end();
  await clock.sleep(program.timeoutMs, wake.signal);
  // The caller's may live as long as the daemon.
  program.signal?.removeEventListener('abort', end);
  if (exited.aborted) return 'exited';
  return program.signal?.aborted ? 'aborted' : 'timed out';
}

/**
 * The program's own end, though a child of it may hold the pipes open. Execa's promise waits for
 * those too; it is asked only where the program never began.
 */
async function exitOf(child: Child, program: Program): Promise<Exit> {
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (exit, signal) =>
      resolve({ exit: exit ?? undefined, signal: signal ?? undefined }),
    );
  });
  const result = child.then((all): Exit => {
    const { exitCode: exit, signal, code } = all;
    const notStarted = code !== undefined && exit === undefined && signal === undefined;
    if (!notStarted) return { exit, signal };
    const noProgram = NO_PROGRAM.includes(code) ? { noProgram: true as const } : {};
    return { exit, signal, notStarted: whyNot(program, code), ...noProgram };
  });
  return Promise.race([exited, result]);
}

const NO_PROGRAM = ['ENOENT', 'EACCES'];

function whyNot(program: Program, code: string): string {
  const name = oneLine(program.argv[0] ?? '');
  if (code === 'ENOENT') return `no such program: ${name}`;
  if (code === 'EACCES') return `not permitted to run ${name}`;
  return `${name} could not be started (${code})`;
}

/** `promise`, or undefined when it takes longer than `ms`. */
async function within<T>(ms: number, promise: Promise<T>, clock: Clock): Promise<T | undefined> {
  const done = new AbortController();
  const late = clock.sleep(ms, done.signal).then(() => undefined);
  return Promise.race([promise, late]).finally(() => done.abort());
}
