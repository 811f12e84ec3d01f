/**
 * Records on disk that wait to be sent: appended at one end, read at the other, in order. Written
 * synchronously, so that a kill -9 loses nothing that `append` returned for; not synced, so that a
 * power cut may lose the last seconds. Over its bound the oldest segment goes. What the disk says is
 * thrown to the caller.
 */
import { closeSync, openSync, unlinkSync, writeFileSync } from 'node:fs';
import { appendWhole } from '../../system/files.ts';
import type { LogRecord } from '../../wire/log-record.ts';
import { findSegments, Position, readFrom, type Segment, segmentPath } from './segments.ts';
import { parseSpoolLine, spoolLine } from './spool-line.ts';

/** What a file takes on disk at least, so that many small segments count for what they are. */
const BLOCK_BYTES = 4096;
const MOST_SEGMENT_BYTES = 1024 * 1024;
const SEGMENTS_PER_SPOOL = 16;
const NEWLINE = 0x0a;

interface Writing {
  readonly segment: Segment;
  readonly fd: number;
}

interface Reading {
  readonly segment: Segment;
  readonly fd: number;
  at: number;
}

export class Spool {
  readonly #folder: string;
  readonly #maxBytes: number;
  readonly #segmentBytes: number;
  readonly #position: Position;
  /** Oldest first. While one is open for appending, it is the last. */
  #segments: Segment[];
  #writing: Writing | undefined;
  #reading: Reading | undefined;
  #sent: number | undefined;
  /** The number of the last record that was read. */
  #read: number;
  #dropped = 0;

  /** Throws where the folder can't be used. */
  constructor(folder: string, maxBytes: number) {
    const share = Math.max(maxBytes / SEGMENTS_PER_SPOOL, BLOCK_BYTES);
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#segmentBytes = Math.min(share, MOST_SEGMENT_BYTES);
    this.#segments = findSegments(folder);
    this.#position = new Position(folder);
    const oldest = this.#segments[0];
    this.#sent = this.#position.sent ?? (oldest && oldest.first - 1);
    this.#read = this.#sent ?? 0;
  }

  /** The number of the last record that left; undefined where nothing is remembered. */
  get sent(): number | undefined {
    return this.#sent;
  }

  /** The last number that a record got; undefined where nothing is remembered. */
  get last(): number | undefined {
    return this.#segments.reduce<number | undefined>(
      (last, segment) => Math.max(last ?? 0, segment.last),
      this.#sent,
    );
  }

  /** How many records haven't been read yet. */
  get unread(): number {
    return this.#segments.reduce((sum, segment) => sum + this.#unreadOf(segment), 0);
  }

  /** How many the bound dropped since the spool was opened. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes one record, whole or, throwing, not at all. Numbers must grow. */
  append(seq: number, line: string): void {
    const bytes = Buffer.from(line);
    this.#makeRoom(bytes.length);
    const { segment, fd } = this.#writingAt(seq);
    try {
      segment.bytes = appendWhole(fd, segment.bytes, bytes);
    } catch (error) {
      // There may be a torn line at its end now: what comes next begins a segment of its own.
      this.#stopWriting();
      throw error;
    }
    segment.last = seq;
  }

  /** The next records, about `bytes` of them; none when all were read. */
  read(bytes: number): LogRecord[] {
    for (let reading = this.#nextReading(); reading; reading = this.#nextReading()) {
      const lines = this.#readLines(reading, bytes);
      const records = this.#unreadAmong(lines);
      if (records.length > 0) return records;
      if (lines.length === 0 && !this.#passOn(reading.segment)) return [];
    }
    return [];
  }

  /** Everything up to `seq` has left, or, where `seq` is smaller than before, came back. */
  taken(seq: number): void {
    this.#sent = seq;
    this.#position.save(seq);
    for (let oldest = this.#segments[0]; oldest; oldest = this.#segments[0]) {
      if (oldest.last > seq || oldest === this.#writing?.segment) break;
      this.#remove(oldest);
    }
  }

  /** Records that had left and are to be sent again are kept as before, though their segment went. */
  restore(records: readonly LogRecord[]): void {
    const kept = this.#segments[0]?.first ?? Infinity;
    const gone = records.filter(({ seq }) => seq < kept);
    const [first, last] = [gone[0]?.seq, gone.at(-1)?.seq];
    if (first === undefined || last === undefined) return;
    const path = segmentPath(this.#folder, first);
    const bytes = Buffer.from(gone.map(spoolLine).join(''));
    writeFileSync(path, bytes, { mode: 0o640 });
    this.#segments.unshift({ path, first, last, bytes: bytes.length });
  }

  close(): void {
    this.#stopReading();
    this.#stopWriting();
    this.#position.close();
  }

  #unreadOf({ first, last }: Segment): number {
    return Math.max(0, last - Math.max(this.#read, first - 1));
  }

  #makeRoom(bytes: number): void {
    const held = this.#segments.reduce((sum, each) => sum + Math.max(each.bytes, BLOCK_BYTES), 0);
    let over = held + bytes - this.#maxBytes;
    for (let oldest = this.#segments[0]; oldest && over > 0; oldest = this.#segments[0]) {
      if (oldest === this.#writing?.segment) break;
      this.#dropped += this.#unreadOf(oldest);
      over -= Math.max(oldest.bytes, BLOCK_BYTES);
      this.#remove(oldest);
    }
  }

  /** A segment holds no gap, so that what is in it can be counted without reading it. */
  #writingAt(seq: number): Writing {
    const { segment } = this.#writing ?? {};
    const goesOn = segment?.last === seq - 1 && segment.bytes < this.#segmentBytes;
    if (this.#writing && goesOn) return this.#writing;
    this.#stopWriting();
    return this.#beginSegment(seq);
  }

  #beginSegment(seq: number): Writing {
    const path = segmentPath(this.#folder, seq);
    // One that never got its first record has the same name, and is begun anew.
    this.#segments = this.#segments.filter((each) => each.path !== path);
    if (this.#reading?.segment.path === path) this.#stopReading();
    const fd = openSync(path, 'w', 0o640);
    const segment: Segment = { path, first: seq, last: seq - 1, bytes: 0 };
    this.#segments.push(segment);
    this.#writing = { segment, fd };
    return this.#writing;
  }

  #nextReading(): Reading | undefined {
    if (this.#reading) return this.#reading;
    const segment = this.#segments.find((each) => each.last > this.#read);
    if (!segment) return undefined;
    this.#reading = this.#orLost(segment, () => {
      return { segment, fd: openSync(segment.path, 'r'), at: 0 };
    });
    return this.#reading;
  }

  /** Whole lines from where reading stands; none where there is no whole line left. */
  #readLines(reading: Reading, bytes: number): string[] {
    const { segment, fd, at } = reading;
    const left = segment.bytes - at;
    if (left === 0) return [];
    return this.#orLost(segment, () => {
      let chunk = readFrom(fd, at, Math.min(bytes, left));
      if (!chunk.includes(NEWLINE)) chunk = readFrom(fd, at, left);
      const end = chunk.lastIndexOf(NEWLINE) + 1;
      reading.at += end;
      return chunk.toString('utf8', 0, end).split('\n').slice(0, -1);
    });
  }

  #unreadAmong(lines: readonly string[]): LogRecord[] {
    const records: LogRecord[] = [];
    for (const line of lines) {
      const record = parseSpoolLine(line);
      if (!record || record.seq <= this.#read) continue;
      this.#read = record.seq;
      records.push(record);
    }
    return records;
  }

  /** From the end of a segment to the next one; false where this one may still grow. */
  #passOn(segment: Segment): boolean {
    if (segment === this.#writing?.segment) return false;
    this.#read = Math.max(this.#read, segment.last);
    this.#stopReading();
    return true;
  }

  /** A segment that can't be read would stop everything behind it, so it is let go of. */
  #orLost<T>(segment: Segment, read: () => T): T {
    try {
      return read();
    } catch (error) {
      this.#dropped += this.#unreadOf(segment);
      this.#read = Math.max(this.#read, segment.last);
      this.#stopReading();
      throw error;
    }
  }

  #remove(segment: Segment): void {
    this.#segments = this.#segments.filter((each) => each !== segment);
    if (this.#reading?.segment === segment) this.#stopReading();
    unlinkSync(segment.path);
  }

  #stopReading(): void {
    if (this.#reading) closeSync(this.#reading.fd);
    this.#reading = undefined;
  }

  #stopWriting(): void {
    if (this.#writing) closeSync(this.#writing.fd);
    this.#writing = undefined;
  }
}
