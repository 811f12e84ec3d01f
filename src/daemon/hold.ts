/**
 * `hold_while`: a program of the tenant's that is asked whether the guest must stay where it is.
 * It runs when something is about to be asked for, and for `explain`; one run at a time, and no
 * answer is kept for a later request.
 */
import type { ProgramSettings } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import type { AskHold, Happening, Told } from '../core/events.ts';
import { describeEnd, type Ended, runProgram, succeeded } from '../system/programs.ts';
import { firstLine, oneLine } from '../system/said.ts';

export interface HoldParts {
  readonly clock: Clock;
  readonly vm: string;
  post(happening: Happening): Promise<unknown>;
  /** The program can't be asked; said once, and once more (undefined) when it can again. */
  troubled(problem: string | undefined): void;
}

export class Hold {
  /** The latest answer, for `status`. */
  latest: Told | undefined;
  /** Why the program can't be asked; it doesn't hold then. */
  problem: string | undefined;
  readonly #parts: HoldParts;
  readonly #ending = new AbortController();
  #program: ProgramSettings | undefined;
  #running: Promise<Told> | undefined;
  #answering = false;

  constructor(program: ProgramSettings | undefined, parts: HoldParts) {
    this.#program = program;
    this.#parts = parts;
  }

  /** From the next question on. */
  use(program: ProgramSettings | undefined): void {
    this.#program = program;
    this.latest = undefined;
    this.problem = undefined;
  }

  end(): void {
    this.#ending.abort();
  }

  /** A question that comes while another is being answered is dropped: the next reading asks. */
  async answer({ probe }: AskHold): Promise<void> {
    if (this.#answering) return;
    this.#answering = true;
    try {
      const told = (await this.ask()) ?? { holds: false };
      if (this.#ending.signal.aborted) return;
      const at = this.#parts.clock.now();
      await this.#parts.post({
        at,
        type: 'hold-told',
        told,
        ...(probe === undefined ? {} : { probe }),
      });
    } finally {
      this.#answering = false;
    }
  }

  /** What the program says now; undefined where the conf has none. */
  async ask(): Promise<Told | undefined> {
    const program = this.#program;
    if (!program) return undefined;
    this.#running ??= this.#run(program).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #run(program: ProgramSettings): Promise<Told> {
    const { clock, vm } = this.#parts;
    const env = { VMMANAGE_VM: vm };
    const ended = await runProgram({ ...program, env, signal: this.#ending.signal }, clock);
    if (program === this.#program) {
      this.latest = toldBy(ended);
      this.#note(problemOf(ended));
    }
    return toldBy(ended);
  }

  #note(problem: string | undefined): void {
    if (problem === this.problem) return;
    this.problem = problem;
    this.#parts.troubled(problem);
  }
}

/** Only status 0 holds: a program that is broken must not keep a suffering guest for ever. */
function toldBy(ended: Ended): Told {
  if (!succeeded(ended)) return { holds: false };
  return { holds: true, reason: oneLine(firstLine(ended.stdout)) || 'it exits with 0' };
}

/** Any exit status is an answer; what gave none is a problem. */
function problemOf(ended: Ended): string | undefined {
  const answered = ended.exit !== undefined && !ended.timedOut;
  return answered || ended.aborted ? undefined : describeEnd(ended);
}
