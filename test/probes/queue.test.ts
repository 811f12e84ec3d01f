/** The queue probe's counting, its options, and what of a server's answer is a page of jobs. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { measureJobs, queue } from '../../src/probes/queue.ts';
import { systemClock } from '../../src/system/clock.ts';
import { optionsFrom } from '../support/options.ts';

const NOW_MS = Date.UTC(2026, 10, 21, 12);
const URL = 'http://127.0.0.1/builds';

type Given = NonNullable<Parameters<typeof optionsFrom<typeof queue.options>>[1]>;

const optionsOf = (given: Given = {}) => optionsFrom(queue.options, { url: URL, ...given });

function measured(page: string, given: Given = {}) {
  return measureJobs(Buffer.from(page), optionsOf(given), NOW_MS);
}

const added = (time: string, grade = 'a') =>
  `${JSON.stringify({ grade, payload: 'x', added: time })}\n`;

const PAGE = `# of tonight
grade a = 2+2
grade b = 3+3

{"grade":"a","payload":"x"}
rubbish
`;

describe('the number of jobs', () => {
  it.each<[string, string, Given, number]>([
    ['all', PAGE, {}, 3],
    ['of a grade', PAGE, { grade: 'a' }, 2],
    ['of a grade as bigjobs names it', PAGE, { grade: 'grade b' }, 1],
    ['of several grades', PAGE, { grade: 'a, b' }, 3],
    ['of a grade that none has', PAGE, { grade: 'c' }, 0],
    ['of an empty page', '', {}, 0],
    ['of a page of comments', '# none today\n\n', {}, 0],
    ['with line ends of another system', 'grade a = 1\r\ngrade a = 2\r\n', {}, 2],
    ['equal ones', 'grade a = 1\n'.repeat(501), {}, 501],
  ])('%s', (_, page, given, value) => {
    expect(measured(page, given)).toEqual({ value });
  });

  it.each<[string, string, Given, RegExp]>([
    ['a page cut off in its last line', 'grade a = 1\ngrade a = 2', {}, /may not be whole/],
    ['more lines than allowed', 'grade a = 1\n'.repeat(6), { max_jobs: '5' }, /more than 5 lines/],
    ['more rubbish than allowed', 'rubbish\n'.repeat(6), { max_jobs: '5' }, /more than 5 lines/],
  ])('is missing: %s', (_, page, given, missing) => {
    expect(measured(page, given)).toEqual({ missing: expect.stringMatching(missing) });
  });
});

describe('the age of the oldest job', () => {
  const old = added('2026-11-21T11:00:00Z');
  const young = added('2026-11-21T12:59:58.5+01:00');
  const other = added('2026-11-20T12:00:00Z', 'b');

  it.each<[string, string, Given, number]>([
    ['the oldest of several', young + old, {}, 3600],
    ['in parts of a second', young, {}, 1.5],
    ['of a grade', old + other, { grade: 'a' }, 3600],
    ['of the others', old + other, { grade: 'b' }, 86_400],
    ['just added', added('2026-11-21T12:00:00Z'), {}, 0],
    ['of none: nobody has waited', 'rubbish\n', {}, 0],
    ['of none of the grade', other, { grade: 'a' }, 0],
    ['another grade need not tell', `${old}grade b = 1\n`, { grade: 'a' }, 3600],
  ])('%s', (_, page, given, value) => {
    expect(measured(page, { ...given, measure: 'age' })).toEqual({ value });
  });

  it.each([
    ['no job tells', 'grade a = 1\n', "1 of 1 jobs don't tell when they were added"],
    ['one doesn’t tell', `${old}grade a = 1\n`, "1 of 2 jobs don't tell when they were added"],
    [
      'the only one comes from the future',
      added('2026-11-21T12:05:00Z'),
      'the oldest job was added 5m from now: a clock is wrong',
    ],
  ])('is missing where %s', (_, page, missing) => {
    expect(measured(page, { measure: 'age' })).toEqual({ missing });
  });
});

describe('an answer', () => {
  async function answered(listener: RequestListener, given: Given = {}) {
    const server = createServer(listener);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/builds`;
    const probe = queue.open(optionsOf({ ...given, url }), {
      clock: systemClock(),
      intervalMs: 60_000,
    });
    onTestFinished(async () => {
      await probe.close();
      server.closeAllConnections();
      server.close();
    });
    return probe.read(AbortSignal.timeout(10_000));
  }

  const page =
    (status: number, type: string, body: string | Buffer): RequestListener =>
    (_, answer) =>
      answer.writeHead(status, { 'content-type': type }).end(body);

  it('is a number, and is shown', async () => {
    expect(await answered(page(200, 'text/plain', 'grade a = 1\n'))).toEqual({
      value: 1,
      raw: '200 text/plain\ngrade a = 1',
    });
  });

  it('404 means that no job waits, for both measures', async () => {
    const none = { value: 0, raw: '404: there is no page, so no job waits' };
    expect(await answered(page(404, 'text/html', 'Not Found'))).toEqual(none);
    expect(await answered(page(404, '', ''), { measure: 'age' })).toEqual(none);
  });

  it.each([204, 206, 302, 401, 403, 410, 500, 503])('%d is no empty queue', async (status) => {
    const measurement = await answered(page(status, 'text/plain', ''));
    expect(measurement).toMatchObject({ missing: expect.stringContaining(`answers ${status}`) });
  });

  it('of another type is no page of jobs', async () => {
    expect(await answered(page(200, 'text/html; charset=utf-8', 'grade a = 1\n'))).toMatchObject({
      missing: 'text/html is not a page of jobs',
    });
  });

  it('that just ends may be cut off, though at a line end', async () => {
    const hangsUp: RequestListener = (_, answer) => {
      answer.shouldKeepAlive = false;
      answer.useChunkedEncodingByDefault = false;
      answer.writeHead(200, { 'content-type': 'text/plain' });
      answer.write('grade a = 1\n');
      answer.end();
    };
    expect(await answered(hangsUp)).toMatchObject({
      missing: expect.stringMatching(/may be cut off$/),
    });
  });

  it('with bytes that are no text counts the other lines', async () => {
    const bytes = Buffer.concat([Buffer.from('grade a = '), Buffer.from([0xff, 0x0a])]);
    const body = Buffer.concat([bytes, Buffer.from('grade a = 1\n')]);
    expect(await answered(page(200, '', body))).toMatchObject({ value: 1 });
  });
});

describe('the options', () => {
  it.each(['', 'a;b', 'a,', 'a b', 'x'.repeat(33)])('refuse %j as a grade', (grade) => {
    expect(() => optionsOf({ grade })).toThrow(/^grade: /);
  });

  it.each([
    [{}, 'jobs'],
    [{ measure: 'age' }, 's'],
  ])('know the unit of %j, and that more is worse', (given, unit) => {
    const chosen = optionsOf(given);
    expect([queue.unit(chosen, 1000), queue.worse(chosen)]).toEqual([unit, 'high']);
  });

  it('keep the password secret', () => {
    expect(queue.options.password.secret).toBe(true);
  });
});
