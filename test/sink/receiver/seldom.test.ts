/** What everybody may cause, said seldom. */
import { expect, it } from 'vitest';
import { Seldom } from '../../../src/sink/receiver/seldom.ts';
import { manualClock } from '../../support/manual-clock.ts';

const MINUTE = 60_000;

it('lets each key pass once in ten minutes, and counts the others', async () => {
  const clock = manualClock();
  const seldom = new Seldom(clock);
  expect(seldom.pass('a')).toEqual({ unsaid: 0 });
  expect(seldom.pass('a')).toBeUndefined();
  expect(seldom.pass('b')).toEqual({ unsaid: 1 });
  await clock.advance(10 * MINUTE - 1);
  expect(seldom.pass('a')).toBeUndefined();
  await clock.advance(1);
  expect(seldom.pass('a')).toEqual({ unsaid: 1 });
  expect(seldom.pass('a')).toBeUndefined();
});

it('lets a hundred keys pass at most', async () => {
  const clock = manualClock();
  const seldom = new Seldom(clock);
  const passed = Array.from({ length: 1000 }, (_, i) => seldom.pass(`key ${i}`));
  expect(passed.filter((pass) => pass !== undefined).length).toBe(100);
  await clock.advance(10 * MINUTE);
  expect(seldom.pass('key 999')).toEqual({ unsaid: 900 });
});
