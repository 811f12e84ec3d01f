/**
 * How a result leaves the machine: a POST, a program of the tenant's, or a line in a file. A result
 * was taken when the other side said so; anything else is a reason to try again, or to give it up.
 */
import type { Clock } from '../core/clock.ts';
import { exchange, statusText } from '../system/exchange.ts';
import { describeEnd, runProgram, succeeded } from '../system/programs.ts';
import { refusesForGood } from '../wire/http-status.ts';
import type { JobResult } from '../wire/jobs.ts';
import { LineFile } from './line-file.ts';
import type { QueueSettings } from './options.ts';

/** `refused`: this result will never be taken, however often it is offered. */
export type Offered =
  | { readonly result: 'taken' }
  | { readonly result: 'failed' | 'refused'; readonly problem: string };

/** Never rejects. */
export type Offer = (result: JobResult, signal: AbortSignal) => Promise<Offered>;

/** A result that isn't taken by then is offered again. */
export const OFFER_MS = 30_000;

const TAKEN: Offered = { result: 'taken' };
const ANSWER_MAX_BYTES = 64 * 1024;
/** EX_DATAERR of sysexits.h: the input was wrong. */
const REFUSED_EXIT = 65;

export function offerTo(settings: QueueSettings, clock: Clock): Offer {
  const { results, results_command, max_results } = settings.options;
  if (results_command !== undefined) return toProgram(results_command, clock);
  if (results !== undefined && 'url' in results) return post(results.url, settings);
  const path = results?.file ?? settings.resultsFile;
  return toFile(new LineFile(path, max_results, 'max_results'));
}

/** An endpoint that remembers the key takes a result once, however often it is sent. */
function post(url: string, { options }: QueueSettings): Offer {
  const access = { token: options.results_token, ca: options.ca };
  return async (job, signal) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': job.key };
    const body = JSON.stringify(job);
    const asked = {
      method: 'POST',
      url,
      headers,
      body,
      maxBytes: ANSWER_MAX_BYTES,
      access,
    } as const;
    const answer = await exchange(asked, signal);
    if ('failed' in answer) return { result: 'failed', problem: answer.failed };
    const { status } = answer;
    if (status >= 200 && status < 300) return TAKEN;
    const result = refusesForGood(status) ? 'refused' : 'failed';
    return { result, problem: statusText(status, access) };
  };
}

function toProgram(argv: readonly string[], clock: Clock): Offer {
  return async (result, signal) => {
    const { key, vm, queue, status } = result;
    const env = {
      VMMANAGE_KEY: key,
      VMMANAGE_VM: vm,
      VMMANAGE_QUEUE: queue,
      VMMANAGE_STATUS: status,
    };
    const input = `${JSON.stringify(result)}\n`;
    const ended = await runProgram({ argv, env, input, timeoutMs: OFFER_MS, signal }, clock);
    if (succeeded(ended)) return TAKEN;
    const byItself = !ended.timedOut && !ended.aborted;
    const refused = byItself && ended.exit === REFUSED_EXIT;
    return { result: refused ? 'refused' : 'failed', problem: describeEnd(ended) };
  };
}

function toFile(file: LineFile): Offer {
  return async (result, signal) => {
    const problem = await file.append(result.key, JSON.stringify(result), signal);
    return problem === undefined ? TAKEN : { result: 'failed', problem };
  };
}
