/**
 * What is left of requests that are over: instances that nobody needs, documents in the mailbox, images
 * that were made of the guest. Each goes when nothing can need it any more, and is tried again until it has.
 */
import type { Clock } from '../../core/clock.ts';
import type { Cloud, Instance } from './cloud.ts';
import { Litter } from './litter.ts';
import type { Mailbox } from './mailbox.ts';

/** So long has a clone that isn't needed to end itself, and to say so in the central log. */
const END_GRACE_MS = 120_000;

interface Parts {
  readonly cloud: Cloud;
  readonly mailbox: Mailbox;
  readonly clock: Clock;
  readonly vm: string;
}

export type IsNeeded = (request: string) => boolean;

export class Sweeping {
  readonly #parts: Parts;
  readonly #litter = new Litter();
  /** Since when instances were seen that nobody needs; monotonic. */
  readonly #strays = new Map<string, number>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** A request that may leave documents. */
  note(request: string): void {
    this.#litter.note(request);
  }

  /** One round. True while something is left. Throws CloudFailure. */
  async sweep(isNeeded: IsNeeded, signal: AbortSignal): Promise<boolean> {
    const { cloud, vm } = this.#parts;
    const listed = await cloud.instances(vm, signal);
    const there = listed.filter(({ state }) => state !== 'gone');
    const left = await this.#sweepStrays(there, isNeeded, signal);
    const requests = new Set(there.map(({ request }) => request));
    const isOver = (request: string) => !isNeeded(request) && !requests.has(request);
    const documents = await this.#litter.look(isOver, (request) =>
      this.#parts.mailbox.clear({ vm, request }, signal),
    );
    const images = await this.#sweepImages(isOver, signal);
    return documents || images || left;
  }

  async #sweepStrays(
    there: readonly Instance[],
    isNeeded: IsNeeded,
    signal: AbortSignal,
  ): Promise<boolean> {
    const strays = there.flatMap(({ id, request }) =>
      request !== undefined && !isNeeded(request) ? [{ id, request }] : [],
    );
    const all = strays.map(
      ({ id, request }) =>
        () =>
          this.#sweepStray(id, request, signal),
    );
    await inTurn(all);
    const ids = new Set(strays.map(({ id }) => id));
    for (const id of this.#strays.keys()) if (!ids.has(id)) this.#strays.delete(id);
    return strays.length > 0;
  }

  async #sweepStray(id: string, request: string, signal: AbortSignal): Promise<void> {
    const { clock, cloud } = this.#parts;
    const nowMs = clock.monotonicMs();
    const sinceMs = this.#strays.get(id) ?? nowMs;
    this.#strays.set(id, sinceMs);
    this.#litter.note(request);
    if (nowMs - sinceMs >= END_GRACE_MS) await cloud.terminate(id, signal);
    else await this.#tell(request, signal);
  }

  /** In each round: a mailbox that couldn't be reached may be now. */
  async #tell(request: string, signal: AbortSignal): Promise<void> {
    const { vm, mailbox } = this.#parts;
    const told = await mailbox.get('taken', { vm, request }, signal);
    const taken = { what: 'taken', vm, request, reason: 'not needed' } as const;
    if (!('document' in told)) await mailbox.put(taken, signal);
  }

  /** Judged after they were listed: what an image is made for was open before. */
  async #sweepImages(isOver: IsNeeded, signal: AbortSignal): Promise<boolean> {
    const { cloud, vm } = this.#parts;
    const { ownImages } = cloud;
    if (!ownImages) return false;
    const listed = await ownImages.list(vm, signal);
    const over = listed.filter(({ request }) => request !== undefined && isOver(request));
    await inTurn(
      over.map(
        ({ id }) =>
          () =>
            ownImages.remove(id, signal),
      ),
    );
    return over.length > 0;
  }
}

/** All of them: one that fails mustn't keep the others. Rejects with the first failure. */
async function inTurn(all: readonly (() => Promise<void>)[]): Promise<void> {
  const failures: unknown[] = [];
  for (const each of all) await each().catch((error: unknown) => failures.push(error));
  const [failure] = failures;
  if (failure !== undefined) throw failure;
}
