/** The store of one file in the text form (docs/sink.md), over a file of lines. */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { escapeText } from '../escape.ts';
import type { Arrival, Store } from './arrival.ts';
import { type LineFile, type LineFileOptions, openLineFile } from './line-file.ts';
import { datePrefix, type Prefix } from './output-line.ts';
import type { Known } from './seen.ts';

export interface KnowingStore extends Store {
  /** What it holds of the latest records that can be sent again, oldest first. */
  recent(): AsyncIterable<Known>;
}

const LATE_MS = 1000;
const RECENT_BYTES = 64 * 1024 * 1024;

/** Rejects where the file can't be opened. */
export async function openLineStore(
  options: LineFileOptions & { readonly zone?: string },
): Promise<KnowingStore> {
  return new LineStore(options.path, await openLineFile(options), datePrefix(options.zone));
}

class LineStore implements KnowingStore {
  readonly #path: string;
  readonly #file: LineFile;
  readonly #prefix: Prefix;

  constructor(path: string, file: LineFile, prefix: Prefix) {
    this.#path = path;
    this.#file = file;
    this.#prefix = prefix;
  }

  get pendingBytes(): number {
    return this.#file.pendingBytes;
  }

  append(arrivals: readonly Arrival[]): Promise<void> {
    return this.#file.append(arrivals.map((each) => this.#prefix(each.wallMs) + textLine(each)));
  }

  reopen(): Promise<void> {
    return this.#file.reopen();
  }

  close(withinMs: number): Promise<number> {
    return this.#file.close(withinMs);
  }

  async *recent(): AsyncIterable<Known> {
    const { statSync } = await import('node:fs');
    const stat = statSync(this.#path, { throwIfNoEntry: false });
    if (!stat?.isFile()) return;
    const input = createReadStream(this.#path, { start: Math.max(0, stat.size - RECENT_BYTES) });
    for await (const line of createInterface({ input })) {
      const known = knownOf(line);
      if (known) yield known;
    }
  }
}

/** `NAME: TEXT [FIELDS] [SINK'S NOTES]`. A plain line that names nobody stands as it came. */
export function textLine(arrival: Arrival): string {
  const { name, peer, text, fields, boot, seq, marks } = arrival;
  const said = name === peer ? text : `${name}: ${text}`;
  let notes = `peer=${quoted(peer)}`;
  if (boot !== undefined) notes += ` boot=${quoted(boot)}`;
  if (seq !== undefined) notes += ` seq=${seq}`;
  for (const mark of marks) notes += ` mark="${mark.replace(/["\\]/g, '\\$&')}"`;
  const late = isLate(arrival);
  if (fields.length === 0 && !late) return `${said} [${notes}]`;
  const all = late ? [...fields, late] : fields;
  const written = all.map(
    ([field, value]) => `${field.replace(/[^\w.@-]/g, '_')}=${quoted(value)}`,
  );
  return `${said} [${written.join(' ')}] [${notes}]`;
}

function isLate({ timeMs, wallMs }: Arrival): readonly [string, string] | undefined {
  if (timeMs === undefined || Math.abs(wallMs - timeMs) <= LATE_MS) return undefined;
  return ['at', new Date(timeMs).toISOString()];
}

function quoted(value: string): string {
  const visible = escapeText(value);
  if (/^[^\s"[\]]+$/u.test(visible)) return visible;
  return `"${visible.replace(/["\\]/g, '\\$&')}"`;
}

const LINE =
  /^\d+ (?:\S+ +){5}\d{4} ([A-Za-z0-9_-][A-Za-z0-9._-]{0,63}): (.*?)(?: \[(?:[\w.@-]+=(?:"(?:[^"\\]|\\.)*"|[^\s"[\]]+)(?: |(?=\])))+\])? \[peer=\S+ boot=([^\s"[\]]+) seq=(\d{1,15})(?: mark=.*)?\]$/;

function knownOf(line: string): Known | undefined {
  const [, name, text, boot, seq] = LINE.exec(line) ?? [];
  if (name === undefined || text === undefined || boot === undefined) return undefined;
  return { name, boot, seq: Number(seq), text };
}
