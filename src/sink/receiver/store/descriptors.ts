/** A few descriptors for many files: who wants one waits until one that does nothing lets go of its own. */

/** A file that can do without its descriptor between two batches. */
export interface Holder {
  /** Lets go of it, and calls `leave` then; false where it has none or needs it now. */
  rest(): boolean;
}

export class Slots {
  #free: number;
  /** The one that has been idle for longest comes first. */
  readonly #idle = new Set<Holder>();
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  /** Resolves when there is a descriptor for the caller. */
  enter(): Promise<void> {
    if (this.#free > 0) {
      this.#free -= 1;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#askIdle();
    });
  }

  leave(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#free += 1;
  }

  /** `holder` has nothing to do, for now. */
  idle(holder: Holder): void {
    this.#idle.delete(holder);
    this.#idle.add(holder);
    if (this.#waiting.length > 0) this.#askIdle();
  }

  #askIdle(): void {
    for (const holder of this.#idle) {
      this.#idle.delete(holder);
      if (holder.rest()) return;
    }
  }
}
