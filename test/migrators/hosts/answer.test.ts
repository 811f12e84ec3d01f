/** What hosts say, and what of it is believed. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ANSWER_MAX_BYTES,
  capacityOf,
  type HostAnswer,
  type Parsed,
  parseAnswer,
  transferOf,
  vetoOf,
  whereOf,
} from '../../../src/migrators/hosts/answer.ts';

const REQUEST = '01JH0000000000000000000000';
const HEAD = 'vmmanage-host=1\nhost=xen1\n';

function parse(text: string): Parsed {
  return parseAnswer(Buffer.from(text, 'latin1'));
}

function answer(body: string): HostAnswer {
  const parsed = parse(`${HEAD}${body}`);
  if ('wrong' in parsed) throw new Error(parsed.wrong);
  return parsed;
}

describe('an answer', () => {
  it('is its version, its host and its values', () => {
    const { host, values } = answer('here=yes\nsince=1795273200\n');
    expect(host).toBe('xen1');
    expect(Object.fromEntries(values)).toEqual({ host: 'xen1', here: 'yes', since: '1795273200' });
  });

  it('may hold keys that nobody here knows', () => {
    expect(whereOf(answer('weather=fine, 20 C\nhere=no\n'))).toEqual({ here: 'no' });
  });

  it('holds values of 300 characters and no more', () => {
    expect('wrong' in parse(`${HEAD}reason=${'x'.repeat(300)}\n`)).toBe(false);
    expect(parse(`${HEAD}reason=${'x'.repeat(301)}\n`)).toEqual({
      wrong: 'has a line of another shape',
    });
  });

  const wrong = (text: string) => (parse(text) as { wrong: string }).wrong;
  it.each([
    ['nothing', '', 'says what vmmanage-host would not'],
    ['a shell’s error', 'sh: 1: not found\n', 'says what vmmanage-host would not'],
    ['a banner before it', `Welcome!\n${HEAD}`, 'says what vmmanage-host would not'],
    ['a version to come', 'vmmanage-host=2\nhost=xen1\n', 'another version of vmmanage-host, 2'],
    ['a cut line', `${HEAD}here=y`, 'only a part of its answer'],
    ['a cut head', 'vmmanage-host=1', 'only a part of its answer'],
    ['no host', 'vmmanage-host=1\nhere=yes\n', "doesn't say which host it is"],
    ['a host in another line', 'vmmanage-host=1\nhere=no\nhost=x\n', "doesn't say which host"],
    ['a line without =', `${HEAD}here\n`, 'a line of another shape'],
    ['an empty line', `${HEAD}\nhere=yes\n`, 'a line of another shape'],
    ['a carriage return', `${HEAD}here=yes\r\n`, 'a line of another shape'],
    ['a control character', `${HEAD}reason=\x1b[2J\n`, 'a line of another shape'],
    ['a letter beyond ASCII', `${HEAD}reason=\xe5\n`, 'a line of another shape'],
    ['the same key twice', `${HEAD}here=yes\nhere=no\n`, 'says here= twice'],
    ['more than is read', `${HEAD}${'a=b\n'.repeat(5000)}`, 'says too much'],
  ])('with %s is none', (_, text, why) => {
    expect(wrong(text)).toContain(why);
  });

  it('of any bytes is read or refused, without a throw, and gives nothing that isn’t there', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 2000 }),
      fc.string({ unit: 'binary', maxLength: 500 }).map((text) => Buffer.from(`${HEAD}${text}`)),
      fc
        .array(fc.constantFrom('here=', 'yes', 'state=', 'up', '\n', '=', 'percent=', '101', ' '))
        .map((parts) => Buffer.from(`${HEAD}${parts.join('')}`)),
    );
    fc.assert(
      fc.property(bytes, (given) => {
        const parsed = parseAnswer(given);
        if ('wrong' in parsed) return;
        const text = Buffer.from(given).toString('latin1');
        const here = whereOf(parsed)?.here;
        if (here !== undefined) expect(text).toMatch(new RegExp(`\nhere= *${here} *\n`));
        const state = capacityOf(parsed)?.state;
        if (state !== undefined) expect(text).toMatch(new RegExp(`\nstate= *${state} *\n`));
        expect(transferOf(parsed, REQUEST)).toBeUndefined();
      }),
      { numRuns: process.env['LONG'] ? 100_000 : 3000 },
    );
  });

  it('cut anywhere is none, or is a whole one before the cut', () => {
    const whole = `${HEAD}request=${REQUEST}\nstate=failed\nreason=no memory\n`;
    for (let length = 0; length < whole.length; length += 1) {
      const parsed = parse(whole.slice(0, length));
      if ('wrong' in parsed) continue;
      expect(whole.slice(0, length)).toMatch(/\n$/);
      const said = transferOf(parsed, REQUEST);
      if (said) expect(said.state).toBe('failed');
    }
  });

  it(`is never longer than ${ANSWER_MAX_BYTES} bytes`, () => {
    const line = `a=${'x'.repeat(97)}\n`;
    const lines = (n: number) =>
      Array.from({ length: n }, (_, i) => line.replace('a', `k${i}`)).join('');
    expect('wrong' in parse(`${HEAD}${lines(150)}`)).toBe(false);
    expect(parse(`${HEAD}${lines(170)}`)).toEqual({ wrong: 'says too much' });
  });
});

describe('where', () => {
  it.each(['yes', 'no', 'incoming', 'leaving'])('is told as %s', (here) => {
    expect(whereOf(answer(`here=${here}\n`))).toEqual({ here });
  });

  it.each(['here=maybe\n', 'here=\n', 'here=YES\n', 'since=1\n', ''])(
    'is not told by %j',
    (body) => {
      expect(whereOf(answer(body))).toBeUndefined();
    },
  );

  it('tells since when, and where it goes', () => {
    const body = `here=yes\nsince=1795273200\nrequest=${REQUEST}\ntarget=xen2\n`;
    expect(whereOf(answer(body))).toEqual({ here: 'yes', since: 1795273200, target: 'xen2' });
    expect(whereOf(answer('here=yes\nsince=-1\n'))).toEqual({ here: 'yes' });
  });
});

describe('capacity', () => {
  it('tells what counts for a move', () => {
    const body = 'state=up\nfree_mem_mb=512\nload=0.10\nout=0\nmax_out=1\nin=1\nmax_in=2\n';
    expect(capacityOf(answer(body))).toEqual({ state: 'up', in: 1, maxIn: 2, out: 0, maxOut: 1 });
  });

  it('holds without a reason too', () => {
    const said = capacityOf(answer('state=up\nhold=\nretry_after=600\n'));
    expect(said).toEqual({ state: 'up', hold: 'no reason given', retryAfterS: 600 });
  });

  it.each(['state=on\n', 'in=0\n'])('is not told by %j', (body) => {
    expect(capacityOf(answer(body))).toBeUndefined();
  });
});

describe('what became of a request', () => {
  it.each(['accepted', 'moving', 'done', 'failed', 'cancelled', 'unknown'])('is %s', (state) => {
    expect(transferOf(answer(`request=${REQUEST}\nstate=${state}\n`), REQUEST)).toEqual({ state });
  });

  it('is told of that request alone', () => {
    const other = `request=${REQUEST.replace('H', 'J')}\nstate=done\n`;
    expect(transferOf(answer(other), REQUEST)).toBeUndefined();
    expect(transferOf(answer('state=done\n'), REQUEST)).toBeUndefined();
  });

  it('has a percentage of 0 to 100', () => {
    const percent = (text: string) =>
      transferOf(answer(`request=${REQUEST}\nstate=moving\npercent=${text}\n`), REQUEST)?.percent;
    expect(['0', '45', '100', '101', '-1', '4.5', 'all'].map(percent)).toEqual([
      ...[0, 45, 100],
      ...[undefined, undefined, undefined, undefined],
    ]);
  });
});

describe('a veto', () => {
  it('says what, why and until when', () => {
    const body = 'veto=hold\nreason=maintenance of the storage\nretry_after=600\n';
    expect(vetoOf(answer(body))).toEqual({
      ...{ veto: 'hold', reason: 'maintenance of the storage', retryAfterS: 600 },
    });
    expect(vetoOf(answer('veto=stay\n'))).toEqual({ veto: 'stay', reason: 'no reason given' });
  });

  it.each(['reason=no\n', 'veto=\n', 'veto=two words\n'])('is not told by %j', (body) => {
    expect(vetoOf(answer(body))).toBeUndefined();
  });
});
