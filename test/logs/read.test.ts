/** Lines of the three forms, of the thesis and of others come to the same kind of record. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bodyOf } from '../../src/logs/body.ts';
import { formOf, readLine } from '../../src/logs/read.ts';
import type { LogLine } from '../../src/logs/record.ts';
import { plainLine } from '../../src/sink/sender/plain-text.ts';
import { FORMS, madeLines } from '../support/made-logs.ts';
import { RUNS } from '../support/runs.ts';

const DATE = '1242232480 Wed May 13 18:34:40 CEST 2009';
const TIME_MS = 1_242_232_480_000;

function read(text: string | Buffer): LogLine {
  const bytes = Buffer.from(text);
  return readLine(bytes, formOf(bytes)).line();
}

const BARE = { timeMs: TIME_MS, fields: [], marks: [] };

describe('the text form', () => {
  it('gives the sender, the text, the fields and the sink’s notes', () => {
    const said = 'nii3: Requesting migration of VM: just moving [request=01J policy=db from=mln1]';
    expect(read(`${DATE} ${said} [peer=10.0.0.5 boot=6f seq=17 mark="claims nii9"]`)).toEqual({
      timeMs: TIME_MS,
      name: 'nii3',
      text: 'Requesting migration of VM: just moving',
      event: 'request',
      fields: [
        ['request', '01J'],
        ['policy', 'db'],
        ['from', 'mln1'],
      ],
      peer: '10.0.0.5',
      boot: '6f',
      seq: 17,
      marks: ['claims nii9'],
    });
  });

  it.each<[string, string, Partial<LogLine>]>([
    ['the thesis’s', 'nii3: Now using nii3.2.mln', { name: 'nii3', text: 'Now using nii3.2.mln' }],
    [
      'without fields',
      'nii3: Already at base [peer=::1]',
      { text: 'Already at base', peer: '::1' },
    ],
    ['of an earlier sink', 'a: Held: x [b=c]', { text: 'Held: x', fields: [['b', 'c']] }],
    [
      'cut by an earlier sink',
      'a: long [b=c] [cut: over the limit]',
      { text: 'long', fields: [['b', 'c']], marks: ['cut: over the limit'] },
    ],
    [
      'torn',
      'nii3: Arrived a [mark="torn: the sink was stopped"]',
      { text: 'Arrived a', marks: ['torn: the sink was stopped'] },
    ],
    ['an empty bracket', 'a: odd [x] [] [peer=b]', { text: 'odd [x]', fields: [], peer: 'b' }],
    ['quotes', 'a: b [c="d \\"e\\" ] [f=g" h=]', { text: 'b [c="d \\"e\\" ] [f=g" h=]' }],
    [
      'quoted values',
      'a: b [c="d [e=f] \\"\\\\" g=h]',
      {
        text: 'b',
        fields: [
          ['c', 'd [e=f] "\\'],
          ['g', 'h'],
        ],
      },
    ],
    ['its own time', 'a: b [at=2009-05-13T16:34:40.123Z]', { atMs: TIME_MS + 123, fields: [] }],
    ['no time', 'a: b [at=noon]', { fields: [['at', 'noon']] }],
    ['nameless', 'hello there [peer=10.0.0.5]', { name: '10.0.0.5', text: 'hello there' }],
    ['syslog', 'web1: sshd[214]: Accepted key', { name: 'web1', text: 'sshd[214]: Accepted key' }],
    [
      'a guest’s own “peer”',
      'a: b [peer=x value=1]',
      {
        text: 'b',
        fields: [
          ['peer', 'x'],
          ['value', '1'],
        ],
      },
    ],
    ['nothing', '', { name: '', text: '' }],
  ])('%s', (_, said, expected) => {
    expect(read(`${DATE} ${said}`)).toMatchObject({ timeMs: TIME_MS, ...expected });
  });

  it.each(['nothing of the kind', '1242232480', 'x 1242232480 Wed', '[peer=a]'])(
    '“%s” is no log line, and kept as its text',
    (line) => {
      expect(read(line)).toEqual({
        ...BARE,
        timeMs: undefined,
        name: '',
        text: line,
        event: 'other',
      });
    },
  );

  it('is what our sender wrote, whatever the values', () => {
    const value = fc.string({ unit: 'grapheme', maxLength: 20 });
    // `at` is told apart, where it is a time.
    const names = fc.stringMatching(/^[a-z_]{1,8}$/).filter((name) => name !== 'at');
    const field = fc.tuple(names, value);
    fc.assert(
      fc.property(fc.array(field, { maxLength: 5 }), value, (fields, text) => {
        const record = { timeMs: TIME_MS, vm: 'nii3', boot: 'b', seq: 1, text, fields };
        const line = read(`${DATE} ${plainLine(record, TIME_MS)} [peer=a boot=b seq=1]`);
        expect(line.name).toBe('nii3');
        expect(line.fields.length).toBe(fields.length);
        expect(line.peer).toBe('a');
      }),
      { numRuns: RUNS },
    );
  });
});

describe('each form', () => {
  const made = madeLines({
    guests: 3,
    hosts: 3,
    fromS: 1_242_232_480,
    toS: 1_242_260_000,
    everyS: 900,
  });

  it.each(['json', 'rfc5424'] as const)('%s says the same as the text form', (form) => {
    expect(made.length).toBeGreaterThan(50);
    for (const line of made) {
      const text = read(FORMS.text(line));
      const { atMs: _, priority, ...other } = read(FORMS[form](line));
      expect(other).toEqual(text);
      expect(priority).toBe(30);
    }
  });

  it('is shown as the text form is', () => {
    for (const line of made.slice(0, 20)) {
      const text = readLine(Buffer.from(FORMS.text(line)), 'text').body();
      expect(bodyOf(read(FORMS.json(line)))).toBe(text);
      expect(bodyOf(read(FORMS.rfc5424(line)))).toBe(text);
    }
  });

  it.each([
    ['{', 'json'],
    ['\n\n  {"time"', 'json'],
    ['<30>1 2009', 'rfc5424'],
    ['<30>Oct 1', 'text'],
    ['', 'text'],
    [DATE, 'text'],
  ])('is told by the first line: %j', (start, form) => {
    expect(formOf(Buffer.from(start))).toBe(form);
  });
});

describe('rfc5424', () => {
  it('of another program keeps its name and its own elements', () => {
    const data =
      '[origin ip="10.0.0.1" x="a\\]\\"b"][sink@32473 peer="::1" received="2009-05-13T16:34:42Z" mark="m"]';
    expect(read(`<13>1 2009-05-13T18:34:40+02:00 web1 sshd 214 - ${data} Accepted`)).toMatchObject({
      timeMs: TIME_MS + 2000,
      atMs: TIME_MS,
      name: 'web1',
      text: 'sshd[214]: Accepted',
      fields: [
        ['origin.ip', '10.0.0.1'],
        ['origin.x', 'a]"b'],
      ],
      priority: 13,
      marks: ['m'],
    });
  });

  it.each([
    '<999>1 2009-05-13T18:34:40Z a b - - - x',
    '<30>1 2009-05-13T18:34:40Z a b - - [x x',
    '<30>1 2009-05-13T18:34:40Z a b - - [x y="z]',
    '<30>1 2009-05-13T18:34:40Z a b - -',
  ])('“%s” is none', (line) => {
    expect(read(line)).toMatchObject({ timeMs: undefined, text: line });
  });
});

describe('json', () => {
  it.each(['{"time":1}', '{', '{"time":"yesterday"}', '{"a":[[[[[['])(
    '“%s” is no log line',
    (line) => {
      expect(read(line)).toMatchObject({ timeMs: undefined, text: line });
    },
  );

  it('takes only what it should be, and spells out what can’t be seen', () => {
    const time = '2009-05-13T16:34:40Z';
    const odd = {
      time,
      name: 7,
      text: 'a\u001b[2J\u202e',
      seq: -1,
      marks: [1, 'm'],
      fields: { a: {}, b: '\n' },
    };
    expect(read(JSON.stringify(odd))).toEqual({
      ...{ timeMs: TIME_MS, name: '', text: 'a\\x1b[2J\\xe2\\x80\\xae', event: 'other' },
      ...{ fields: [['b', '\\x0a']], marks: ['m'] },
    });
  });
});

describe('a plain line', () => {
  const said = 'Arrived at mln2 after 3 s [request=R1 at=2009-05-13T16:34:00.000Z]';
  const time = '2009-05-13T16:34:40.000Z';
  const expected = {
    ...{ timeMs: TIME_MS, name: 'nii1', text: 'Arrived at mln2 after 3 s', event: 'moved' },
    ...{ fields: [['request', 'R1']], atMs: TIME_MS - 40_000, peer: '::1' },
  };

  it.each([
    ['text', `${DATE} nii1: ${said} [peer=::1]`],
    ['json', JSON.stringify({ time, name: 'nii1', peer: '::1', priority: 30, text: said })],
    ['rfc5424', `<30>1 ${time} nii1 - - - [sink@32473 peer="::1" received="${time}"] ${said}`],
  ])('has its fields in its text, also in %s', (_, line) => {
    expect(read(line)).toMatchObject(expected);
  });
});

describe('any bytes', () => {
  it('are read without a word, and hold nothing that a terminal would obey', () => {
    const start = fc.constantFrom(
      `${DATE} nii3: `,
      '{"time":"',
      '<30>1 2009-05-13T18:34:40Z a ',
      '',
    );
    fc.assert(
      fc.property(start, fc.uint8Array({ maxLength: 200 }), (head, tail) => {
        const bytes = Buffer.concat([Buffer.from(head), tail]);
        const seen = readLine(bytes, formOf(bytes));
        const shown = [seen.whole ?? '', seen.body(), JSON.stringify(seen.line().fields)].join('');
        expect(shown).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
      }),
      { numRuns: 4 * RUNS },
    );
  });

  it('of a hundred megabytes are read as far as they may go, soon', () => {
    const long = Buffer.alloc(100 * 1024 * 1024, ' [a="');
    long.write(`${DATE} nii3: `);
    const began = performance.now();
    expect(readLine(long, 'text').line().text.length).toBeLessThan(2 ** 20);
    expect(performance.now() - began).toBeLessThan(1000);
  });

  it.each([' [', ' [a=', ' [a="', '\\" [a="', ' [a=b]', ']', '"'])(
    'that repeat %j to a bound aren’t read over and over',
    (piece) => {
      const line = `${DATE} a: ${piece.repeat(2 ** 20 / piece.length - 100)}]`;
      const began = performance.now();
      read(line.slice(0, 2 ** 20 - 1));
      read(`${line.slice(0, 2 ** 20 - 1)}]`);
      expect(performance.now() - began).toBeLessThan(2000);
    },
  );
});
