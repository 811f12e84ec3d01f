/** No input whatsoever makes loading do anything but load, or tell what is wrong. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatProblem } from '../../src/conf/findings.ts';
import { decodeValue, encodeValue } from '../../src/conf/ini-value.ts';
import type { Checked } from '../../src/conf/load.ts';
import { printConf } from '../../src/conf/print.ts';
import { check, FOLDER } from './help.ts';

const VALID = ['good/everything.conf', 'good/sites.conf', 'flat/base.conf'].map((name) =>
  readFileSync(`${FOLDER}${name}`, 'utf8'),
);
const runs = { numRuns: Number(process.env['RUNS'] ?? 100) };

/** Either a conf that prints to one that loads, or problems that are fit for a terminal. */
function isSound(checked: Checked): void {
  const { loaded, problems } = checked;
  if (loaded) expect(check([printConf(loaded)]).loaded?.rules).toEqual(loaded.rules);
  else expect(problems.length).toBeGreaterThan(0);
  for (const problem of problems) {
    const text = formatProblem(problem);
    expect(text).not.toMatch(/[\p{Cc}\p{Cs}]/u);
    expect(text.length).toBeLessThan(2000);
  }
}

const fragment = fc.oneof(
  fc.constantFrom('[', ']', '=', ';', '#', '"', "'", '\\', '\n', '\r', '\0', ',', ' for '),
  fc.constantFrom(`$\{X}`, `password = $\{X}`),
  fc.constantFrom('[array]', '[policy x]', 'kind = mysql', 'hosts', '__proto__', 'constructor'),
  fc.constantFrom('threshold = 1', 'min_range = 1', 'home = x', '[__proto__]', 'toString = 1'),
  fc.string({ unit: 'binary', maxLength: 10 }),
);

/** A valid conf with a piece taken out, and something put in its place. */
const mutated = fc
  .record({
    text: fc.constantFrom(...VALID),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    length: fc.nat(30),
    piece: fragment,
  })
  .map(({ text, at, length, piece }) => {
    const from = Math.floor(at * text.length);
    return text.slice(0, from) + piece + text.slice(from + length);
  });

describe('any input', () => {
  it('of bytes is sound', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => isSound(check([bytes]))),
      runs,
    );
  });

  it('of fragments is sound', () => {
    const text = fc.array(fragment, { maxLength: 30 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(text, (text) => isSound(check([text]))),
      runs,
    );
  });

  it('of one mutation is sound, alone and over a valid conf', () => {
    fc.assert(
      fc.property(mutated, fc.constantFrom(...VALID), (text, valid) => {
        isSound(check([text]));
        isSound(check([valid, text]));
      }),
      runs,
    );
  });

  it('of a value is written so that it is read again as it was', () => {
    const value = fc
      .string({ unit: 'grapheme', maxLength: 40 })
      .filter((text) => !/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u.test(text));
    fc.assert(
      fc.property(value, (text) => {
        const read = decodeValue(` ${encodeValue(text)}  ; a comment`);
        expect(read).toEqual({ ok: true, value: text });
      }),
    );
  });

  it('has a bound on how many sections there are', () => {
    const sections = (n: number) =>
      check([Array.from({ length: n }, (_, i) => `[host h${i}]\n`).join('')]).problems.map(
        ({ line, text }) => `${line}: ${text}`,
      );
    expect(sections(500)).not.toContain('500: more than 500 sections');
    expect(sections(501)).toContain('501: more than 500 sections');
  });

  it('has a bound on how many mistakes it is told', () => {
    const { problems } = check(['x\n'.repeat(5000)]);
    expect(problems).toHaveLength(201);
    expect(problems.at(-1)?.text).toBe('and more mistakes follow');
  });
});
