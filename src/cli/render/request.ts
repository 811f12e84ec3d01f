/** Requests in words: one that is open, and one that ended. Pure. */
import { answersText } from '../../core/sentences.ts';
import type { PastRequest, RequestReport } from '../../wire/control.ts';
import { labelled, paint, type View } from './text.ts';
import { ago, exactSpan, type Here, moment } from './times.ts';

/** `MOVING …`, or `BLOCKED …` with who said what and what to do. */
export function requestLine(request: RequestReport, now: string, view: View): string {
  const { id, from, to, phase, answers } = request;
  const since = ago(request.since, now);
  const what = `${id} ${from}→${to}`;
  if (phase !== 'unconfirmed') {
    const far = request.progress === undefined ? [] : [request.progress];
    const parts = [`${what} ${phase}, ${since} so far`, ...far];
    return labelled(paint('MOVING', 'bold', view), parts, view);
  }
  const told =
    answers.length === 0 ? [answersText([])] : answers.map((each) => answersText([each]));
  const looks = nextLook(request, now);
  const parts = [`${what} UNCONFIRMED for ${since}${looks}`, ...told, `do: ${remedy(request)}`];
  return labelled(paint('BLOCKED', 'red', view), parts, view);
}

function nextLook({ next_look: time }: RequestReport, now: string): string {
  return time === undefined ? '' : `, next try in ${ago(now, time)}`;
}

/** What an open request is doing, in words. */
export function phaseText({ phase, to }: RequestReport): string {
  switch (phase) {
    case 'preflight':
      return `asking whether ${to} can take the guest`;
    case 'preparing':
      return `running before_move for ${to}`;
    case 'migrating':
      return `moving to ${to}`;
    case 'locating':
      return 'looking where the guest is';
    case 'unconfirmed':
      return 'nobody can say where the guest is';
    default:
      return phase;
  }
}

function remedy({ do: command, id }: RequestReport): string {
  return command ?? `vmmanage resolve ${id} --at HOST`;
}

/** `confirmed: at xen2 after 31s, frozen 3.9s`. */
export function outcomeText(past: PastRequest): string {
  const frozen = past.blackout_ms === undefined ? '' : `, frozen ${exactSpan(past.blackout_ms)}`;
  const after = `after ${exactSpan(past.took_ms)}${frozen}`;
  if (past.outcome === 'confirmed') return `confirmed: at ${past.host ?? past.to} ${after}`;
  return `${past.outcome}: ${past.why_ended} (${after})`;
}

/** `03:04 xen2→xen3 confirmed`. */
export function pastText({ time, from, to, outcome, why_ended }: PastRequest, here: Here): string {
  const why = outcome === 'confirmed' ? '' : ` (${why_ended})`;
  return `${moment(time, here, 'minutes')} ${from}→${to} ${outcome}${why}`;
}
