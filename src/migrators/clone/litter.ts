/**
 * Requests that are over and whose documents may still lie in the mailbox. They are taken away once no
 * instance of theirs was listed in several looks in a row: a clone that is there may still read them.
 */

/** Clouds list what they have just launched a little later. */
const LOOKS = 3;
/** A mailbox that can't be reached so often keeps them. */
const TRIES = 3;
/** More are never out at once; the oldest are let lie. */
const MOST = 32;

interface Looked {
  readonly looks: number;
  readonly tries: number;
}

const NEW: Looked = { looks: 0, tries: 0 };

export class Litter {
  readonly #of = new Map<string, Looked>();

  note(request: string): void {
    if (this.#of.has(request)) return;
    this.#of.set(request, NEW);
    const [oldest] = this.#of.keys();
    if (this.#of.size > MOST && oldest !== undefined) this.#of.delete(oldest);
  }

  /**
   * One look. `isOver`: nobody needs the request, and no instance of it is listed; `clear` says
   * whether that is done. True while one that is over waits.
   */
  async look(
    isOver: (request: string) => boolean,
    clear: (request: string) => Promise<boolean>,
  ): Promise<boolean> {
    for (const [request, { looks, tries }] of [...this.#of]) {
      if (!isOver(request)) this.#of.set(request, NEW);
      else if (looks + 1 < LOOKS) this.#of.set(request, { looks: looks + 1, tries });
      else if ((await clear(request)) || tries + 1 === TRIES) this.#of.delete(request);
      else this.#of.set(request, { looks, tries: tries + 1 });
    }
    return [...this.#of.keys()].some(isOver);
  }
}
