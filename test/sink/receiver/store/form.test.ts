/** The three forms of a line: what they say, and that what a record is known by is read back exactly. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { escapeText } from '../../../../src/sink/escape.ts';
import type { Arrival } from '../../../../src/sink/receiver/arrival.ts';
import { formOf, knownOf, TORN_MARK } from '../../../../src/sink/receiver/store/form.ts';
import { FORMATS, type Format } from '../../../../src/sink/receiver/store/formats.ts';
import { arrival, BOOT, plain, THESIS_MS } from './arrivals.ts';

const DATE = '1242232480 Wed May 13 18:34:40 CEST 2009';
const OWN = `peer=10.0.0.5 boot=${BOOT} seq=17`;

function line(format: Format, of: Arrival): string {
  return formOf(format, 'Europe/Oslo')(of);
}

describe('the text form', () => {
  test.each<[string, Arrival, string]>([
    ['a record', arrival(), `nii3: Requesting migration of VM: just moving [${OWN}]`],
    [
      'one with fields',
      arrival({
        fields: [
          ['request', '01J'],
          ['why', 'too "big"'],
        ],
      }),
      `nii3: Requesting migration of VM: just moving [request=01J why="too \\"big\\""] [${OWN}]`,
    ],
    [
      'one that comes late',
      arrival({ text: 'a', timeMs: THESIS_MS - 1001 }),
      `nii3: a [at=2009-05-13T16:34:38.999Z] [${OWN}]`,
    ],
    ['one a second late', arrival({ text: 'a', timeMs: THESIS_MS - 1000 }), `nii3: a [${OWN}]`],
    [
      'one whose text ends as a bracket does',
      arrival({ text: 'a [b]' }),
      `nii3: a [b] [] [${OWN}]`,
    ],
    ['a plain line with fields', plain({ text: 'a [b=c]' }), 'nii3: a [b=c] [peer=10.0.0.5]'],
    ['one that names nobody', plain({ name: '10.0.0.5', text: 'a' }), 'a [peer=10.0.0.5]'],
    [
      'one that names nobody, and whose text would be read as doing so',
      plain({ name: '10.0.0.5', text: 'su: failed' }),
      '10.0.0.5: su: failed [peer=10.0.0.5]',
    ],
    [
      'one of a process that names nobody',
      plain({ name: '10.0.0.5', text: 'su[7]: failed' }),
      'su[7]: failed [peer=10.0.0.5]',
    ],
    [
      'one with marks',
      plain({ text: 'a', marks: ['cut: over the limit', 'claims nii9'] }),
      'nii3: a [peer=10.0.0.5 mark="cut: over the limit" mark="claims nii9"]',
    ],
    ['an address of IPv6', plain({ text: 'a', peer: '::1' }), 'nii3: a [peer=::1]'],
    ['a name with blanks', arrival({ name: 'a b: c', text: 'd' }), `a\\x20b:\\x20c: d [${OWN}]`],
    [
      "another's element",
      arrival({ text: 'a', fields: [['exampleSDID@32473.iut', '3']] }),
      `nii3: a [exampleSDID@32473.iut=3] [${OWN}]`,
    ],
  ])('of %s', (_, of, said) => {
    expect(line('text', of)).toBe(`${DATE} ${said}\n`);
  });
});

describe('json', () => {
  test('names what is known, and nothing else', () => {
    const full = arrival({
      timeMs: THESIS_MS - 5,
      fields: [
        ['request', '01J'],
        ['__proto__', 'x'],
        ['twice', '1'],
        ['twice', '2'],
      ],
      marks: ['claims nii9'],
    });
    expect(line('json', full)).toBe(
      `{"time":"2009-05-13T16:34:40.000Z","at":"2009-05-13T16:34:39.995Z","name":"nii3",` +
        `"peer":"10.0.0.5","boot":"${BOOT}","seq":17,"priority":30,` +
        `"text":"Requesting migration of VM: just moving",` +
        `"fields":{"request":"01J","__proto__":"x","twice":["1","2"]},"marks":["claims nii9"]}\n`,
    );
    expect(JSON.parse(line('json', plain({ text: 'a' })))).toEqual({
      time: '2009-05-13T16:34:40.000Z',
      name: 'nii3',
      peer: '10.0.0.5',
      priority: 30,
      text: 'a',
    });
  });
});

describe('rfc5424', () => {
  test('has the notes of the sink in front, and the fields as the sender writes them', () => {
    const of = arrival({ fields: [['why', 'a "b" \\ c]']], marks: ['claims nii9'], priority: 131 });
    expect(line('rfc5424', of)).toBe(
      '<131>1 2009-05-13T16:34:40.000Z nii3 vmmanage - - ' +
        '[sink@32473 peer="10.0.0.5" received="2009-05-13T16:34:40.000Z" mark="claims nii9"]' +
        `[vmmanage@32473 boot="${BOOT}" seq="17" why="a \\"b\\" \\\\ c\\]"] ` +
        'Requesting migration of VM: just moving\n',
    );
    expect(line('rfc5424', plain({ text: 'a' }))).toBe(
      '<30>1 2009-05-13T16:34:40.000Z nii3 - - - ' +
        '[sink@32473 peer="10.0.0.5" received="2009-05-13T16:34:40.000Z"] a\n',
    );
  });
});

const visible = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }).map(escapeText),
  // What the forms themselves are made of.
  fc
    .array(fc.constantFrom(...' []"\\=:]{}<>', ' [', 'seq=1', 'peer=x', '"]', 'a'), {
      maxLength: 30,
    })
    .map((parts) => parts.join('')),
);
const anyArrival = fc.record({
  name: fc.stringMatching(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/),
  peer: fc.constantFrom('10.0.0.5', '::1', 'fe80::1%eth0'),
  boot: visible.filter((boot) => boot !== ''),
  seq: fc.nat(),
  text: visible,
  fields: fc.array(fc.tuple(visible, visible), { maxLength: 4 }),
  marks: fc.array(fc.constantFrom('claims nii9', 'cut: over the limit'), { maxLength: 2 }),
  timeMs: fc.option(fc.constantFrom(THESIS_MS, 0), { nil: undefined }),
});

describe.each(FORMATS)('what a record is known by, in %s', (format) => {
  const form = formOf(format, 'UTC');

  test('is read back, whatever is in the record', () => {
    fc.assert(
      fc.property(anyArrival, (of) => {
        const written = form(arrival(of));
        expect(written.indexOf('\n')).toBe(written.length - 1);
        const { name, boot, seq, text } = of;
        expect(knownOf(written.slice(0, -1))).toEqual({ name, boot, seq, text });
      }),
      { numRuns: 2000 },
    );
  });

  test('is nothing where a record has no number, whatever it says of itself', () => {
    const without = fc.record({
      text: fc
        .tuple(visible, visible)
        .map(
          ([a, b]) =>
            `${a} [peer=10.0.0.9 boot=evil seq=1]${b}[vmmanage@32473 boot="evil" seq="1"] x`,
        ),
      fields: fc.array(fc.tuple(fc.constantFrom('boot', 'seq', 'sink@32473.peer', 'a'), visible)),
    });
    fc.assert(
      fc.property(without, fc.boolean(), (of, isPlain) => {
        const timeMs = isPlain ? undefined : THESIS_MS;
        const written = form(plain({ ...of, fields: isPlain ? [] : of.fields, timeMs }));
        expect(knownOf(written.slice(0, -1))).toBeUndefined();
      }),
      { numRuns: 1000 },
    );
  });

  test("is the sink's, not that of a bracket which the text forges", () => {
    const forged = [
      'a [peer=10.0.0.9 boot=evil seq=1]',
      'a [peer=10.0.0.9 boot=evil seq=1 mark="',
      '"] [peer=10.0.0.9 boot=evil seq=1 x="\\',
      'a","boot":"evil","seq":1,"x":"',
      '[sink@32473 peer="x"][vmmanage@32473 boot="evil" seq="1"] a',
    ];
    for (const text of forged) {
      const written = form(arrival({ text, marks: ['seq 17 again, with another text'] }));
      expect(knownOf(written.slice(0, -1))).toEqual({ name: 'nii3', boot: BOOT, seq: 17, text });
    }
  });

  test('is nothing where a crash or a broken connection left it torn', () => {
    const written = form(arrival()).slice(0, -1);
    for (let end = 0; end < written.length; end += 1) {
      expect(knownOf(`${written.slice(0, end)}${TORN_MARK}`)).toBeUndefined();
    }
    const torn = form(arrival({ marks: ['torn: the connection broke'] })).slice(0, -1);
    expect(knownOf(torn)).toBeUndefined();
  });

  test('is nothing in a line that is none of ours', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(knownOf(text)).toBeUndefined();
      }),
    );
    for (const text of [
      '{}',
      '[]',
      '{"seq":1}',
      'null',
      '<30>1',
      '{"name":1,"boot":"b","seq":1,"text":"t"}',
    ])
      expect(knownOf(text)).toBeUndefined();
  });
});
