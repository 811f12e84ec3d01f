/** Whole lines, however the bytes come, and bounded. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readerOf, wholeLines } from '../../src/logs/blocks.ts';
import { RUNS } from '../support/runs.ts';

async function* chunks(text: Buffer, size: number) {
  for (let at = 0; at < text.length; at += size) yield text.subarray(at, at + size);
}

async function blocksOf(text: string, size: number, blockBytes: number): Promise<string[]> {
  const blocks: string[] = [];
  const read = readerOf(chunks(Buffer.from(text), size));
  for await (const block of wholeLines(read, blockBytes)) blocks.push(block.toString());
  return blocks;
}

describe('blocks', () => {
  it('end where lines end, and hold all of them', async () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n'), maxLength: 200 });
    const size = fc.integer({ min: 1, max: 50 });
    await fc.assert(
      fc.asyncProperty(text, size, async (all, each) => {
        const blocks = await blocksOf(all, each, 256);
        expect(blocks.join('')).toBe(all);
        for (const block of blocks.slice(0, -1)) expect(block.endsWith('\n')).toBe(true);
      }),
      { numRuns: RUNS },
    );
  });

  it('cut a line that is longer than a block, pass over its rest, and read on', async () => {
    const long = 'x'.repeat(1000);
    for (const size of [1, 7, 64, 100, 5000]) {
      const blocks = await blocksOf(`one\n${long}\ntwo\n${long}`, size, 64);
      const lines = blocks.flatMap((block) => block.split('\n')).filter((line) => line !== '');
      expect(lines).toEqual(['one', 'x'.repeat(64), 'two', 'x'.repeat(64)]);
    }
  });

  it('of a hundred megabytes without a line’s end take no more memory than a block', async () => {
    async function* endless() {
      const chunk = Buffer.alloc(65536, 'x');
      for (let n = 0; n < 1600; n += 1) yield chunk;
      yield Buffer.from('\nlast');
    }
    const seen: number[] = [];
    for await (const block of wholeLines(readerOf(endless()), 65536)) seen.push(block.length);
    expect(seen).toEqual([65536, 4]);
  });

  it('fail as their source does', async () => {
    async function* broken() {
      yield Buffer.from('a\n');
      throw new Error('torn');
    }
    const all = async () => {
      for await (const _ of wholeLines(readerOf(broken()), 64));
    };
    await expect(all()).rejects.toThrow('torn');
  });
});
