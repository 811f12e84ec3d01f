/**
 * What several probes use together, such as one connection to the server that all of them ask. It
 * only counts who uses what: the first use makes it, and the last to let go closes it. Each daemon,
 * and each `vmmanage probe`, has one of its own.
 */

export interface Closing {
  close(): Promise<void>;
}

interface Held {
  readonly thing: Closing;
  users: number;
}

export class Shared {
  readonly #held = new Map<string, Held>();

  /** The thing named `key`, made where nobody has it. Keys begin with the kind of thing they name. */
  borrow<T extends Closing>(key: string, make: () => T): T {
    const held = this.#held.get(key) ?? { thing: make(), users: 0 };
    held.users += 1;
    this.#held.set(key, held);
    return held.thing as T;
  }

  async giveBack(key: string): Promise<void> {
    const held = this.#held.get(key);
    if (held === undefined) return;
    held.users -= 1;
    if (held.users > 0) return;
    this.#held.delete(key);
    await held.thing.close();
  }
}
