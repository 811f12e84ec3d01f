/**
 * Texts by their numbers, of which there are very many and nearly none is ever asked for again. They lie
 * in one piece of memory of their own, so that the garbage collector has nothing to do with them: as
 * strings they would take it more time than all else that is done for a record.
 */

/** Texts that are kept under one number. More than one is rare. */
const TEXTS_PER_NUMBER = 4;
/** Before each text: where the one before it under the same number begins, and its length in bytes. */
const HEADER_BYTES = 8;
/** What a number takes in the table, at the most. */
const NUMBER_BYTES = 64;
/** Of one unit of a text. */
const UTF8_BYTES_MOST = 3;
const FIRST_BYTES = 512;
const NOWHERE = 0xffff_ffff;

export class Texts {
  /** Where the latest text of each number begins; by its distance from the first, which is a small one. */
  readonly #places = new Map<number, number>();
  #firstNumber: number | undefined;
  /** Of a record's numbers nearly each is higher than all before it: nothing has to be looked up for it. */
  #highest = Number.NEGATIVE_INFINITY;
  readonly #most: number;
  #bytes: Buffer = Buffer.alloc(0);
  #end = 0;

  /** Room is made ahead up to `most` bytes; beyond them only as much as is needed. */
  constructor(most = Number.POSITIVE_INFINITY) {
    this.#most = most;
  }

  /** How many numbers there are. */
  get count(): number {
    return this.#places.size;
  }

  /** What they take, in bytes. */
  get size(): number {
    return this.#end + this.#places.size * NUMBER_BYTES;
  }

  /** The same with the room that is kept for more. */
  get held(): number {
    return this.#bytes.length + this.#places.size * NUMBER_BYTES;
  }

  /** `another`: the number is known, and not with this text. */
  look(number: number, text: string): 'new' | 'again' | 'another' {
    if (number > this.#highest) return 'new';
    const place = this.#places.get(number - (this.#firstNumber ?? number));
    if (place === undefined) return 'new';
    for (let at = place; at !== NOWHERE; at = this.#bytes.readUInt32LE(at)) {
      if (this.#textAt(at) === text) return 'again';
    }
    return 'another';
  }

  keep(number: number, text: string): void {
    this.#firstNumber ??= number;
    const key = number - this.#firstNumber;
    const before = number > this.#highest ? NOWHERE : (this.#places.get(key) ?? NOWHERE);
    if (this.#countFrom(before) >= TEXTS_PER_NUMBER) return;
    this.#makeRoomFor(text);
    const at = this.#end;
    const length = this.#bytes.write(text, at + HEADER_BYTES);
    this.#bytes.writeUInt32LE(before, at);
    this.#bytes.writeUInt32LE(length, at + 4);
    this.#end = at + HEADER_BYTES + length;
    this.#places.set(key, at);
    this.#highest = Math.max(this.#highest, number);
  }

  /** Its memory is kept for what comes next. */
  clear(): void {
    this.#places.clear();
    this.#firstNumber = undefined;
    this.#highest = Number.NEGATIVE_INFINITY;
    this.#end = 0;
  }

  #textAt(at: number): string {
    const from = at + HEADER_BYTES;
    return this.#bytes.toString('utf8', from, from + this.#bytes.readUInt32LE(at + 4));
  }

  #countFrom(place: number): number {
    let count = 0;
    for (let at = place; at !== NOWHERE; at = this.#bytes.readUInt32LE(at)) count += 1;
    return count;
  }

  #makeRoomFor(text: string): void {
    const from = this.#end + HEADER_BYTES;
    if (from + UTF8_BYTES_MOST * text.length <= this.#bytes.length) return;
    const needed = from + Buffer.byteLength(text);
    if (needed <= this.#bytes.length) return;
    const ahead = Math.min(Math.max(FIRST_BYTES, 2 * needed), this.#most);
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, ahead));
    this.#bytes.copy(larger, 0, 0, this.#end);
    this.#bytes = larger;
  }
}
