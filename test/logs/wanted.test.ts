/** Filters, and that searching bytes first finds just what reading every line would. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readLine } from '../../src/logs/read.ts';
import type { Form } from '../../src/logs/record.ts';
import { eachLine } from '../../src/logs/scan.ts';
import { needlesOf, type Wanted, wants } from '../../src/logs/wanted.ts';
import { FORMS, madeLines } from '../support/made-logs.ts';
import { RUNS } from '../support/runs.ts';

const MADE = madeLines({
  guests: 12,
  hosts: 3,
  fromS: 1_242_232_480,
  toS: 1_242_260_000,
  everyS: 1800,
});
const FORM_NAMES = Object.keys(FORMS) as Form[];

function select(
  block: Buffer,
  form: Form,
  wanted: Wanted,
  how: 'search' | 'read every' = 'search',
) {
  const found: string[] = [];
  const needles = how === 'search' ? needlesOf(wanted, form) : undefined;
  eachLine(block, needles, (bytes) => {
    const seen = readLine(bytes, form);
    if (wants(wanted, seen)) found.push(seen.body());
  });
  return found;
}

const bytesOf = (form: Form) => Buffer.from(MADE.map((line) => `${FORMS[form](line)}\n`).join(''));

describe.each(FORM_NAMES)('in %s', (form) => {
  const block = bytesOf(form);

  it.each<[string, Wanted, (line: (typeof MADE)[number]) => boolean]>([
    ['a host', { hosts: new Set(['nii1']) }, ({ name }) => name === 'nii1'],
    ['two', { hosts: new Set(['nii1', 'nii12']) }, ({ name }) => /^nii12?$/.test(name)],
    ['no host', { hosts: new Set(['nii']) }, () => false],
    ['an event', { events: new Set(['moved']) }, ({ text }) => text.startsWith('Arrived')],
    ['others’', { events: new Set(['other']) }, () => false],
    [
      'a policy',
      { policies: new Set(['db']) },
      ({ fields }) => fields.join().includes('policy,db'),
    ],
    ['a request', { request: 'R003N00002' }, ({ fields }) => fields.join().includes('R003N00002')],
    ['a part of one', { request: 'R003N0000' }, () => false],
    [
      'a text',
      { grep: 'nii3: Req' },
      ({ name, text }) => name === 'nii3' && text.startsWith('Req'),
    ],
    [
      'fields',
      { grep: 'from=mln2 to=mln3' },
      ({ fields }) => /from,mln2,to,mln3/.test(fields.join()),
    ],
    ['since', { sinceMs: 1_242_250_000_000 }, ({ epochS }) => epochS >= 1_242_250_000],
    ['until', { untilMs: 1_242_250_000_000 }, ({ epochS }) => epochS <= 1_242_250_000],
    [
      'all together',
      {
        hosts: new Set(['nii3']),
        events: new Set(['request', 'failed']),
        sinceMs: 1_242_240_000_000,
      },
      ({ name, text, epochS }) =>
        name === 'nii3' && /^Req|^Move/.test(text) && epochS >= 1_242_240_000,
    ],
  ])('finds those of %s', (_, wanted, expected) => {
    const found = select(block, form, wanted);
    expect(found.length).toBe(MADE.filter(expected).length);
    expect(found).toEqual(select(block, form, wanted, 'read every'));
  });

  it('searching first loses nothing', () => {
    const some = (values: string[]) =>
      fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 });
    const set = (values: string[]) => some(values).map((each) => new Set(each));
    const shown = select(block, form, {}, 'read every');
    const piece = fc.tuple(fc.constantFrom(...shown), fc.nat(60), fc.integer({ min: 1, max: 12 }));
    const any = fc.record(
      {
        hosts: set(['nii1', 'nii2', 'nii12', '10.0.0.5', 'mln1', 'a b']),
        events: set(['request', 'moved', 'held', 'other', 'started']) as fc.Arbitrary<
          NonNullable<Wanted['events']>
        >,
        policies: set(['db', 'web', 'x"y']),
        request: fc.constantFrom('R001N00001', 'R002N00003', 'no'),
        grep: piece
          .map(([line, from, length]) => line.slice(from, from + length))
          .filter((t) => t !== ''),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(any, (wanted) => {
        expect(select(block, form, wanted)).toEqual(select(block, form, wanted, 'read every'));
      }),
      { numRuns: RUNS / 10 },
    );
  });
});

it.each(FORM_NAMES)('a text that is part of what can’t be seen is found: %s', (form) => {
  const odd = MADE.slice(0, 3).map((line, index) => ({
    ...line,
    text: ['\u0007from\u0007', 'ab\u202ecd\u202e', 'x\u009bx'][index] ?? '',
  }));
  const block = Buffer.from(odd.map((line) => `${FORMS[form](line)}\n`).join(''));
  for (const shown of select(block, form, {}, 'read every')) {
    const text = shown.slice('nii1: '.length, shown.indexOf(' [peer'));
    for (let from = 0; from < text.length; from += 1) {
      for (let to = from + 1; to <= text.length; to += 1) {
        const grep = text.slice(from, to);
        const every = select(block, form, { grep }, 'read every');
        expect([grep, select(block, form, { grep })]).toEqual([grep, every]);
      }
    }
  }
});

it('who has no name is found by its address', () => {
  const line = '1242232480 Wed May 13 18:34:40 CEST 2009 hello [peer=10.0.0.5]\n';
  const found = (host: string) => select(Buffer.from(line), 'text', { hosts: new Set([host]) });
  expect([found('10.0.0.5').length, found('10.0.0.55').length, found('hello').length]).toEqual([
    1, 0, 0,
  ]);
});

describe('lines of a block', () => {
  const linesOf = (text: string, ...needles: string[]) => {
    const found: string[] = [];
    const all = needles.map((needle) => Buffer.from(needle));
    eachLine(Buffer.from(text), all.length > 0 ? all : undefined, (line) =>
      found.push(line.toString()),
    );
    return found;
  };

  it.each<[string, string[], string[]]>([
    ['a\nb\n\nc', [], ['a', 'b', 'c']],
    ['', [], []],
    ['\n\n', [], []],
    ['xa\nb\nax\n', ['a'], ['xa', 'ax']],
    ['aa aa\naa', ['a'], ['aa aa', 'aa']],
    ['ab\nba\ncc', ['a', 'b'], ['ab', 'ba']],
    ['a\n', ['b'], []],
  ])('%j with %j: %j', (text, needles, expected) => {
    expect(linesOf(text, ...needles)).toEqual(expected);
  });

  it('are those that a naive search finds', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', 'c', '\n'), maxLength: 60 });
    const needle = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(text, fc.array(needle, { minLength: 1, maxLength: 3 }), (all, needles) => {
        const naive = all.split('\n').filter((line) => needles.some((each) => line.includes(each)));
        expect(linesOf(all, ...needles)).toEqual(naive);
      }),
      { numRuns: RUNS },
    );
  });
});
