/**
 * Runs the tenant's hooks around a move, one at a time and bounded in time, and posts how each
 * ended. It decides nothing: what a refusal means is core's.
 */
import type { HookPrograms } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import type { Happening } from '../core/events.ts';
import type { HookCall } from '../core/hooks.ts';
import { endMarked, HOOK_MARK, type Mark, markedProcesses } from '../system/marks.ts';
import { describeEnd, type Ended, runProgram } from '../system/programs.ts';
import { lastLine, oneLine } from '../system/said.ts';

export interface HookParts {
  readonly clock: Clock;
  readonly vm: string;
  post(happening: Happening): Promise<unknown>;
}

interface Said {
  readonly ok: boolean;
  readonly text: string;
}

const GRACE_MS = 5_000;

export class HookRunner {
  readonly #parts: HookParts;
  /** What runs or waits to, by request and hook. */
  readonly #running = new Map<string, AbortController>();
  #programs: HookPrograms;
  #ended = false;
  #last: Promise<void> = Promise.resolve();

  constructor(programs: HookPrograms, parts: HookParts) {
    this.#programs = programs;
    this.#parts = parts;
  }

  /** From the next hook on. */
  use(programs: HookPrograms): void {
    this.#programs = programs;
  }

  /** A hook under way is asked to end; the next start finds that nothing tells of its end. */
  end(): void {
    this.#ended = true;
    for (const running of this.#running.values()) running.abort();
  }

  /** After those before it: what one undoes must be undone before the next does it again. */
  run(call: HookCall): Promise<void> {
    const key = keyOf(call.hook, call.request);
    const stopping = new AbortController();
    this.#running.set(key, stopping);
    const done = this.#last.then(() => this.#run(call, stopping.signal));
    this.#last = done.finally(() => this.#running.delete(key));
    return this.#last;
  }

  /** Ends a request's `before_move`; false where this process has none under way. */
  cancel(request: string): boolean {
    const running = this.#running.get(keyOf('before_move', request));
    running?.abort();
    return running !== undefined;
  }

  /** Whether a `before_move` that an earlier life of the daemon began still goes on. */
  async underway(request: string): Promise<boolean> {
    const mark = markOf(request);
    const begun = (await markedProcesses(mark)).map(({ begunBootMs }) => begunBootMs);
    if (begun.length === 0) return false;
    const { clock } = this.#parts;
    const timeoutMs = this.#programs.before_move?.timeoutMs ?? 0;
    if (clock.now().bootMs - Math.min(...begun) <= timeoutMs + GRACE_MS) return true;
    await endMarked(mark, GRACE_MS, clock);
    return false;
  }

  async #run(call: HookCall, signal: AbortSignal): Promise<void> {
    const said = await this.#runProgram(call, signal);
    if (this.#ended) return;
    const at = this.#parts.clock.now();
    const { hook, request, to } = call;
    await this.#parts.post(
      hook === 'before_move'
        ? { at, type: 'prepared', request, to, ...said }
        : { at, type: 'after-move-ended', request, ...said },
    );
  }

  async #runProgram(call: HookCall, signal: AbortSignal): Promise<Said> {
    const program = this.#programs[call.hook];
    if (!program) return NO_PROGRAM;
    const { clock, vm } = this.#parts;
    const run = { ...program, env: environment(call, vm), graceMs: GRACE_MS, signal };
    return saidBy(await runProgram(run, clock));
  }
}

/** A reload has taken the hook away meanwhile. */
const NO_PROGRAM: Said = { ok: true, text: 'no longer in the conf' };

/** Its last line where it ended by itself; else how it was ended. */
function saidBy(ended: Ended): Said {
  const { exit, timedOut, aborted } = ended;
  const itself = exit !== undefined && !timedOut && !aborted;
  const last = itself ? oneLine(lastLine(ended.stderr) || lastLine(ended.stdout)) : '';
  return { ok: itself && exit === 0, text: last || describeEnd(ended) };
}

function keyOf(hook: HookCall['hook'], request: string): string {
  return `${hook} ${request}`;
}

function markOf(request: string): Mark {
  return `${HOOK_MARK}=${request}`;
}

/** What is known, each in a variable of its own; what isn't has none. */
function environment(call: HookCall, vm: string): Record<string, string> {
  const { hook, request, verdict, policy, from, to, reason, outcome, host, outcomeReason } = call;
  const known = {
    ...{ HOOK: hook, REQUEST: request, VM: vm, FROM: from, TO: to, VERDICT: verdict },
    ...{ REASON: reason, POLICY: policy, OUTCOME: outcome, HOST: host },
    OUTCOME_REASON: outcomeReason,
  };
  const set = Object.entries(known).filter((pair): pair is [string, string] => !!pair[1]);
  const variables = set.map(([name, value]) => [`VMMANAGE_${name}`, value]);
  return { ...Object.fromEntries(variables), [HOOK_MARK]: request };
}
