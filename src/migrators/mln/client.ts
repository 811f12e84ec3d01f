/**
 * What `mln client` is told, and what its end is worth (MLN 1.0.8.8). It exits with 0 when nobody
 * was reached, ends before anything is moved, hangs by itself, and prints the project's password: so
 * of what it says a few known texts are recognised, and nothing is ever repeated. Pure.
 */
import { durationText } from '../../core/option-types.ts';
import { describeEnd, type Ended } from '../../system/programs.ts';
import type { Preflight } from '../migrator.ts';

export function checkWords(daemon: string): string[] {
  return ['mln', 'check_remote_daemon', '-h', daemon];
}

/** `cold`: the guest is started anew at its target. */
export function upgradeWords(file: string, daemon: string, cold: boolean): string[] {
  return ['mln', 'client', '-c', 'upgrade', '-f', file, '-h', daemon, ...(cold ? ['-S'] : [])];
}

/** Of `check_remote_daemon`, which knows no secret. */
export function preflightOf(ended: Ended, daemon: string, timeoutMs: number): Preflight {
  const { exit, stdout, timedOut, aborted } = ended;
  if (timedOut)
    return against(`the MLN daemon of ${daemon} is silent for ${durationText(timeoutMs)}`);
  if (exit === 2) return against(`no MLN daemon answers on ${daemon}`);
  if (exit !== 0 || aborted) return against(`mln: ${describeEnd(ended)}`);
  if (/^MLN daemon is running on /m.test(stdout)) return { ok: true };
  return against(`no MLN daemon is seen on ${daemon}`);
}

function against(reason: string): Preflight {
  return { ok: false, reason };
}

export interface Sent {
  /** `refused`: the daemon surely does nothing. `maybe`: nobody knows whether it has taken it. */
  readonly kind: 'taken' | 'refused' | 'maybe';
  readonly text: string;
}

export function sentOf(ended: Ended, daemon: string, timeoutMs: number): Sent {
  if (ended.notStarted !== undefined) return { kind: 'refused', text: ended.notStarted };
  if (ended.timedOut) return maybe(`mln client did not end in ${durationText(timeoutMs)}`);
  if (ended.aborted) return maybe('cancelled while MLN was asked');
  const refusal = REFUSALS.find(([shape]) => shape.test(ended.stderr));
  if (refusal) return { kind: 'refused', text: refusal[1](daemon) };
  if (ended.exit === 0 && ended.stderr.trim() === '') {
    return { kind: 'taken', text: `the MLN daemon of ${daemon} took the project` };
  }
  return maybe(`mln client ended in no known way (${ended.signal ?? `exit ${ended.exit}`})`);
}

function maybe(text: string): Sent {
  return { kind: 'maybe', text };
}

const REFUSALS: readonly (readonly [RegExp, (daemon: string) => string])[] = [
  [/no socket: Connection refused/, (daemon) => `no MLN daemon answers on ${daemon}`],
  [/no socket: Invalid argument/, (daemon) => `nobody knows the address of ${daemon}`],
  [/no socket: /, (daemon) => `the MLN daemon of ${daemon} can't be reached`],
  [
    /Got wrong reply from server: GOODBYE/,
    (daemon) => `the MLN daemon of ${daemon} refused the project`,
  ],
];
