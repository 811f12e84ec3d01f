/**
 * How a result leaves the machine: a POST, a program of the tenant's, or a line in a file. A result
 * was accepted when the other side said so; anything else is a reason to try again.
 */
import { closeSync, fdatasyncSync, fstatSync, openSync } from 'node:fs';
import type { Clock } from '../core/clock.ts';
import { exchange, statusText } from '../system/exchange.ts';
import { appendWhole } from '../system/files.ts';
import { describeEnd, runProgram } from '../system/programs.ts';
import { oneLine } from '../system/said.ts';
import type { JobResult } from '../wire/jobs.ts';
import type { QueueSettings } from './options.ts';

/** Undefined where the result was accepted, else why not. Never rejects. */
export type Deliver = (result: JobResult, signal: AbortSignal) => Promise<string | undefined>;

const ANSWER_MAX_BYTES = 64 * 1024;
const PROGRAM_MS = 60_000;

export function deliverTo(settings: QueueSettings, clock: Clock): Deliver {
  const { results, results_command } = settings.options;
  if (results_command !== undefined) return toProgram(results_command, clock);
  if (results !== undefined && 'url' in results) return post(results.url, settings);
  return toFile(results?.file ?? settings.resultsFile);
}

/** An endpoint that remembers the key takes a result once, however often it is sent. */
function post(url: string, { options }: QueueSettings): Deliver {
  const access = { token: options.results_token, ca: options.ca };
  return async (result, signal) => {
    const headers = { 'content-type': 'application/json', 'idempotency-key': result.key };
    const body = JSON.stringify(result);
    const asked = {
      method: 'POST',
      url,
      headers,
      body,
      maxBytes: ANSWER_MAX_BYTES,
      access,
    } as const;
    const answer = await exchange(asked, signal);
    if ('failed' in answer) return answer.failed;
    return answer.status >= 200 && answer.status < 300 ? undefined : statusText(answer.status);
  };
}

function toProgram(argv: readonly string[], clock: Clock): Deliver {
  return async (result, signal) => {
    const { key, vm, queue, status } = result;
    const env = {
      VMMANAGE_KEY: key,
      VMMANAGE_VM: vm,
      VMMANAGE_QUEUE: queue,
      VMMANAGE_STATUS: status,
    };
    const input = `${JSON.stringify(result)}\n`;
    const ended = await runProgram({ argv, env, input, timeoutMs: PROGRAM_MS, signal }, clock);
    const accepted = ended.exit === 0 && !ended.timedOut && !ended.aborted;
    return accepted ? undefined : describeEnd(ended);
  };
}

/** Opened for each line, so that it can be rotated at any time. */
function toFile(path: string): Deliver {
  return async (result) => {
    try {
      const file = openSync(path, 'a', 0o640);
      try {
        appendWhole(file, fstatSync(file).size, Buffer.from(`${JSON.stringify(result)}\n`));
        fdatasyncSync(file);
      } finally {
        closeSync(file);
      }
      return undefined;
    } catch (error) {
      return oneLine(String(error));
    }
  };
}
