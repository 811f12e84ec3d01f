/** What a push may look like, field by field. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PUSHED_MAX, parseReadingsPush, type ReadingsPush } from '../../src/wire/provider.ts';

const TIME = '2026-11-21T10:00:00.000Z';

const PUSH: ReadingsPush = {
  ...{ v: 1, vm: 'db7', incarnation: '01JH8Z5V7Q3W9X2B4N6M8K0T1R', seq: 3, time: TIME },
  cause: 'event',
  state: {
    mode: 'active',
    place: { host: 'xen2', site: 'home', base: false, since: TIME, lost: false },
    policies: [{ name: 'db', verdict: 'move' }],
    held: { gate: 'cooldown', verdict: 'move', left_ms: 1000 },
    request: { id: 'R1', verdict: 'move', from: 'xen1', to: 'xen2', phase: 'migrating' },
  },
  dropped: 0,
  readings: [
    { n: 1, time: TIME, probe: 'cpu', unit: '%', value: 91.5, crossed: ['> 90'] },
    { n: 2, time: TIME, probe: 'slow', unit: '', missing: 'timed out' },
  ],
};

const parsed = (push: object) => parseReadingsPush(JSON.stringify(push));

/** Every path to a value in it. */
function paths(value: unknown, at: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return [at];
  const inside = Object.entries(value).flatMap(([key, each]) => paths(each, [...at, key]));
  return at.length === 0 ? inside : [at, ...inside];
}

function withValue(value: unknown, [key, ...rest]: readonly string[], to: unknown): unknown {
  if (key === undefined) return to;
  const copy = structuredClone(value) as Record<string, unknown>;
  copy[key] = withValue(copy[key], rest, to);
  return copy;
}

describe('a push', () => {
  it('is read back as it was', () => {
    expect(parsed(PUSH)).toEqual(PUSH);
  });

  it('may leave out what is not known', () => {
    const state = { mode: 'paused', place: { lost: true }, policies: [] };
    expect(parsed({ ...PUSH, state, readings: [] })).toBeDefined();
  });

  const all = paths(PUSH);
  it('has as many fields as are tried', () => {
    expect(all.length).toBeGreaterThan(40);
  });

  it.each(all.map((path) => [path.join('.'), path] as const))(
    'is none where %s is of another kind',
    (_, path) => {
      expect(parsed(withValue(PUSH, path, ['odd', { odd: true }]) as object)).toBeUndefined();
    },
  );

  it.each<[string, object]>([
    ['of another version', { ...PUSH, v: 2 }],
    ['with a field that nobody knows', { ...PUSH, more: 1 }],
    ['with a negative number', { ...PUSH, seq: -1 }],
    ['with a time of another form', { ...PUSH, time: '2026-11-21 10:00' }],
    ['with a text too long', { ...PUSH, vm: 'x'.repeat(301) }],
    [
      'with neither value nor reason',
      { ...PUSH, readings: [{ ...PUSH.readings[1], missing: undefined }] },
    ],
    ['with both', { ...PUSH, readings: [{ ...PUSH.readings[0], missing: 'x' }] }],
    ['with too many readings', { ...PUSH, readings: Array(PUSHED_MAX + 1).fill(PUSH.readings[1]) }],
    ['that is a list', [PUSH]],
  ])('%s is none', (_, push) => {
    expect(parsed(push)).toBeUndefined();
  });

  it('is never made of other text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseReadingsPush(text)).toBeUndefined();
      }),
    );
  });
});
