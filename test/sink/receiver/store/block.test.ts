/** Batches in one piece of memory. */
import { expect, test } from 'vitest';
import { Block } from '../../../../src/sink/receiver/store/block.ts';

test('lays out texts as UTF-8, one behind the other, longer and shorter ones after each other', () => {
  const block = new Block();
  for (const texts of [['a\n', 'æ€😀\n'], ['€'.repeat(1000)], [''], [], ['b\n']]) {
    expect(block.laidOut(texts).toString()).toBe(texts.join(''));
  }
});

test('takes no new memory for what there is room for', () => {
  const block = new Block();
  const { buffer } = block.laidOut(['x'.repeat(100)]);
  expect(block.laidOut(['€'.repeat(100)]).buffer).toBe(buffer);
});
