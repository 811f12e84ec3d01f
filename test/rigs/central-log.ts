/** The central log as operations people see it: the file that the sink writes, beside the guest. */
import { readIfThere } from '../../scripts/main-job/job.ts';
import { announces } from '../../scripts/main-job/say.ts';
import { VM } from './confs.ts';

/** `1242232480 Wed May 13 18:34:40 CEST 2009 shop: Requesting …`: the text. */
const LINE = new RegExp(`^\\d+ .*? ${VM}: (.*)$`);

export class CentralLog {
  readonly file: string;
  #shown = 0;

  constructor(file: string) {
    this.file = file;
  }

  /** The guest's whole lines so far. */
  texts(): string[] {
    const lines = readIfThere(this.file).split('\n').slice(0, -1);
    return lines.map((line) => LINE.exec(line)?.[1]).filter((text) => text !== undefined);
  }

  /** What it says from its line `from` on, as far as `pattern` fits a line. */
  find(pattern: RegExp, from: number): RegExpExecArray | undefined {
    for (const text of this.texts().slice(from)) {
      const found = pattern.exec(text);
      if (found) return found;
    }
    return undefined;
  }

  /** Prints what came since it was shown last. */
  show(): void {
    for (const text of this.texts().slice(this.#shown)) announces('LOG', text);
    this.#shown = this.texts().length;
  }
}
