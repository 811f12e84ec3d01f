/** `vmmanage test` as people, programs and CI meet it. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOMParser } from '@xmldom/xmldom';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../../support/temp.ts';
import { expectGolden } from '../support/golden.ts';
import { CONF, fileOf, run, TEST_LINE } from './support.ts';

const PASSES = '[test passes]\nseries = 30x4 76x2\nexpect 7m = move h1 -> h2\n';
const FAILS =
  '[test fails]\nstart = Mon 2026-01-05 08:00\nseries = 30x4 76x2 _\nexpect 6m = move -> h3\nexpect 8m = at h1\n';
const WRONG = '[test wrong]\nseries = 30x4\nexpect 9m = mov\n';

const good = (folder = tempFolder()) => fileOf(`${CONF}${PASSES}`, 'good.test', folder);
const bad = (folder = tempFolder()) => fileOf(`${CONF}${PASSES}${FAILS}`, 'bad.test', folder);
const wrong = (folder = tempFolder()) => fileOf(`${CONF}${WRONG}`, 'wrong.test', folder);

describe('ends with', () => {
  it.each([
    [0, 'all pass', () => [good()]],
    [1, 'one fails', () => [good(), bad()]],
    [78, 'one file is wrong', () => [good(), bad(), wrong()]],
    [78, 'a file isn’t there', () => [join(tempFolder(), 'no.test')]],
    [2, 'no file is named', () => []],
    [2, 'a folder holds no scenario', () => [tempFolder()]],
    [1, 'the report can’t be written', () => [good(), '--junit', tempFolder()]],
  ])('%i where %s', async (status, _, args) => {
    expect((await run(...args())).status).toBe(status);
  });
});

describe('for people', () => {
  const said = async (...args: string[]) => {
    const folder = tempFolder();
    const { out } = await run(bad(folder), ...args);
    return out.replaceAll(folder, '').trimEnd();
  };

  it('failures say where, what was expected, what happened and why', async () => {
    expectGolden('test-failed', await said());
  });

  it('-v shows each reading, and what came of it', async () => {
    expectGolden('test-verbose', await said('-v'));
  });

  it('a folder stands for its *.test, sorted', async () => {
    const folder = tempFolder();
    fileOf('no scenario', 'notes.txt', folder);
    fileOf(`${CONF}${PASSES}`, 'b.test', folder);
    fileOf(`${CONF}${PASSES}`, 'a.test', folder);
    const { out } = await run(folder);
    expect(out.split('\n').slice(0, 3)).toEqual([
      ...[`ok    ${folder}/a.test: passes`, `ok    ${folder}/b.test: passes`],
      '2 tests in 2 files: 2 passed, 0 failed',
    ]);
  });

  it('a wrong file doesn’t keep the others from being tested', async () => {
    const folder = tempFolder();
    const { out } = await run(wrong(folder), good(folder));
    expect(out).toContain(
      `WRONG ${folder}/wrong.test:${TEST_LINE + 2}: [test wrong] expect 9m: “9m”`,
    );
    expect(out).toContain('1 test in 2 files: 1 passed, 0 failed, 1 file wrong');
  });

  it('what a file says reaches the terminal escaped', async () => {
    const text = `${CONF}[test a]\nseries = 30\nexpect = move -> \u202eh2\n`;
    const { out } = await run(fileOf(text));
    expect(out).not.toContain('\u202e');
    expect(out).toContain('\\u{202e}');
  });
});

it('--json tells each test with its failures and requests', async () => {
  const { out, status } = await run(bad(), good(), wrong(), '--json');
  const told = JSON.parse(out);
  expect(status).toBe(78);
  expect(told).toMatchObject({
    passed: 2,
    failed: 1,
    problems: [{ line: TEST_LINE + 2, section: 'test wrong', key: 'expect 9m' }],
    tests: [
      { name: 'passes', line: TEST_LINE, passed: true, failures: [] },
      {
        name: 'fails',
        passed: false,
        failures: [
          { line: TEST_LINE + 3 },
          { line: TEST_LINE + 6, written: 'expect 6m = move -> h3' },
          { line: TEST_LINE + 7, happened: 'at h2' },
        ],
        requests: [
          {
            after: '7m',
            time: '2026-01-05T08:07:00.000Z',
            verdict: 'move',
            from: 'h1',
            to: 'h2',
            policy: 'db',
            value: 76,
            reason: 'suffering',
            outcome: 'confirmed',
          },
        ],
      },
      { name: 'passes' },
    ],
  });
});

describe('--junit', () => {
  async function report(...files: string[]) {
    const path = join(tempFolder(), 'report.xml');
    const { err } = await run(...files, '--junit', path);
    expect(err).toBe(`wrote ${path}\n`);
    // Throws where it isn't well-formed.
    return new DOMParser().parseFromString(readFileSync(path, 'utf8'), 'text/xml');
  }

  it('has a suite for each file and a case for each test', async () => {
    const document = await report(good(), bad(), wrong());
    const [...suites] = document.getElementsByTagName('testsuite');
    expect(suites.map((suite) => suite.getAttribute('tests'))).toEqual(['1', '2', '1']);
    const root = document.documentElement;
    const counts = ['tests', 'failures', 'errors', 'skipped'].map((n) => root?.getAttribute(n));
    expect(counts).toEqual(['4', '1', '1', '0']);
    const [failure] = document.getElementsByTagName('failure');
    expect(failure?.parentNode).toMatchObject({ tagName: 'testcase' });
    expect(failure?.textContent).toContain('because: db: stay, not yet: suffering 2 of 3');
    expect(document.getElementsByTagName('error')).toHaveLength(1);
  });

  it('holds whatever a file and its name say, as text', async () => {
    const folder = tempFolder();
    const name = `a&b<c>"d'.test`;
    const text = `${CONF}${PASSES.replace('move h1 -> h2', '"]]><x/>&amp; \uFFFE"')}`;
    const document = await report(fileOf(text, name, folder));
    const [suite] = document.getElementsByTagName('testsuite');
    expect(suite?.getAttribute('name')).toBe(join(folder, name));
    const [error] = document.getElementsByTagName('error');
    expect(error?.textContent).toContain(']]><x/>&amp; ?');
    expect(document.getElementsByTagName('x')).toHaveLength(0);
  });
});
