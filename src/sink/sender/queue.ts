/**
 * The records that wait to be sent, in order: on disk in the spool, in memory where the disk fails.
 * It sends nothing, and nothing here throws: what went wrong is told by `trouble`.
 */
import type { Clock } from '../../core/clock.ts';
import { Backoff, type Retry } from '../../system/backoff.ts';
import type { LogRecord } from '../../wire/log-record.ts';
import { Spool } from './spool.ts';
import { bounded, parseSpoolLine, spoolLine } from './spool-line.ts';

export interface QueueOptions {
  readonly folder: string;
  readonly maxBytes: number;
  /** What may wait in memory while the disk fails. */
  readonly memoryBytes: number;
  readonly clock: Clock;
}

/** A record on its way to the disk, or in memory for want of one. */
interface Waiting {
  readonly seq: number;
  readonly line: string;
}

/** Small, since one that breaks off on a plain transport is sent again whole. */
const BATCH_BYTES = 16 * 1024;
const BATCH_RECORDS = 100;
const DISK_RETRY: Retry = { firstMs: 1000, maxMs: 30_000 };

export class Queue {
  readonly #options: QueueOptions;
  readonly #spool: Spool | undefined;
  readonly #diskBackoff = new Backoff(DISK_RETRY);
  /** Newer than everything in the spool. Empty unless the disk fails. */
  #memory: Waiting[] = [];
  #memoryBytes = 0;
  #memoryDropped = 0;
  #closed = false;
  /** Handed out and not yet taken, oldest first. */
  #out: LogRecord[] = [];
  /** Handed out once already; older than everything that is still to be read. */
  #again: LogRecord[] = [];
  #lastSeq: number;
  /** The last number that went into a batch; a gap behind it is what was dropped. */
  #passed: number;
  #diskTryMs = 0;
  #trouble: string | undefined;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#spool = this.#openSpool();
    // Where nothing is remembered, the wall clock makes numbers that grow over restarts all the same.
    this.#lastSeq = this.#spool?.last ?? Math.floor(options.clock.now().wallMs);
    this.#passed = this.#spool?.sent ?? this.#lastSeq;
    this.#savePosition(this.#passed);
  }

  /** How many records wait. */
  get length(): number {
    const handedOut = this.#out.length + this.#again.length;
    return handedOut + (this.#spool?.unread ?? 0) + this.#memory.length;
  }

  /** How many the bounds dropped since the start. */
  get dropped(): number {
    return this.#memoryDropped + (this.#spool?.dropped ?? 0);
  }

  /** Why records wait in memory, or what else the disk refuses. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  push(record: Omit<LogRecord, 'seq'>): void {
    // The folder may belong to another queue by now; two at one place would spoil it.
    if (this.#closed) this.#memoryDropped += 1;
    else this.#accept(record);
  }

  /** The next records, behind those that were handed out before; none where none waits. */
  next(): readonly LogRecord[] {
    const again = this.#again.splice(0, BATCH_RECORDS);
    const records = again.length > 0 ? again : this.#withGapsTold(this.#fresh());
    this.#out.push(...records);
    return records;
  }

  /** The oldest `count` of those that were handed out have left. */
  taken(count: number): void {
    const last = this.#out.splice(0, count).at(-1);
    if (last) this.#savePosition(last.seq);
  }

  /** All that was handed out, and before it `records` that had seemed to have left, is to be sent again. */
  giveBack(records: readonly LogRecord[]): void {
    this.#again = [...records, ...this.#out, ...this.#again];
    this.#out = [];
    const first = records[0];
    if (!first) return;
    this.#restore(records);
    this.#savePosition(first.seq - 1);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#memory.length > 0) this.#toDisk();
    this.#spool?.close();
  }

  #accept(record: Omit<LogRecord, 'seq'>): void {
    this.#lastSeq += 1;
    const seq = this.#lastSeq;
    const line = spoolLine({ ...bounded(record), seq });
    this.#memory.push({ seq, line });
    this.#memoryBytes += line.length;
    if (this.#options.clock.monotonicMs() >= this.#diskTryMs) this.#toDisk();
    this.#boundMemory();
  }

  #openSpool(): Spool | undefined {
    try {
      return new Spool(this.#options.folder, this.#options.maxBytes);
    } catch (error) {
      this.#trouble = `no spool until the next start, records wait in memory: ${error}`;
      return undefined;
    }
  }

  #toDisk(): void {
    if (!this.#spool) return;
    try {
      for (let oldest = this.#memory[0]; oldest; oldest = this.#memory[0]) {
        this.#spool.append(oldest.seq, oldest.line);
        this.#forgetOldest(oldest);
      }
      this.#trouble = undefined;
      this.#diskBackoff.reset();
    } catch (error) {
      this.#trouble = `spool not written, records wait in memory: ${error}`;
      this.#diskTryMs = this.#options.clock.monotonicMs() + this.#diskBackoff.nextMs();
    }
  }

  #boundMemory(): void {
    for (let oldest = this.#memory[0]; oldest; oldest = this.#memory[0]) {
      if (this.#memoryBytes <= this.#options.memoryBytes) break;
      this.#forgetOldest(oldest);
      this.#memoryDropped += 1;
    }
  }

  #forgetOldest({ line }: Waiting): void {
    this.#memory.shift();
    this.#memoryBytes -= line.length;
  }

  #fresh(): LogRecord[] {
    const fromDisk = this.#readSpool();
    if (fromDisk.length > 0) return fromDisk;
    const waiting = this.#memory.splice(0, BATCH_RECORDS);
    for (const { line } of waiting) this.#memoryBytes -= line.length;
    return waiting.map(({ line }) => parseSpoolLine(line)).filter((each) => each !== undefined);
  }

  /** Each failure lets go of one segment, so this ends. */
  #readSpool(): LogRecord[] {
    for (;;) {
      try {
        return this.#spool?.read(BATCH_BYTES) ?? [];
      } catch (error) {
        this.#trouble = `part of the spool not read: ${error}`;
      }
    }
  }

  #restore(records: readonly LogRecord[]): void {
    try {
      this.#spool?.restore(records);
    } catch (error) {
      this.#trouble = `spool not written, a kill may lose records: ${error}`;
    }
  }

  #savePosition(seq: number): void {
    try {
      this.#spool?.taken(seq);
    } catch (error) {
      this.#trouble = `spool not written, a restart may send records twice: ${error}`;
    }
  }

  /** A gap in the numbers is told in its place, under the last of the numbers that are missing. */
  #withGapsTold(records: readonly LogRecord[]): LogRecord[] {
    return records.flatMap((record) => {
      const missing = record.seq - this.#passed - 1;
      this.#passed = record.seq;
      return missing > 0 ? [gapBefore(record, missing), record] : [record];
    });
  }
}

function gapBefore(record: LogRecord, missing: number): LogRecord {
  const { timeMs, vm, boot } = record;
  return {
    ...{ timeMs, vm, boot },
    seq: record.seq - 1,
    text: `Dropped ${missing} log records: the spool was full or damaged`,
    fields: [['dropped', String(missing)]],
  };
}
