/**
 * Asks `vmmanage-host` over ssh: the five calls and nothing else. The host's words are data; what
 * comes back is bounded in time and size and read strictly.
 */
import type { Clock } from '../../core/clock.ts';
import { durationText } from '../../core/option-types.ts';
import { describeEnd, type Ended, type Program, runProgram } from '../../system/programs.ts';
import { lastLine } from '../../system/said.ts';
import { sshFailure, sshWords } from '../../system/ssh.ts';
import type { MigratorContext, Move } from '../migrator.ts';
import {
  ANSWER_MAX_BYTES,
  type Capacity,
  capacityOf,
  type HostAnswer,
  parseAnswer,
  reasonOf,
  type Transfer,
  transferOf,
  vetoOf,
  type Where,
  whereOf,
} from './answer.ts';
import { answered, type HostCalls, type Reply, silent } from './calls.ts';
import { type SshOptions, serverOf } from './options.ts';

/** How a program is run; a test has its own. */
export type Run = (program: Program, clock: Clock) => Promise<Ended>;

export class HostClient implements HostCalls {
  readonly #options: SshOptions;
  readonly #context: Pick<MigratorContext, 'clock' | 'addressOf'>;
  readonly #run: Run;

  constructor(
    options: SshOptions,
    context: Pick<MigratorContext, 'clock' | 'addressOf'>,
    run: Run = runProgram,
  ) {
    this.#options = options;
    this.#context = context;
    this.#run = run;
  }

  where(host: string, signal?: AbortSignal): Promise<Reply<Where>> {
    return this.#ask(host, ['where'], whereOf, signal);
  }

  capacity(host: string, signal?: AbortSignal): Promise<Reply<Capacity>> {
    return this.#ask(host, ['capacity'], capacityOf, signal);
  }

  migrate({ request, from, to }: Move): Promise<Reply<Transfer>> {
    return this.#ask(from, ['migrate', to, request], (answer) => transferOf(answer, request));
  }

  status(host: string, request: string): Promise<Reply<Transfer>> {
    return this.#ask(host, ['status', request], (answer) => transferOf(answer, request));
  }

  cancel(host: string, request: string): Promise<Reply<Transfer>> {
    return this.#ask(host, ['cancel', request], (answer) => transferOf(answer, request));
  }

  async #ask<T>(
    host: string,
    words: readonly string[],
    read: (answer: HostAnswer) => T | undefined,
    signal?: AbortSignal,
  ): Promise<Reply<T>> {
    const { addressOf, clock } = this.#context;
    const timeoutMs = this.#options.ask_timeout;
    const program = {
      argv: sshWords(serverOf(this.#options, addressOf(host)), words),
      timeoutMs,
      maxOutputBytes: ANSWER_MAX_BYTES,
      ...(signal ? { signal } : {}),
    };
    const ended = await this.#run(program, clock);
    if (ended.timedOut) return silent(`no answer in ${durationText(timeoutMs)}`);
    return replyOf(ended, host, read);
  }
}

/** sysexits.h. */
const EXIT = { usage: 64, unavailable: 69, notNow: 75, notPermitted: 77 } as const;
/** The host has no `vmmanage-host`, or one that can't be run (POSIX sh). */
const NO_PROGRAM: readonly number[] = [126, 127];
/** With these nothing was begun. */
const NEVER: readonly number[] = [EXIT.usage, EXIT.notPermitted, ...NO_PROGRAM];

/** What a call's end means. Never throws. */
export function replyOf<T>(
  ended: Ended,
  host: string,
  read: (answer: HostAnswer) => T | undefined,
): Reply<T> {
  const { exit } = ended;
  if (ended.notStarted !== undefined) return silent(ended.notStarted, true);
  const failure = sshFailure(ended);
  if (failure) return silent(failure.text, failure.never);
  if (exit === undefined || ended.timedOut || ended.aborted) return silent(describeEnd(ended));
  if (ended.cut) return silent('says too much');
  const answer = parseAnswer(ended.bytes ?? Buffer.from(ended.stdout, 'latin1'));
  if (exit === 0) return usable(answer, host, read);
  const never = NEVER.includes(exit);
  if ('wrong' in answer) return silent(withoutAnswer(ended), never);
  const veto = exit === EXIT.notNow ? vetoOf(answer) : undefined;
  if (veto && answer.host === host) return { kind: 'veto', veto };
  return silent(reasonOf(answer) ?? withoutAnswer(ended), never);
}

function usable<T>(
  answer: ReturnType<typeof parseAnswer>,
  host: string,
  read: (answer: HostAnswer) => T | undefined,
): Reply<T> {
  if ('wrong' in answer) return silent(answer.wrong);
  if (answer.host !== host) return silent(`calls itself “${answer.host}”, not ${host}`);
  const value = read(answer);
  return value === undefined ? silent("doesn't answer what it was asked") : answered(value);
}

function withoutAnswer(ended: Ended): string {
  const { exit = 0 } = ended;
  if (NO_PROGRAM.includes(exit)) return `has no vmmanage-host: ${lastLine(ended.stderr)}`;
  if (exit === EXIT.unavailable)
    return `its hypervisor's tool doesn't answer (${describeEnd(ended)})`;
  if (exit === EXIT.notPermitted) return `doesn't permit it (${describeEnd(ended)})`;
  return describeEnd(ended);
}
