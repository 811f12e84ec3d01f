/**
 * Watches the running daemon as an operator could: its status over the socket for looking, and its
 * journal for what it decided. It prints both as they come.
 */
import { request } from 'node:http';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Ended, Entry, Intended } from '../../src/core/entries.ts';
import { isEntry } from '../../src/core/entry-shapes.ts';
import { LOOK_SOCKET, type StatusReport } from '../../src/wire/control.ts';
import { parseJournalLine } from '../../src/wire/journal.ts';
import { SETTLE_S } from './conf.ts';
import { readIfThere, type Stage } from './job.ts';
import { announces, happens } from './say.ts';

const LOOK_EVERY_MS = 150;
const ANSWER_MS = 2_000;

/** What the watch has seen so far. */
export interface Seen {
  status: StatusReport | undefined;
  readings: number;
  readonly requests: Intended[];
  readonly outcomes: Ended[];
}

/** Looks until `end`; rejects when the daemon ends by itself. */
export async function watch(stage: Stage, seen: Seen, end: AbortSignal): Promise<void> {
  const journal = new JournalTail(join(stage.state, 'journal.jsonl'));
  while (!end.aborted) {
    if (!stage.daemon.running) throw new Error(stage.daemon.ending());
    for (const entry of journal.fresh()) noteEntry(entry, seen);
    const status = await readStatus(join(stage.runtime, LOOK_SOCKET));
    if (status) noteStatus(status, seen);
    await sleep(LOOK_EVERY_MS, undefined, { signal: end }).catch(() => undefined);
  }
}

/** Whole lines that came since the last look. */
class JournalTail {
  readonly #path: string;
  #lines = 0;

  constructor(path: string) {
    this.#path = path;
  }

  fresh(): Entry[] {
    const lines = readIfThere(this.#path).split('\n').slice(0, -1);
    const fresh = lines.slice(this.#lines).map(parseJournalLine);
    this.#lines = lines.length;
    return fresh.filter((line) => line !== undefined).filter((line) => isEntry(line));
  }
}

function noteEntry(entry: Entry, seen: Seen): void {
  switch (entry.type) {
    case 'intended':
      seen.requests.push(entry);
      return announces('REQUEST', requestText(entry));
    case 'outcome':
      seen.outcomes.push(entry);
      return announces(entry.outcome === 'confirmed' ? 'ARRIVED' : 'ENDED', outcomeText(entry));
    case 'held':
      // The lines of the readings say so.
      if (entry.gate === 'in flight') return;
      return announces('HELD', `${entry.verdict}: ${entry.reason}`);
    case 'probe-failing':
      return announces('PROBE', `${entry.probe} fails: ${entry.reason}`);
    default:
      return;
  }
}

function requestText(request: Intended): string {
  const { from, to, verdict, policy, reason, value, threshold = 0, tarry } = request;
  const bound = value === undefined ? '' : `, ${compared(value, threshold)}, ${tarry}`;
  return `${verdict}: ${from} → ${to} (policy ${policy}: ${reason}${bound})`;
}

function compared(value: number, threshold: number): string {
  return `${rounded(value)} ${value > threshold ? '>' : '<'} ${threshold}`;
}

function rounded(value: number): number {
  return Math.round(value * 10) / 10;
}

function outcomeText({ outcome, host, reason, took_ms }: Ended): string {
  return `at ${host ?? '?'} after ${(took_ms / 1000).toFixed(1)} s (${outcome}: ${reason})`;
}

function noteStatus(status: StatusReport, seen: Seen): void {
  const before = seen.status?.probes[0]?.time;
  seen.status = status;
  const probe = status.probes[0];
  if (probe?.time === undefined || probe.time === before) return;
  seen.readings += 1;
  happens(readingText(status));
}

const HOST_WIDTH = 6;
const VALUE_WIDTH = 8;
const PROGRESS_WIDTH = 7;

/** One reading against the bounds, with the counts. */
function readingText(status: StatusReport): string {
  const { value, missing, name = '', unit = '' } = status.probes[0] ?? {};
  const measured = value === undefined ? 'missing' : `${rounded(value)}${unit}`;
  const policy = status.policies[0];
  const counts = [policy?.suffering, policy?.idle].map((standing) => {
    const bound = standing?.condition.split(' for ')[0] ?? '';
    return `${bound}: ${standing?.progress ?? ''}${standing?.due ? ' DUE' : ''}`;
  });
  const host = (status.place.host ?? '?').padEnd(HOST_WIDTH);
  const [suffering = '', idle = ''] = counts.map((text) => text.padEnd(PROGRESS_WIDTH + 9));
  const reading = `${name} ${measured.padStart(VALUE_WIDTH)}`;
  const note = missing ?? noteOf(status);
  return `${host} ${reading}   ${suffering} ${idle} ${note}`.trimEnd();
}

function noteOf(status: StatusReport): string {
  if (status.request) return `${status.request.phase} to ${status.request.to}`;
  const arrived = Date.parse(status.last_move?.ended ?? '');
  const taken = Date.parse(status.probes[0]?.time ?? '');
  if (taken - arrived < SETTLE_S * 1000) return 'settling: not counted';
  return status.held?.reason ?? '';
}

/** Undefined while the daemon doesn't answer yet. */
function readStatus(socketPath: string): Promise<StatusReport | undefined> {
  return new Promise((resolve) => {
    const asked = request({ socketPath, path: '/v1/status', timeout: ANSWER_MS }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve(response.statusCode === 200 ? parse(text) : undefined));
      response.on('error', () => resolve(undefined));
    });
    asked.on('timeout', () => asked.destroy());
    asked.on('error', () => resolve(undefined));
    asked.end();
  });
}

function parse(text: string): StatusReport | undefined {
  try {
    return JSON.parse(text) as StatusReport;
  } catch {
    return undefined;
  }
}
