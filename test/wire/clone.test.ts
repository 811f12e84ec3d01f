/** The documents of home and its clone: read back as they were written, and nothing else for one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type CloneDocument,
  formatDocument,
  type HandedQueues,
  type Posted,
  parseCloneDocument,
  parsePosted,
} from '../../src/wire/clone.ts';

const ABOUT = { vm: 'db7', request: '01JH0000000000000000000000' };
const QUEUES: HandedQueues = {
  builds: {
    claim: {
      ...{ id: '01JC', time: '2026-11-21T09:00:00.000Z', vm: 'db7' },
      url: 'https://ci.example.org/builds',
      done: { ok: ['abc', 'abc.2'], refused: ['d'] },
      failures: { e: 1 },
      losses: {},
    },
    last: { time: '2026-11-20T09:00:00.000Z', claim: '01JB', ok: 3, failed: 0, set_aside: 1 },
  },
  empty: {},
};
const POSTED: readonly Posted[] = [
  { what: 'reported', ...ABOUT, instance: 'i-1', boot: 'b' },
  { what: 'handover', ...ABOUT, instance: 'i-1', queues: QUEUES },
  { what: 'handback', ...ABOUT, queues: {} },
  { what: 'taken', ...ABOUT, reason: 'handed back' },
];
const CLONE: CloneDocument = {
  ...{ what: 'clone', ...ABOUT, host: 'aws', home: 'xen1' },
  mailbox: 'https://dav.example.org/clones/',
};

describe('a document', () => {
  it.each(POSTED)('$what is read back', (document) => {
    expect(parsePosted(formatDocument(document), document.what, ABOUT)).toEqual(document);
  });

  it('of the user-data is read back', () => {
    expect(parseCloneDocument(formatDocument(CLONE))).toEqual(CLONE);
  });

  it.each(POSTED)('$what is none for another guest, request or kind', (document) => {
    const text = formatDocument(document);
    expect(parsePosted(text, document.what, { ...ABOUT, vm: 'db8' })).toBeUndefined();
    expect(parsePosted(text, document.what, { ...ABOUT, request: '01JX' })).toBeUndefined();
    for (const { what } of POSTED) {
      if (what !== document.what) expect(parsePosted(text, what, ABOUT)).toBeUndefined();
    }
  });

  it.each([...POSTED, CLONE])(
    '$what is none with a field less, more or of another kind',
    (document) => {
      const whole = JSON.parse(formatDocument(document)) as Record<string, unknown>;
      const parse = (value: object) => {
        const text = JSON.stringify(value);
        return document.what === 'clone'
          ? parseCloneDocument(text)
          : parsePosted(text, document.what, ABOUT);
      };
      expect(parse(whole)).toBeDefined();
      for (const name of Object.keys(whole)) {
        const { [name]: _, ...less } = whole;
        expect(parse(less)).toBeUndefined();
        expect(parse({ ...whole, [name]: [1] })).toBeUndefined();
      }
      expect(parse({ ...whole, more: 1 })).toBeUndefined();
      expect(parse({ ...whole, v: 2 })).toBeUndefined();
    },
  );

  it.each([
    ['a job’s name with a slash', { done: { ok: ['../x'] } }],
    ['an end that isn’t one', { done: { well: ['x'] } }],
    ['a run that isn’t a number', { failures: { x: '1' } }],
    ['runs beyond all bounds', { losses: { x: 1e9 } }],
    ['a claim with a blank', { id: 'a b' }],
  ])('with %s is none', (_, wrong) => {
    const claim = { ...QUEUES['builds']?.claim, ...wrong };
    const document = {
      v: 1,
      what: 'handover',
      ...ABOUT,
      instance: 'i-1',
      queues: { builds: { claim } },
    };
    expect(parsePosted(JSON.stringify(document), 'handover', ABOUT)).toBeUndefined();
  });

  it('is never made of anything that comes, and nothing makes the parser throw', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        for (const { what } of POSTED) expect(parsePosted(text, what, ABOUT)).toBeUndefined();
        expect(parseCloneDocument(text)).toBeUndefined();
      }),
    );
  });
});
