/**
 * The central log's words for each journal entry. The thesis's texts are kept where it had one;
 * entries that people don't need there have none.
 */
import type { Ended, Entry, Ground, Intended, Progress, StillPaused } from './entries.ts';
import { heldText } from './hold.ts';
import type { OpenRequest } from './state.ts';
import { formatSpan } from './text.ts';
import type { Ask } from './words.ts';

export interface Sentence {
  readonly text: string;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

type FieldValue = string | number | undefined;

const REQUESTING: Record<Ask, string> = {
  move: 'Requesting migration of VM: just moving',
  base: 'Requesting migration of VM: moving to Base',
  away: 'Requesting migration of VM: moving away',
  home: 'Requesting migration of VM: moving home',
};

/** `open` is the request as it was before this entry; an outcome tells of it. */
export function sentence(entry: Entry, open: OpenRequest | undefined): Sentence | undefined {
  switch (entry.type) {
    case 'started':
      return say('Starting VMManage', { version: entry.version });
    case 'state':
    case 'job-began':
    case 'job-ended':
      return undefined;
    case 'stopped':
      return say(`Stopping VMManage: ${entry.reason}`);
    case 'reload-failed':
      return say(`Reload failed, keeping the running conf: ${entry.problems[0] ?? ''}`);
    case 'place':
      return say(`Now using ${entry.host}`, { by: entry.by });
    case 'place-lost':
      return say(`Place unknown: ${answersText(entry.answers)}`);
    case 'moved-by-other':
      return say(`Moved by others: arrived at ${entry.to}`, { from: entry.from, to: entry.to });
    case 'verdict':
      return settled(entry);
    case 'held':
      return say(`Held: ${entry.reason}`, { verdict: entry.verdict, ...ground(entry) });
    case 'would-ask':
      return say(`Would ask: ${wish(entry.verdict, entry.to)}`, ground(entry));
    case 'intended':
      return requesting(entry);
    case 'progress':
      return progressing(entry);
    case 'outcome':
      return ended(entry, open);
    case 'learned':
    case 'episode-ended':
      return undefined;
    default:
      return switched(entry);
  }
}

type Switched = Exclude<
  Entry,
  {
    type:
      | 'started'
      | 'state'
      | 'job-began'
      | 'job-ended'
      | 'stopped'
      | 'reload-failed'
      | 'place'
      | 'place-lost'
      | 'moved-by-other'
      | 'verdict'
      | 'held'
      | 'would-ask'
      | 'intended'
      | 'progress'
      | 'outcome'
      | 'learned'
      | 'episode-ended';
  }
>;

function switched(entry: Switched): Sentence | undefined {
  switch (entry.type) {
    case 'held-by-provider': {
      const { host, why, for_ms: forMs, request } = entry;
      return say(`Held: ${heldText({ host, why })}, for ${formatSpan(forMs)}`, { request });
    }
    case 'cloned':
      return say(`Began as a clone of ${entry.of}, resting until home hands over`, {
        ...{ request: entry.request, instance: entry.instance, home: entry.home },
      });
    case 'handed-over':
      return say(`Handed over to ${entry.to}: the clone acts, home rests`, {
        ...{ request: entry.request, instance: entry.instance, from: entry.from },
      });
    case 'taken-back':
      return say(`Taken back at ${entry.host}: ${entry.reason}`, { request: entry.request });
    case 'after-move':
      return entry.ok
        ? undefined
        : say(`after_move failed: ${entry.text}`, { request: entry.request });
    case 'alert-sent':
      return entry.ok ? undefined : say(`An alert could not be sent: ${entry.text}`);
    case 'alert':
    case 'identity':
    case 'spool-dropping':
    case 'spool-drained':
      return undefined;
    case 'probe-failing':
      return say(`Probe ${entry.probe} is failing: ${entry.reason}`, { probe: entry.probe });
    case 'probe-recovered':
      return say(`Probe ${entry.probe} works again`, { probe: entry.probe });
    case 'results-waiting':
      return say(`Results of queue ${entry.queue} are not accepted: ${entry.reason}`);
    case 'result-refused':
      return say(`A result of queue ${entry.queue} was set aside: ${entry.reason}`, {
        ...{ job: entry.job, file: entry.file },
      });
    case 'clock-step':
      return say(`The wall clock stepped by ${signedSpan(entry.step_ms)}`);
    case 'frozen':
      return say(`The VM stood still for ${formatSpan(entry.frozen_ms)}`);
    case 'identity-changed':
      return say(`Identity changed: ${entry.changed.join(', ')}; a clone, or a restored copy?`);
    case 'paused':
      return say(pausedText(entry.why, entry.for_ms));
    case 'still-paused':
      return say(stillPausedText(entry));
    case 'resumed':
      return say(entry.why === undefined ? 'Resumed' : `Resumed: ${entry.why}`);
    case 'inhibited':
      return say(`Inhibited: ${entry.why}`);
    case 'released':
      return say('No longer inhibited');
    case 'bar-cleared':
      return say(`Bar of ${entry.host} cleared`);
    case 'conf':
      return say(`Conf loaded: ${entry.files.join(', ')}`);
  }
}

/** The guest is where its policy wants it. */
const SETTLED: ReadonlyMap<string, string> = new Map([
  ['already at base', 'Already at base'],
  ['already out of home array', 'Already out of home array'],
  ['few big jobs, at home now', 'Would process: at home now'],
]);

function settled(entry: Entry & { type: 'verdict' }): Sentence | undefined {
  const text = SETTLED.get(entry.reason);
  return text === undefined ? undefined : say(text, ground(entry));
}

function say(text: string, fields: Readonly<Record<string, FieldValue>> = {}): Sentence {
  const known = Object.entries(fields).filter(([, value]) => value !== undefined);
  return { text, fields: known.map(([name, value]) => [name, String(value)]) };
}

function requesting(entry: Intended): Sentence {
  const { request, policy, from, to, why } = entry;
  const { policy: _, ...rest } = ground(entry);
  return say(REQUESTING[entry.verdict], { request, policy, from, to, ...rest, why });
}

function ground(entry: Ground): Readonly<Record<string, FieldValue>> {
  const { policy, value, threshold, tarry } = entry;
  const shown = value === undefined ? undefined : Number(value.toFixed(3));
  return { policy, value: shown, threshold, tarry: tarry?.replace(' of ', '/') };
}

function progressing(entry: Progress): Sentence | undefined {
  const { request, to, text, next } = entry;
  switch (entry.phase) {
    case 'preflight-failed': {
      const then = next === undefined ? '' : `, trying ${next}`;
      return say(`Barred ${to}: ${text}${then}`, { request, to });
    }
    case 'cancelling':
      return say(`Cancelling the move to ${to}`, { request });
    case 'unconfirmed':
      return say(`Unconfirmed: ${answersText(entry.answers ?? [])}`, { request, to });
    case 'attempted':
      return entry.using === undefined ? undefined : say(`Now using ${entry.using}`, { request });
    default:
      return undefined;
  }
}

function ended(entry: Ended, open: OpenRequest | undefined): Sentence {
  const { request, host, reason } = entry;
  const fields = { request, from: open?.from, to: open?.to };
  switch (entry.outcome) {
    case 'confirmed':
      return say(arrival(entry, host ?? open?.to ?? '?'), fields);
    case 'failed':
      return say(`Move to ${open?.to ?? '?'} failed: ${reason}`, fields);
    case 'abandoned':
      return say('Request abandoned, place unknown', fields);
  }
}

/** A guest that never stood still for a tenth of a second wasn't frozen. */
function arrival(entry: Ended, host: string): string {
  const { blackout_ms: blackoutMs = 0 } = entry;
  const frozen = blackoutMs < 100 ? '' : `, frozen ${(blackoutMs / 1000).toFixed(1)} s`;
  return `Arrived at ${host} after ${Math.round(entry.took_ms / 1000)} s${frozen}`;
}

/** What a verdict asks for, in words: `move to xen2`, `move to base xen9`, `move away to aws`. */
export function wish(verdict: Ask, to: string): string {
  return `${WISHES[verdict]} ${to}`;
}

const WISHES: Record<Ask, string> = {
  move: 'move to',
  base: 'move to base',
  away: 'move away to',
  home: 'move home to',
};

export function answersText(answers: readonly { who: string; says: string }[]): string {
  if (answers.length === 0) return 'nobody answered';
  return answers.map(({ who, says }) => `${who}: ${says}`).join(' · ');
}

function pausedText(why: string | undefined, forMs: number | undefined): string {
  const span = forMs === undefined ? '' : ` for ${formatSpan(forMs)}`;
  return `Paused${span}${why === undefined ? '' : `: ${why}`}`;
}

function stillPausedText({ for_ms, left_ms, why }: StillPaused): string {
  const left = left_ms === undefined ? 'until vmmanage resume' : `${formatSpan(left_ms)} left`;
  return `Still paused after ${formatSpan(for_ms)}, ${left}${why === undefined ? '' : `: ${why}`}`;
}

function signedSpan(ms: number): string {
  return `${ms < 0 ? '-' : '+'}${formatSpan(Math.abs(ms))}`;
}
