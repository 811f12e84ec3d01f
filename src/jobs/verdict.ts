/** What the end of a job's program makes of the job, and the result that is told. Pure. */
import { oneLine } from '../system/said.ts';
import { type Ending, type JobResult, RESULT_VERSION } from '../wire/jobs.ts';
import type { Job } from './page.ts';

export type Judged = { readonly ok: true } | { readonly ok: false; readonly reason: string };

export function judge(ending: Ending): Judged {
  const { exit, signal, not_started, timed_out, cut } = ending;
  if (not_started !== undefined) return no(oneLine(not_started));
  if (timed_out) return no('took longer than job_timeout');
  if (signal !== undefined) return no(`killed by ${oneLine(signal)}`);
  if (exit !== 0) return no(exit === undefined ? 'did not end' : `exit ${exit}`);
  return cut ? no('printed more than max_output') : { ok: true };
}

function no(reason: string): Judged {
  return { ok: false, reason };
}

/** Whose job it is. */
export interface Owner {
  readonly vm: string;
  readonly queue: string;
  readonly key: string;
}

export function resultOf(owner: Owner, job: Job, ending: Ending, attempts: number): JobResult {
  const judged = judge(ending);
  return {
    ...head(owner, job),
    status: judged.ok ? 'ok' : 'failed',
    ...(judged.ok ? {} : { reason: judged.reason }),
    ...(ending.exit === undefined ? {} : { exit: ending.exit }),
    attempts,
    took_ms: ending.took_ms,
    ...output(Buffer.from(ending.stdout, 'base64')),
    stderr: ending.stderr,
  };
}

/** The result of a job that no worker survived. */
export function lostResult(owner: Owner, job: Job, attempts: number): JobResult {
  const reason = `the worker ended under it ${attempts} times`;
  return { ...head(owner, job), status: 'lost', reason, attempts, took_ms: 0, stderr: '' };
}

function head({ key, vm, queue }: Owner, { line, label, grade }: Job) {
  const id = label === undefined ? {} : { id: label };
  return { v: RESULT_VERSION, key, vm, queue, line, ...id, grade } as const;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function output(bytes: Buffer): Pick<JobResult, 'output' | 'output_base64'> {
  try {
    return { output: utf8.decode(bytes) };
  } catch {
    return { output_base64: bytes.toString('base64') };
  }
}
