/**
 * The hypervisor's own tool over ssh, on hosts without `vmmanage-host`: for labs. Nothing there
 * checks the target for memory, keeps a result, or keeps the guest from what isn't its own.
 */
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { durationText } from '../../core/option-types.ts';
import { REQUEST_MARK, requestMark, underway } from '../../system/marks.ts';
import { describeEnd, type Ended, type Program, runProgram } from '../../system/programs.ts';
import { sshFailure, sshWords } from '../../system/ssh.ts';
import type { MigratorContext, Move } from '../migrator.ts';
import type { Capacity, Transfer, Where } from './answer.ts';
import { answered, type HostCalls, type Reply, silent } from './calls.ts';
import { type PlainOptions, serverOf } from './options.ts';

/** What one hypervisor's tool is told, and what its answers mean. Pure. */
export interface PlainTool {
  lookWords(domain: string): readonly string[];
  /** Of a look that ssh brought back, whatever its exit status. */
  whereOf(ended: Ended, domain: string): Reply<Where>;
  /** The hosts know each other by the names that the conf has for them. */
  moveWords(domain: string, target: string): readonly string[];
  /** Why a move failed, by what the tool said. */
  reasonOf(said: string): string;
  /** Without it the tool can't be asked to stop. */
  stopWords?(domain: string): readonly string[];
}

/** What the last move said stays here for the administrator. */
const OUTPUT_FILE = 'hosts-output.txt';

interface Session {
  readonly move: Move;
  ended?: Ended;
}

export class PlainCalls implements HostCalls {
  readonly #tool: PlainTool;
  readonly #options: PlainOptions;
  readonly #context: MigratorContext;
  readonly #domain: string;
  /** The latest move that this process began. */
  #session: Session | undefined;

  constructor(tool: PlainTool, options: PlainOptions, context: MigratorContext) {
    this.#tool = tool;
    this.#options = options;
    this.#context = context;
    this.#domain = options.domain ?? context.vm;
  }

  async where(host: string, signal?: AbortSignal): Promise<Reply<Where>> {
    const ended = await this.#ask(host, this.#tool.lookWords(this.#domain), signal);
    return silentEnd(ended, this.#options) ?? this.#tool.whereOf(ended, this.#domain);
  }

  /** Memory shows only late: nobody but the tool knows how much it takes. */
  async capacity(host: string, signal?: AbortSignal): Promise<Reply<Capacity>> {
    const seen = await this.where(host, signal);
    if (seen.kind !== 'answer') return seen;
    if (seen.value.here === 'no') return answered({ state: 'up' });
    return silent(`has a domain ${this.#domain} already`);
  }

  /** The session goes on until the move has ended, also when this process has. */
  async migrate(move: Move): Promise<Reply<Transfer>> {
    const { stateFolder, clock } = this.#context;
    const words = this.#tool.moveWords(this.#domain, move.to);
    const session: Session = { move };
    this.#session = session;
    const program: Program = {
      argv: this.#words(move.from, words),
      env: { [REQUEST_MARK]: move.request },
      timeoutMs: this.#options.timeout,
      outputFile: join(stateFolder, OUTPUT_FILE),
    };
    void runProgram(program, clock).then((ended) => {
      session.ended = ended;
    });
    return answered({ state: 'accepted' });
  }

  async status(_host: string, request: string): Promise<Reply<Transfer>> {
    const session = this.#session?.move.request === request ? this.#session : undefined;
    if (session?.ended) return this.#endOf(session.move, session.ended);
    const runs = session !== undefined || (await underway(requestMark(request)));
    return answered({ state: runs ? 'moving' : 'unknown' });
  }

  async cancel(host: string, request: string): Promise<Reply<Transfer>> {
    const words = this.#tool.stopWords?.(this.#domain);
    const session = this.#session?.move.request === request ? this.#session : undefined;
    if (words) await this.#ask(session?.move.from ?? host, words);
    const reply = await this.status(host, request);
    if (reply.kind !== 'answer' || reply.value.state !== 'moving') return reply;
    return answered({ ...reply.value, reason: words ? 'asked to stop' : 'it cannot be stopped' });
  }

  /** A connection lost at the switch is no end: the two hosts are asked whether it goes on. */
  async #endOf(move: Move, ended: Ended): Promise<Reply<Transfer>> {
    const said = { ...ended, stderr: ended.stdout };
    const lost = silentEnd(said, this.#options);
    if (!lost) return answered(this.#transferOf(ended));
    if (lost.kind === 'silent' && lost.never) {
      return answered({ state: 'failed', reason: lost.text });
    }
    const [from, to] = await Promise.all([this.where(move.from), this.where(move.to)]);
    const goesOn = [from, to].some((reply) => reply.kind === 'answer' && isOnItsWay(reply.value));
    if (goesOn) return answered({ state: 'moving' });
    const known = [from, to].every(({ kind }) => kind === 'answer');
    return known ? answered({ state: 'failed', reason: 'the connection was lost' }) : lost;
  }

  #transferOf({ exit, stdout }: Ended): Transfer {
    if (exit === 0) return { state: 'done' };
    return { state: 'failed', reason: this.#tool.reasonOf(stdout) };
  }

  #ask(host: string, words: readonly string[], signal?: AbortSignal): Promise<Ended> {
    const clock: Clock = this.#context.clock;
    const timeoutMs = this.#options.ask_timeout;
    const program = { argv: this.#words(host, words), timeoutMs, ...(signal ? { signal } : {}) };
    return runProgram(program, clock);
  }

  #words(host: string, words: readonly string[]): string[] {
    return sshWords(serverOf(this.#options, this.#context.addressOf(host), 'root'), words);
  }
}

function isOnItsWay({ here }: Where): boolean {
  return here === 'incoming' || here === 'leaving';
}

/** A call that the host's tool didn't come to answer. */
function silentEnd(ended: Ended, { ask_timeout }: PlainOptions): Reply<never> | undefined {
  if (ended.notStarted !== undefined) return silent(ended.notStarted, true);
  const failure = sshFailure(ended);
  if (failure) return silent(failure.text, failure.never);
  if (ended.timedOut) return silent(`no answer in ${durationText(ask_timeout)}`);
  return ended.exit === undefined || ended.aborted ? silent(describeEnd(ended)) : undefined;
}
