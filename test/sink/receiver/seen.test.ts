/** What was sent again, what has a number that was used, and how much of that is remembered. */
import { describe, expect, test } from 'vitest';
import type { Arrival, Known } from '../../../src/sink/receiver/arrival.ts';
import { Seen, unlessAgain } from '../../../src/sink/receiver/seen.ts';

const ONE: Known = { name: 'nii3', boot: '6f', seq: 1, text: 'one' };
const LIMITS = { perBoot: 100, boots: 4, guests: 10, characters: 1_000_000 };

function numbered(seq: number, more: Partial<Known> = {}): Known {
  return { ...ONE, seq, text: `text ${seq}`, ...more };
}

describe('a record', () => {
  test('is known by name, boot, seq and text together', () => {
    const seen = new Seen();
    const all = [
      ONE,
      { ...ONE, name: 'nii4' },
      { ...ONE, boot: '70' },
      { ...ONE, seq: 2 },
      { ...ONE, name: 'nii3 6f', boot: '' },
    ];
    expect(all.map((known) => seen.note(known))).toEqual(all.map(() => 'new'));
    expect(all.map((known) => seen.note(known))).toEqual(all.map(() => 'again'));
  });

  test('with a used number and another text is another, and then known itself', () => {
    const seen = new Seen();
    const two = { ...ONE, text: 'two' };
    const sightings = [ONE, two, two, ONE, { ...ONE, text: 'three' }].map((k) => seen.note(k));
    expect(sightings).toEqual(['new', 'another', 'again', 'again', 'another']);
  });

  test('is known from what the store held', async () => {
    const seen = new Seen();
    await seen.learn(
      (async function* () {
        yield ONE;
        yield numbered(2);
      })(),
    );
    expect([seen.note(ONE), seen.note(numbered(2)), seen.note(numbered(3))]).toEqual([
      'again',
      'again',
      'new',
    ]);
  });

  const arrival: Arrival = {
    ...ONE,
    wallMs: 0,
    peer: '192.0.2.7',
    timeMs: undefined,
    priority: 30,
    fields: [],
    marks: ['cut: over the limit'],
  };

  test('that came again is left out, and another is marked', () => {
    const seen = new Seen();
    expect(unlessAgain(arrival, seen)).toBe(arrival);
    expect(unlessAgain(arrival, seen)).toBeUndefined();
    expect(unlessAgain({ ...arrival, text: 'two' }, seen)?.marks).toEqual([
      'cut: over the limit',
      'seq 1 again, with another text',
    ]);
  });

  test.each([[{ boot: undefined }], [{ seq: undefined }]])('without %j is never one', (without) => {
    const seen = new Seen();
    const plain = { ...arrival, ...without };
    expect([unlessAgain(plain, seen), unlessAgain(plain, seen)]).toEqual([plain, plain]);
  });
});

describe('the memory', () => {
  test('holds at least so many records of a guest, and at most twice as many', () => {
    const seen = new Seen(LIMITS);
    for (let seq = 1; seq <= 1000; seq += 1) seen.note(numbered(seq));
    const again = Array.from({ length: 1000 }, (_, i) => seen.note(numbered(1000 - i)));
    expect(again.slice(0, 100)).toEqual(Array(100).fill('again'));
    expect(again.indexOf('new')).toBeLessThanOrEqual(200);
  });

  test('forgets the guest that it heard least recently', () => {
    const seen = new Seen(LIMITS);
    for (let i = 0; i < 10; i += 1) seen.note({ ...ONE, name: `nii${i}` });
    seen.note({ ...ONE, name: 'nii0' });
    seen.note({ ...ONE, name: 'nii10' });
    expect(seen.note({ ...ONE, name: 'nii0' })).toBe('again');
    expect(seen.note({ ...ONE, name: 'nii1' })).toBe('new');
  });

  test('holds no more text than its limit, whoever says how much', () => {
    const seen = new Seen({ ...LIMITS, perBoot: 1e6, guests: 1e6, characters: 100_000 });
    const text = 'x'.repeat(1000);
    for (let i = 0; i < 1000; i += 1) seen.note(numbered(i, { text, name: `nii${i % 7}` }));
    expect(seen.characters).toBeLessThanOrEqual(100_000);
    for (let i = 0; i < 1000; i += 1) seen.note(numbered(i, { text, name: 'loud' }));
    expect(seen.characters).toBeLessThanOrEqual(100_000);
    expect(seen.note(numbered(999, { text, name: 'loud' }))).toBe('again');
  });

  test('of others is left alone by a guest that makes up boots', () => {
    const seen = new Seen(LIMITS);
    seen.note({ ...ONE, name: 'quiet' });
    for (let boot = 0; boot < 1000; boot += 1) seen.note({ ...ONE, boot: `made up ${boot}` });
    expect(seen.note({ ...ONE, name: 'quiet' })).toBe('again');
    const boots = Array.from({ length: 6 }, (_, i) => ({ ...ONE, boot: `made up ${999 - i}` }));
    const known = boots.map((boot) => seen.note(boot));
    expect(known).toEqual(['again', 'again', 'again', 'again', 'new', 'new']);
  });

  test('of others is left alone by a guest that says much under many boots', () => {
    const seen = new Seen({ ...LIMITS, perBoot: 1e6, characters: 100_000 });
    const text = 'x'.repeat(1000);
    for (let seq = 0; seq < 30; seq += 1) seen.note(numbered(seq, { text, name: 'quiet' }));
    for (let seq = 0; seq < 1000; seq += 1) seen.note(numbered(seq, { text, boot: `${seq % 4}` }));
    const quiet = (seq: number) => seen.note(numbered(seq, { text, name: 'quiet' }));
    expect(Array.from({ length: 30 }, (_, seq) => quiet(seq))).toEqual(Array(30).fill('again'));
  });

  test('counts the memory that it takes, also of many who say little', () => {
    const seen = new Seen({ ...LIMITS, boots: 10_000, characters: 100_000_000 });
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 10_000; i += 1) seen.note({ ...ONE, boot: `${i}`, text: 'x'.repeat(1000) });
    const taken = process.memoryUsage().arrayBuffers - before;
    expect(seen.characters).toBeGreaterThan(10_000_000);
    expect(taken).toBeLessThan(seen.characters);
  });
});
