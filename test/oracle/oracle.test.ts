/**
 * Two programs, one text: core and the oracle ask for the same on the same readings, on made-up
 * traces and confs. Spans are multiples of five seconds, so that bounds are met exactly.
 */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Conf, PolicyRule } from '../../src/core/conf.ts';
import type { Condition, Tarry } from '../../src/core/words.ts';
import { baseAware } from '../../src/policies/base-aware.ts';
import { thresholdAware } from '../../src/policies/threshold-aware.ts';
import { makeConf } from '../support/world.ts';
import { runCore } from './driver.ts';
import { type Held, oracle, type Rule, type Sample, type Terms } from './oracle.ts';

const RUNS = process.env['LONG'] ? 100_000 : 2000;
const TICK = 5;

/** More than any trace can try, so that no gate counts them. */
const HOSTS = Array.from({ length: 60 }, (_, i) => `h${i + 1}`);
const BASE = 'b';

const seconds = (max: number) => fc.integer({ min: 0, max: max / TICK }).map((n) => n * TICK);

const held: fc.Arbitrary<Held> = fc.oneof(
  fc.record({ kind: fc.constant('count' as const), n: fc.integer({ min: 1, max: 5 }) }),
  fc
    .tuple(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 0, max: 3 }))
    .map(([k, more]) => ({ kind: 'window' as const, k, n: k + more })),
  fc.record({
    kind: fc.constant('time' as const),
    seconds: seconds(120).map((s) => s + TICK),
  }),
);

/** Bounds lie on values that occur: both comparisons are strict. */
const bound = fc.constantFrom(0, 1, 2, 3, 4);

const rule: fc.Arbitrary<Omit<Rule, 'name' | 'probe'>> = fc
  .record({
    worse: fc.constantFrom('high' as const, 'low' as const),
    threshold: bound,
    tarry: held,
    low: fc.option(fc.record({ threshold: bound, tarry: held }), { nil: undefined }),
    onError: fc.constantFrom('hold' as const, 'reset' as const),
  })
  .map(({ low, ...rest }) => (low ? { ...rest, low } : rest));

const terms: fc.Arbitrary<Terms> = fc
  .record({
    first: rule,
    second: fc.option(fc.tuple(rule, fc.constantFrom('a', 'b')), { nil: undefined, freq: 2 }),
    intervals: fc.record({ a: fc.constantFrom(10, 20), b: fc.constantFrom(10, 30) }),
    start: fc.constantFrom('h1', 'h2', 'h60', BASE),
    moveTakes: seconds(60).map((s) => s + TICK),
    settle: seconds(45),
    cooldown: seconds(120),
    growth: fc.constantFrom(1, 2, 3),
    prefer: fc.constantFrom('service' as const, 'cost' as const),
  })
  .map(({ first, second, growth, ...rest }) => {
    const rules = [{ ...first, name: 'p1', probe: 'a' }];
    if (second) rules.push({ ...second[0], name: 'p2', probe: second[1] });
    // From base and back is a way that grows the cooldown by a rule of §6, not of §5.
    const toBase = rules.some(({ low }) => low !== undefined);
    const fixed = { hosts: HOSTS, base: BASE, cooldownMax: 600 };
    return { ...rest, ...fixed, rules, growth: toBase ? 1 : growth };
  });

/** Readings that come when they come: mostly an interval apart, now and then after a gap. */
const trace: fc.Arbitrary<Sample[]> = fc
  .array(
    fc.record({
      after: fc.oneof(
        { weight: 12, arbitrary: fc.constantFrom(10, 10, 10, 20, 30) },
        { weight: 2, arbitrary: fc.constantFrom(5, 35, 60, 65, 90, 95) },
      ),
      probe: fc.constantFrom('a', 'a', 'a', 'b'),
      value: fc.oneof(
        { weight: 9, arbitrary: fc.integer({ min: 0, max: 4 }) },
        { weight: 1, arbitrary: fc.constant(undefined) },
      ),
      // What services do: the same for a while.
      again: fc.constantFrom(1, 1, 2, 4),
    }),
    { minLength: 5, maxLength: 40 },
  )
  .map((parts) => {
    let time = 0;
    return parts.flatMap(({ after, again, ...sample }) =>
      Array.from({ length: again }, () => {
        time += after;
        return { ...sample, time };
      }),
    );
  });

function toTarry(tarry: Held): Tarry {
  return tarry.kind === 'time' ? { kind: 'time', ms: tarry.seconds * 1000 } : tarry;
}

function toPolicy({ name, probe, worse, threshold, tarry, low, onError }: Rule): PolicyRule {
  const [worseSide, betterSide] = worse === 'high' ? (['>', '<'] as const) : (['<', '>'] as const);
  const suffering: Condition = { compare: worseSide, bound: threshold, tarry: toTarry(tarry) };
  const { kind, judge } = low ? baseAware : thresholdAware;
  const rule = { name, kind, probe, worse, suffering, onError, judge };
  if (!low) return rule;
  return {
    ...rule,
    idle: { compare: betterSide, bound: low.threshold, tarry: toTarry(low.tarry) },
  };
}

function toConf({ rules, intervals, settle, cooldown, growth, cooldownMax, prefer }: Terms): Conf {
  const probe = (name: string) => ({
    intervalMs: (intervals[name] ?? 0) * 1000,
    maxErrors: 3,
    unit: '',
  });
  return makeConf({
    site: { hosts: HOSTS, base: BASE },
    probes: { a: probe('a'), b: probe('b') },
    policies: rules.map(toPolicy),
    constraints: {
      settleMs: settle * 1000,
      cooldownMs: cooldown * 1000,
      cooldownGrowth: growth,
      cooldownMaxMs: cooldownMax * 1000,
      retryMs: undefined,
      maxMoves: undefined,
      prefer,
    },
  });
}

describe('core and the oracle', () => {
  it('share no code', () => {
    const text = readFileSync(new URL('oracle.ts', import.meta.url), 'utf8');
    expect(text.length).toBeGreaterThan(1000);
    expect(text).not.toMatch(/^import|\bimport\(/m);
  });

  it('ask for the same, on the same readings', () => {
    let asked = 0;
    fc.assert(
      fc.property(terms, trace, (made, samples) => {
        const expected = oracle(made, samples);
        asked += expected.length;
        expect(runCore(toConf(made), samples, made)).toEqual(expected);
      }),
      { numRuns: RUNS },
    );
    // On traces that ask for nothing they would agree about nothing.
    expect(asked).toBeGreaterThan(RUNS);
  });
});
