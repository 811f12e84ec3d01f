/**
 * Work that is done one at a time, and once more for all who asked while it was under way: what they asked for
 * may be newer than what it has looked at. So at most one waits.
 */
export class OneByOne<T> {
  readonly #work: () => Promise<T>;
  #before: Promise<unknown> = Promise.resolve();
  #waiting: Promise<T> | undefined;

  constructor(work: () => Promise<T>) {
    this.#work = work;
  }

  /** Resolves and rejects as the work does that began after this. */
  run(): Promise<T> {
    this.#waiting ??= this.#next();
    return this.#waiting;
  }

  #next(): Promise<T> {
    const next = this.#before.then(() => {
      this.#waiting = undefined;
      return this.#work();
    });
    this.#before = next.catch(() => undefined);
    return next;
  }
}
