/** Performance data as plugins print it, captured and odd. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePerfdata } from '../../src/probes/nagios.ts';
import { parseNumber } from '../../src/probes/number.ts';
import { RUNS } from '../support/runs.ts';

interface Fixture {
  readonly program: string;
  readonly version: string;
  readonly outputs: Readonly<Record<string, string>>;
}

/** What each plugin printed, captured from the program and version that the file names. */
const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/monitoring-plugins.json', import.meta.url), 'utf8'),
) as Fixture;

const values = (output: string) =>
  parsePerfdata(output).map(({ label, value }) => [label, value] as const);

describe(`${fixture.program} ${fixture.version}`, () => {
  it.each([
    [
      'check_load',
      [
        ['load1', 0.9],
        ['load5', 0.82],
        ['load15', 0.97],
      ],
    ],
    ['check_disk', [['/', 25_011_683_328]]],
    ['check_procs', [['procs', 83]]],
    ['check_swap', [['swap', 0]]],
    [
      'check_ping',
      [
        ['rta', 0.324],
        ['pl', 0],
      ],
    ],
    [
      'check_file_age',
      [
        ['age', 164],
        ['size', 1373],
      ],
    ],
    ['check_tcp', []],
  ])('%s', (plugin, expected) => {
    expect(values(fixture.outputs[plugin] ?? '')).toEqual(expected);
  });
});

describe('performance data', () => {
  it.each([
    ['a quoted label with blanks', "ok|'free space'=5MB;1;2", [['free space', 5]]],
    ['a quote in a quoted label', "ok|'it''s'=5", [["it's", 5]]],
    ['an equals sign in a quoted label', "ok|'a=b'=5", [['a=b', 5]]],
    ['ranges as bounds', 'ok|a=5;@10:20;~:30;0;100', [['a', 5]]],
    ['a negative decimal', 'ok|a=-0.5s', [['a', -0.5]]],
    ['an exponent', 'ok|a=1e-3s', [['a', 0.001]]],
    [
      'units beyond the guidelines',
      'ok|a=5KiB b=7W c=8µs',
      [
        ['a', 5],
        ['b', 7],
        ['c', 8],
      ],
    ],
    ['a counter', 'ok|a=5c', [['a', 5]]],
    [
      'lines after the first',
      'ok|a=1\nlong\ntext|b=2\nc=3 d=4',
      [
        ['a', 1],
        ['b', 2],
        ['c', 3],
        ['d', 4],
      ],
    ],
    ['none behind the first line', 'ok\nlong|b=2', [['b', 2]]],
    [
      'many blanks',
      'ok|  a=1 \t b=2  ',
      [
        ['a', 1],
        ['b', 2],
      ],
    ],
    ['what the plugin cannot tell', 'ok|a=U', [['a', undefined]]],
    ['none', 'ok', []],
    ['an empty bar', 'ok|', []],
  ])('with %s', (_, output, expected) => {
    expect(values(output)).toEqual(expected);
  });

  it.each([
    'a',
    'a=',
    '=5',
    'a=5;x',
    'a=1,5',
    'a=0x10',
    'a=NaN',
    'a=inf',
    'a=--5',
    "'a=5",
    'a=1.2.3',
  ])('%j has no value', (word) => {
    expect(parsePerfdata(`ok|${word}`)).toEqual([
      expect.objectContaining({ value: undefined, text: word }),
    ]);
  });

  it('of any text never throws, and each value stands there', () => {
    const word = fc.oneof(
      fc.string(),
      fc.constantFrom('a=', "'b c'=", '1', '2.5', ';', 'U', '|', ' ', '\n', "'", 'e5', '%', 'ms'),
    );
    fc.assert(
      fc.property(fc.array(word), (words) => {
        const output = words.join('');
        for (const { value, text } of parsePerfdata(output)) {
          expect(output).toContain(text);
          if (value === undefined) continue;
          const number = /=([^;a-df-z%µ°]*)/i.exec(text.replace(/^'([^']|'')*'/, ''))?.[1];
          expect(Number(number)).toBe(value);
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('of a whole output of quotes is read in no time', () => {
    const began = performance.now();
    parsePerfdata(`ok|${"'a".repeat(32_000)}`);
    parsePerfdata(`ok|${"'".repeat(64_000)}`);
    parsePerfdata(`ok|${'a='.repeat(32_000)}`);
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});

describe('a number', () => {
  it.each([
    ['12', 12],
    ['-3', -3],
    ['+0.25', 0.25],
    ['.5', 0.5],
    ['5.', 5],
    ['1e-05', 0.00001],
    ['12.3456789012345678', 12.345678901234567],
    ['1000000000000000', 1e15],
  ])('%s', (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });

  it.each([
    '',
    ' ',
    '.',
    '-',
    '1 ',
    '1,5',
    '1 000',
    '0x1F',
    'NaN',
    'Infinity',
    '1e999',
    '5 users',
    '1\n2',
    '١',
    '1000000000000001',
    '1_000',
  ])('%j is none', (text) => {
    expect(parseNumber(text)).toBeUndefined();
  });

  it('is none that was not there, whatever the text', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.double().map(String)), (text) => {
        const number = parseNumber(text);
        if (number !== undefined) expect(number).toBe(Number(text));
      }),
      { numRuns: RUNS },
    );
  });
});
