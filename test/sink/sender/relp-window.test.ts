/** What is owed an answer, over the last transaction too. */
import { expect, test } from 'vitest';
import { LAST_TRANSACTION } from '../../../src/sink/formats/relp.ts';
import { RelpWindow } from '../../../src/sink/sender/relp-window.ts';

function filled(first: number, count: number, bytes = 1): RelpWindow {
  const window = new RelpWindow(first);
  for (let i = 0; i < count; i += 1) window.sent(bytes);
  return window;
}

test('leaves in order, whatever the order of the answers', () => {
  const window = filled(2, 4);
  expect(window.next).toBe(6);
  expect(window.answered(3)).toBe(true);
  expect(window.leave()).toBe(0);
  expect(window.answered(2)).toBe(true);
  expect(window.leave()).toBe(2);
  expect(window.length).toBe(2);
  expect(window.answered(3)).toBe(false);
  expect(window.answered(4)).toBe(true);
  expect(window.answered(5)).toBe(true);
  expect(window.leave()).toBe(2);
  expect(window.leave()).toBe(0);
});

test.each([0, 1, 4, -1])('owes no answer to %d of 2 and 3', (transaction) => {
  expect(filled(2, 2).answered(transaction)).toBe(false);
});

test('begins at 1 again after the last transaction', () => {
  const window = filled(LAST_TRANSACTION - 1, 3);
  expect(window.next).toBe(2);
  for (const each of [LAST_TRANSACTION - 1, LAST_TRANSACTION, 1]) {
    expect(window.answered(each)).toBe(true);
  }
  expect(window.leave()).toBe(3);
  expect(window.next).toBe(2);
});

test.each([
  ['511 records', 511, 1, false],
  ['512 records', 512, 1, true],
  ['a byte less than 1 MiB', 1, 1024 * 1024 - 1, false],
  ['1 MiB', 1, 1024 * 1024, true],
])('with %s is full: %s', (_, count, bytes, full) => {
  const window = filled(1, count, bytes);
  expect(window.full).toBe(full);
  window.answered(1);
  window.leave();
  expect(window.full).toBe(false);
});
