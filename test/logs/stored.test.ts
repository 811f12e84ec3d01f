/** What a sink writes in each of its forms is read back as it came. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formOf as readForm, readLine } from '../../src/logs/read.ts';
import { fieldsObject } from '../../src/logs/record.ts';
import { escapeText } from '../../src/sink/escape.ts';
import type { Arrival } from '../../src/sink/receiver/arrival.ts';
import { formOf } from '../../src/sink/receiver/store/form.ts';
import { FORMATS } from '../../src/sink/receiver/store/formats.ts';
import { arrival } from '../sink/receiver/store/arrivals.ts';
import { RUNS } from '../support/runs.ts';

const word = (max: number) =>
  fc.stringMatching(new RegExp(`^[A-Za-z][A-Za-z0-9_-]{0,${max - 1}}$`));
const fieldName = fc.oneof(
  word(32).filter((name) => !['boot', 'seq', 'at'].includes(name)),
  fc.tuple(word(26), word(32)).map(([id, name]) => `${id}@32473.${name}`),
);
const value = fc.string({ unit: 'grapheme', maxLength: 40 }).map(escapeText);
const fields = fc.array(fc.tuple(fieldName, value), { maxLength: 8 });

it.each(FORMATS)(
  'in the form %s, with names of other programs and names that come twice',
  (format) => {
    const write = formOf(format, 'Europe/Oslo');
    fc.assert(
      fc.property(fields, fc.nat(1_000_000), (given, seq) => {
        const came: Arrival = arrival({ fields: [...given, ...given.slice(0, 1)], seq });
        const bytes = Buffer.from(write(came).trimEnd());
        const line = readLine(bytes, readForm(bytes)).line();
        expect(line).toMatchObject({ name: came.name, text: came.text, peer: came.peer, seq });
        expect(fieldsObject(line.fields)).toEqual(fieldsObject(came.fields));
      }),
      { numRuns: RUNS },
    );
  },
);
