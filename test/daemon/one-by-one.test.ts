/** What reloads go through: none overtakes another, and a storm of them is two. */
import { expect, it } from 'vitest';
import { OneByOne } from '../../src/daemon/one-by-one.ts';

/** Work that ends when it is told to, and how often it began. */
function held() {
  const ends: (() => void)[] = [];
  const oneByOne = new OneByOne(
    () => new Promise<number>((resolve) => ends.push(() => resolve(ends.length))),
  );
  return { oneByOne, ends };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

it('whoever asks while it is done is served after it, all of them at once', async () => {
  const { oneByOne, ends } = held();
  const first = oneByOne.run();
  await settled();
  const storm = Array.from({ length: 100 }, () => oneByOne.run());
  await settled();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  expect(await first).toBe(1);
  await settled();
  ends[1]?.();
  expect(new Set(await Promise.all(storm))).toEqual(new Set([2]));
  expect(ends).toHaveLength(2);
});

it('one that failed keeps nobody from the next', async () => {
  let times = 0;
  const oneByOne = new OneByOne(async () => {
    times += 1;
    if (times === 1) throw new Error('for once');
    return times;
  });
  await expect(oneByOne.run()).rejects.toThrow('for once');
  expect(await oneByOne.run()).toBe(2);
});
