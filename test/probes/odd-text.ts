/**
 * What no service should say, for every parser of text: random characters, real text cut off,
 * garbled or far too long. A parser must not throw, and a number must come from the text.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RUNS } from '../support/runs.ts';

export type Parsed = { readonly value: number } | { readonly missing: string };
export type Parse = (text: string) => Parsed;

const HUGE = 100_000;

/** Characters that grammars are made of stand beside any others. */
const character = fc.oneof(
  fc.constantFrom(...'\n\n: {}[]"\\,=#+-.0123456789eE\t\r<>'),
  fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
);
const noise = fc.array(character, { maxLength: 200 }).map((all) => all.join(''));

/** One of `real` with a part of it replaced by noise; by nothing, or by no part at all, too. */
export function garbled(real: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.constantFrom(...real), fc.nat(), fc.nat({ max: 20 }), noise)
    .map(([text, from, length, between]) => {
      const at = from % (text.length + 1);
      return text.slice(0, at) + between.slice(0, length) + text.slice(at + length);
    });
}

export const anyText: fc.Arbitrary<string> = fc.oneof(noise, fc.string({ unit: 'binary' }));

/** Repeated, and with a long run of one character inside. */
function huge(real: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(garbled(real), character, fc.boolean())
    .map(([text, one, inside]) =>
      inside
        ? text.slice(0, text.length / 2) + one.repeat(HUGE) + text.slice(text.length / 2)
        : text.repeat(Math.ceil(HUGE / (text.length + 1))),
    );
}

/** Words of a number's characters; what of them is a number, `Number` says. */
const WORDS = /(?<![\w.])[+-]?[\d.]+(?:e[+-]?\d{1,3})?(?!\w)/gi;

/** Whether `value` is written there, as a word of its own. */
export function standsIn(text: string, value: number): boolean {
  for (const [word] of text.matchAll(WORDS)) if (Number(word) === value) return true;
  return false;
}

function isHonest(parsed: Parsed, text: string): boolean {
  if (!('value' in parsed)) return parsed.missing !== '' && parsed.missing.length < 1000;
  return standsIn(text, parsed.value);
}

/** `real`: texts of which `parse` makes a number, of several digits so that a cut one is another. */
export function describeOddText(name: string, parse: Parse, real: readonly string[]): void {
  describe(`${name}, given`, () => {
    it('real text, finds a number', () => {
      for (const text of real) expect(parse(text)).toEqual({ value: expect.any(Number) });
    });

    it.each([
      ['any text', anyText, {}],
      ['garbled text', garbled(real), {}],
      // To make a failing one smaller would take for ever.
      ['huge text', huge(real), { endOnFailure: true }],
    ])('%s, neither throws nor makes up a number', (_, texts, more) => {
      fc.assert(
        fc.property(texts, (text) => isHonest(parse(text), text)),
        { numRuns: RUNS, ...more },
      );
    });

    it('text that is cut off anywhere, finds the number of the whole or none', () => {
      for (const text of real) {
        const whole = parse(text);
        for (let at = 0; at < text.length; at += 1) {
          const parsed = parse(text.slice(0, at));
          if ('value' in parsed) expect(parsed).toEqual(whole);
        }
      }
    });
  });
}
