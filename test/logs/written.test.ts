/** What the sink writes, in each of its forms, is what is read of it. */
import { describe, expect, it } from 'vitest';
import { readLine } from '../../src/logs/read.ts';
import type { Arrival } from '../../src/sink/receiver/arrival.ts';
import { formOf } from '../../src/sink/receiver/store/form.ts';
import { FORMATS, type Format } from '../../src/sink/receiver/store/formats.ts';
import { arrival, BOOT, plain } from '../sink/receiver/store/arrivals.ts';

function reread(format: Format, of: Arrival) {
  const line = formOf(format, 'UTC')(of);
  return readLine(Buffer.from(line.slice(0, -1)), format).line();
}

describe.each(FORMATS)('a record in %s', (format) => {
  it.each<[string, Partial<Arrival>]>([
    ['without more', {}],
    [
      'with fields',
      {
        fields: [
          ['request', '01J'],
          ['why', 'too "big" [\\]'],
        ],
      },
    ],
    ["with another program's element", { fields: [['exampleSDID@32473.iut', '3']] }],
    [
      'with the longest names',
      {
        fields: [
          [`${'i'.repeat(31)}.`, ''],
          ['x'.repeat(32), 'y'],
        ],
      },
    ],
    [
      'with a name that comes again',
      {
        fields: [
          ['a', '1'],
          ['a', '2'],
          ['a', '3'],
        ],
      },
    ],
    [
      'with very many fields',
      { fields: Array.from({ length: 2000 }, (_, i) => [`f${i}`, `${i} %`] as const) },
    ],
    ['with brackets in its boot', { boot: ' ['.repeat(32) }],
    ['with marks', { marks: ['cut: over the limit', 'claims nii9'] }],
    [
      'with brackets in its text',
      { text: 'a [b=c] [peer=6.6.6.6 boot=x seq=1]', fields: [['d', 'e']] },
    ],
  ])('%s', (_, of) => {
    const { boot = BOOT, text = 'Starting VMManage', fields = [], marks = [] } = of;
    expect(reread(format, arrival({ boot, text, fields, marks }))).toMatchObject({
      ...{ name: 'nii3', peer: '10.0.0.5', seq: 17, boot },
      ...{ text, fields, marks },
    });
  });

  it('of one that names nobody, whatever its text begins with', () => {
    const of = plain({ name: '10.0.0.5', text: 'su: failed' });
    expect(reread(format, of)).toMatchObject({ name: '10.0.0.5', text: 'su: failed' });
  });
});
