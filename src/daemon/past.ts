/** Requests that ended, put together from the journal's entries; what is open stays apart. */
import type { Ended, Intended } from '../core/entries.ts';
import type { Stamp } from '../core/time.ts';
import type { PastRequest } from '../wire/control.ts';
import type { Recorded } from './journal.ts';

interface Begun {
  readonly entry: Intended;
  readonly at: Stamp;
  /** Another target may have been tried after the first. */
  readonly to: string;
}

/** Fed with each entry in order; keeps the latest `keep` requests that ended. */
export class PastRequests {
  readonly #keep: number;
  #begun: Begun | undefined;
  #ended: PastRequest[] = [];

  constructor(keep: number) {
    this.#keep = keep;
  }

  add({ entry, at }: Pick<Recorded, 'entry' | 'at'>): void {
    if (entry.type === 'intended') {
      this.#begun = { entry, at, to: entry.to };
    } else if (entry.type === 'progress' && this.#begun && entry.next !== undefined) {
      this.#begun = { ...this.#begun, to: entry.next };
    } else if (entry.type === 'outcome' && this.#begun?.entry.request === entry.request) {
      this.#ended = [...this.#ended, toPast(this.#begun, entry, at)].slice(-this.#keep);
      this.#begun = undefined;
    }
  }

  all(): readonly PastRequest[] {
    return this.#ended;
  }
}

function toPast({ entry, at, to }: Begun, ended: Ended, endedAt: Stamp): PastRequest {
  return {
    id: entry.request,
    time: iso(at.wallMs),
    verdict: entry.verdict,
    ...(entry.policy === undefined ? {} : { policy: entry.policy }),
    from: entry.from,
    to,
    reason: entry.why ?? entry.reason,
    outcome: ended.outcome,
    ended: iso(endedAt.wallMs),
    ...(ended.host === undefined ? {} : { host: ended.host }),
    took_ms: ended.took_ms,
    ...(ended.blackout_ms === undefined ? {} : { blackout_ms: ended.blackout_ms }),
    why_ended: ended.reason,
  };
}

/** RFC 3339, UTC, milliseconds. */
export function iso(wallMs: number): string {
  return new Date(wallMs).toISOString();
}
