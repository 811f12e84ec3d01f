/** A page's text to jobs: what is one, what is set aside, and that nothing on it makes a number up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type JobLine, parseLine, parsePage, type QueuePage } from '../../src/jobs/page.ts';
import { RUNS } from '../support/runs.ts';

function page(text: string | Uint8Array, maxJobs = 1000): QueuePage {
  const parsed = parsePage(Buffer.from(text as string), maxJobs);
  if ('problem' in parsed) throw new Error(parsed.problem);
  return parsed;
}

function payloads(text: string): (string | undefined)[] {
  const bytes = Buffer.from(text);
  return page(text).jobs.map(
    ({ from, to }) => (parseLine(bytes.subarray(from, to)) as JobLine).payload,
  );
}

describe('a line', () => {
  it.each([
    ['as in the thesis', 'grade a = 2+2', { grade: 'a', payload: '2+2' }],
    ['without blanks', 'grade a=2+2', { grade: 'a', payload: '2+2' }],
    ['with an equals sign in its payload', 'grade b = x=1;x', { grade: 'b', payload: 'x=1;x' }],
    ['without blanks, and with one', 'grade b=x=1', { grade: 'b', payload: 'x=1' }],
    [
      'with what a shell would run',
      'grade a = $(id); `id`',
      { grade: 'a', payload: '$(id); `id`' },
    ],
    ['as JSON', '{"grade":"a","payload":"x\\ny"}', { grade: 'a', payload: 'x\ny' }],
    ['with an id', '{"id":"7","grade":"a","payload":""}', { grade: 'a', payload: '', label: '7' }],
    [
      'with the time when it was added',
      '{"grade":"a","payload":"x","added":"2026-11-21T10:00:00.5+01:00"}',
      { grade: 'a', payload: 'x', addedMs: Date.UTC(2026, 10, 21, 9, 0, 0, 500) },
    ],
  ])('is a job %s', (_, line, job) => {
    expect(parseLine(Buffer.from(line))).toEqual(job);
  });

  it.each(['', '   ', '# grade a = 1', '\t# note'])('is passed over: %j', (line) => {
    expect(parseLine(Buffer.from(line))).toBeUndefined();
  });

  it.each([
    ['2+2', '“2+2” is not a job such as: grade a = 2+2'],
    ['grade = 2', '“grade = 2” is not a job such as: grade a = 2+2'],
    ['grade a b = 2', '“grade a b = 2” is not a job such as: grade a = 2+2'],
    ['grade a;b = 2', '“a;b” is not a grade'],
    ['grade a =', 'has no payload'],
    ['gradea = 1', '“gradea = 1” is not a job such as: grade a = 2+2'],
    ['{"grade":"a"', '“{"grade":"a"” is not JSON'],
    ['{"grade":"a"}', 'has no payload that is a text'],
    ['{"grade":"a","payload":3}', 'has no payload that is a text'],
    ['{"grade":7,"payload":"x"}', 'has no proper grade'],
    ['{"payload":"x"}', 'has no proper grade'],
    ['{"grade":"a","payload":"x","id":""}', 'has no proper id'],
    ['{"grade":"a","payload":"x","run":"y"}', 'has a field “run”'],
    ['{"grade":"a","payload":"\\ud800"}', 'has a payload that is no Unicode'],
    [Buffer.from([0x67, 0xff, 0xfe]), 'is no UTF-8'],
  ])('is none: %j', (line, problem) => {
    expect(parseLine(Buffer.from(line as string))).toEqual({ problem });
  });
});

it.each(['"2026-11-21"', '"2026-11-21T10:00:00"', '"2026-02-30T10:00:00Z"', '1795255200', 'null'])(
  'a job added at %s is none',
  (added) => {
    const line = Buffer.from(`{"grade":"a","payload":"x","added":${added}}`);
    const problem = 'has no proper time for added, such as 2026-11-21T10:04:55Z';
    expect(parseLine(line)).toEqual({ problem });
  },
);

describe('a page', () => {
  it('keeps its jobs in their order, and sets the rest aside', () => {
    const { jobs, badLines, bad } = page(
      'grade a = 1\r\n\nrubbish\n# note\n{"grade":"b","payload":"2"}\n',
    );
    expect(jobs.map(({ line, grade }) => [line, grade])).toEqual([
      [1, 'a'],
      [5, 'b'],
    ]);
    expect(badLines).toBe(1);
    expect(bad).toMatchObject([{ line: 3 }]);
    expect(payloads('grade a = 1\r\n\nx\n{"grade":"b","payload":"2"}\n')).toEqual(['1', '2']);
  });

  it('tells the first bad lines, and counts all', () => {
    const { jobs, badLines, bad } = page('rubbish\n'.repeat(50));
    expect([jobs.length, badLines, bad.length]).toEqual([0, 50, 10]);
  });

  it('names equal lines apart, and each as before when the page is edited', () => {
    const ids = (text: string) => page(text).jobs.map(({ id }) => id);
    const [one = '', two, other] = ids('grade a = 1\ngrade a = 1\ngrade a = 2\n');
    expect(two).toBe(`${one}.2`);
    expect(ids('# added\ngrade a = 2\ngrade a = 1\n')).toEqual([other, one]);
  });

  it('holds a payload of 10 MB, and hands it over whole', () => {
    const big = `'"; rm -rf / ${'x'.repeat(10_000_000)}`;
    expect(payloads(`grade a = ${big}\n${JSON.stringify({ grade: 'a', payload: big })}\n`)).toEqual(
      [big, big],
    );
  });

  it.each([
    ['without its last line end', 'grade a = 1\ngrade a = 2', /may not be whole/],
    ['with more jobs than it may have', 'grade a = 1\n'.repeat(1001), /more than 1000 lines/],
    ['with more rubbish than it may have', 'rubbish\n'.repeat(1001), /more than 1000 lines/],
  ])('%s is none', (_, text, problem) => {
    expect(parsePage(Buffer.from(text), 1000)).toEqual({ problem: expect.stringMatching(problem) });
  });

  it('may be empty', () => {
    expect(page('')).toEqual({ jobs: [], badLines: 0, bad: [] });
  });
});

describe('whatever stands on it', () => {
  const line = fc.oneof(
    fc.string(),
    fc.constantFrom('grade a = 1', '{"grade":"a","payload":"1"}', '', '#', '{', '\r', 'grade'),
    fc.string().map((payload) => JSON.stringify({ grade: 'a', payload })),
    fc.string().map((payload) => `grade b = ${payload}`),
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 2000 }).map((each) => Buffer.from(each)),
    fc.array(line).map((lines) => Buffer.from(`${lines.join('\n')}\n`)),
    fc.tuple(fc.array(line), fc.nat()).map(([lines, cut]) => {
      const whole = Buffer.from(`${lines.join('\n')}\n`);
      return whole.subarray(0, cut % (whole.length + 1));
    }),
  );

  it(`it never throws, and no job is made up (${RUNS} pages)`, () => {
    fc.assert(
      fc.property(bytes, (text) => {
        const parsed = parsePage(text, 500);
        if ('problem' in parsed) {
          const torn = text.length > 0 && text.at(-1) !== 0x0a;
          expect(torn || /more than/.test(parsed.problem)).toBe(true);
          return;
        }
        const lines = text.toString('latin1').split('\n').length - 1;
        expect(parsed.jobs.length + parsed.badLines).toBeLessThanOrEqual(lines);
        expect(new Set(parsed.jobs.map(({ id }) => id)).size).toBe(parsed.jobs.length);
        for (const job of parsed.jobs) {
          const own = text.subarray(job.from, job.to);
          expect(own.includes(0x0a)).toBe(false);
          expect(parseLine(own)).toMatchObject({ grade: job.grade });
          expect(own.toString()).toMatch(/^\s*(grade[ \t]|\{)/u);
        }
      }),
      { numRuns: RUNS },
    );
  });
});
