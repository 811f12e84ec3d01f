/** What is wrong with a scenario is told with its place and its remedy, all of it at once. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readScenarios } from '../../../src/cli/scenario/read.ts';
import { formatProblem } from '../../../src/conf/findings.ts';
import { tempFolder } from '../../support/temp.ts';
import { CONF, fileOf, problemsOf, TEST_LINE } from './support.ts';

const SERIES = 'series = 30x4 76x2';
const EXPECT = 'expect = nothing';
const HOURS = 'kind      = schedule-aware\nworkhours = Mon-Fri 09:00-16:00';
const SCHEDULED = CONF.replace('kind      = base-aware', HOURS);

/** The line that is wrong is the second of its test, but where another is named. */
const CASES: [sentence: string, lines: readonly string[], problem: string, line?: number][] = [
  ['an unknown key', ['strikt = no', SERIES, EXPECT], 'strikt: unknown key (did you mean strict?)'],
  [
    'a key of the conf',
    ['cooldown = off', SERIES, EXPECT],
    'cooldown: unknown key here; it belongs in [constraints]',
  ],
  [
    'an unknown word',
    ['expects 3m = move', SERIES, EXPECT],
    'expects 3m: unknown key (did you mean expect?)',
  ],
  [
    'an unknown host at first',
    ['at = h9', SERIES, EXPECT],
    'at: no host “h9” in the conf (did you mean h1?)',
  ],
  [
    'an unknown host that fails',
    ['fail = h1, xen7', SERIES, EXPECT],
    'fail: no host “xen7” in the conf (there are h1, h2, h3, b)',
  ],
  [
    'an unknown probe',
    ['series sloww = 1', SERIES, EXPECT],
    'series sloww: no probe “sloww” in the conf (did you mean slow?)',
  ],
  ['a second series', ['series slow = 1', SERIES, EXPECT], 'series: a second series for slow', 2],
  ['a broken series', ['series = 30-', EXPECT], 'series: “30-” is no part of a series: values are'],
  [
    'no series',
    [EXPECT],
    'no series for probe slow: series slow = 30x10, or _x10 where it fails',
    0,
  ],
  [
    'no expectation',
    [SERIES],
    'expects nothing of it: where no request is to be made, write expect = nothing',
    0,
  ],
  [
    'an interval that is too long',
    [SERIES, 'interval = 4m', EXPECT],
    "series: interval = 4m is more than three of the probe's (1m), so nothing would ever add up",
  ],
  [
    'a moment after the end',
    ['expect 8m = nothing', SERIES],
    'expect 8m: “8m” lies outside the series, which goes from 0m to 7m',
  ],
  [
    'a moment between two readings',
    ['expect 90s = move', SERIES],
    'expect 90s: there is no reading then, so nothing is decided; the nearest are at 1m and 2m',
  ],
  [
    'an unknown policy',
    ['expect 7m = move by dbx', SERIES],
    'expect 7m: no policy “dbx” in the conf (did you mean db?)',
  ],
  [
    'an unknown gate',
    ['expect 7m = held by cooldwon', SERIES],
    'expect 7m: no gate “cooldwon” in the conf (did you mean cooldown?)',
  ],
  [
    'a move to the base',
    ['expect 7m = move -> b', SERIES],
    'expect 7m: can never be: a move leads to h1, h2, h3',
  ],
  [
    'a base that is none',
    ['expect 7m = base -> h2', SERIES],
    'expect 7m: can never be: a base leads to b',
  ],
  [
    'a move to where it is',
    ['expect 7m = move h2 -> h2', SERIES],
    'expect 7m: can never be: h2 is where it is already',
  ],
  [
    'away without such a site',
    ['expect 7m = away', SERIES],
    'expect 7m: can never be: the conf has no site with role = away',
  ],
  [
    'a target without its arrow',
    ['expect 7m = move h2', SERIES],
    'expect 7m: “move h2” is no expectation: where to follows an arrow, move -> h2',
  ],
  [
    'a mistyped expectation',
    ['expect 7m = nothin', SERIES],
    'expect 7m: “nothin” is no expectation (did you mean nothing?)',
  ],
  [
    'nothing and something',
    ['expect 7m = nothing, move', SERIES],
    'expect 7m: expects nothing and a request at once',
  ],
  [
    'the same key twice',
    ['expect 7m = move', 'expect  7m = nothing', SERIES],
    `expect 7m: given twice, first in line ${TEST_LINE + 1}`,
    2,
  ],
  [
    'a set without its section',
    ['set cooldown = off', SERIES, EXPECT],
    'set cooldown: sets what: write set SECTION KEY, as in set constraints cooldown = off',
  ],
  [
    'a time of the clock without a start',
    ['expect 17:00 = move', SERIES],
    'expect 17:00: “17:00” is a time of the clock: say when the test begins, as in start =',
  ],
  [
    'a start that is none',
    ['start = today', SERIES, EXPECT],
    'start: “today” is no moment such as',
  ],
];

describe('a test', () => {
  it.each(CASES)('with %s', (_, lines, problem, line = 1) => {
    const [first = '', ...more] = problemsOf(`[test a]\n${lines.join('\n')}\n`);
    expect(first).toContain(`${TEST_LINE + line}: [test a]`);
    expect(first).toContain(problem);
    expect(more).toEqual([]);
  });

  it.each([
    ['a value of a set', 'set constraints cooldown = soon', 'set constraints cooldown: “soon” is'],
    ['a key of a set', 'set constraints coldown = 5m', 'set constraints coldown: unknown key'],
  ])('with %s that the conf refuses', (_, line, problem) => {
    const [first] = problemsOf(`[test a]\n${line}\n${SERIES}\n${EXPECT}\n`);
    expect(first).toContain(`${TEST_LINE + 1}: ${problem}`);
  });

  it('needs a name', () => {
    const problems = problemsOf(`[test]\n${SERIES}\n${EXPECT}\n`);
    expect(problems).toEqual([`${TEST_LINE}: [test]: needs a name: [test NAME]`]);
  });

  it('has a sentence for its name, but no section of the conf has', () => {
    const lines = `[test moves  on the 3rd “bad” reading]\n${SERIES}\nexpect 7m = mov\n`;
    const place = `${TEST_LINE + 2}: [test moves on the 3rd “bad” reading] expect 7m:`;
    expect(problemsOf(lines)).toEqual([expect.stringContaining(place)]);
    const [problem] = problemsOf(`[policy my db]\n[test a]\n${SERIES}\n${EXPECT}\n`);
    expect(problem).toBe(`${TEST_LINE}: an odd header: expected [kind] or [kind name]`);
  });

  it('tells all its mistakes at once', () => {
    const lines = ['at = h9', 'expect 99m = move', 'expect 7m = mov', 'series slw = 1'];
    expect(problemsOf(`[test a]\n${lines.join('\n')}\n${SERIES}\n`).length).toBeGreaterThan(1);
  });
});

describe('a test of a conf that goes by the clock', () => {
  it('says when it begins', () => {
    const [problem] = problemsOf(`[test a]\n${SERIES}\n${EXPECT}\n`, SCHEDULED);
    expect(problem).toContain('policy db goes by the clock: say when the test begins, as in start');
  });

  it('says in which zone, where the conf has two', () => {
    const zones = `${SCHEDULED}[constraints]\nquiet = 01:00-02:00\ntimezone = Asia/Tokyo\n`;
    const lines = `[test a]\nstart = 2026-01-05 08:00\n${SERIES}\n${EXPECT}\n`;
    const [problem] = problemsOf(lines, zones);
    expect(problem).toContain(
      'start: in which zone? timezone must be given, as the conf has UTC and',
    );
  });
});

describe('two series', () => {
  const two = CONF.replace('[policy db]', '[probe cpu]\nkind = mysql\n[policy db]\nprobe = slow');

  it.each([
    ['name their probes', 'series = 30x7', 'series: of which probe? there are slow, cpu'],
    [
      'are one for each probe',
      'series slow = 30x7',
      'no series for probe cpu: series cpu = 30x10, or _x10 where it fails',
    ],
    [
      'end together',
      'series slow = 30x7\nseries cpu = 30x6',
      'series cpu: ends at 6m, but series slow at 7m: let both end together',
    ],
  ])('%s', (_, lines, problem) => {
    expect(problemsOf(`[test a]\n${lines}\n${EXPECT}\n`, two).join()).toContain(problem);
  });
});

describe('a file', () => {
  const problems = (file: string) =>
    readScenarios(file, { env: {} }).problems.map((problem) => formatProblem(problem));

  it('that isn’t there', () => {
    const file = join(tempFolder(), 'no.test');
    expect(problems(file)).toEqual([`${file}: can't be read: there is no such file`]);
  });

  it('without a test', () => {
    expect(problemsOf('')).toEqual([expect.stringContaining('holds no test: [test NAME]')]);
  });

  it('without a conf', () => {
    const [problem] = problemsOf(`[test a]\n${SERIES}\n${EXPECT}\n`, '');
    expect(problem).toContain('no conf: name it, as in conf = vmmanage.conf');
  });

  it('whose conf isn’t there, told once for all its tests', () => {
    const file = fileOf(`conf = x.conf\n[test a]\n${SERIES}\n${EXPECT}\n[test b]\n${SERIES}\n`);
    expect(problems(file).filter((problem) => problem.includes('x.conf'))).toHaveLength(1);
  });

  it('with a mistake in what holds for all tests, told once', () => {
    const both = `[test a]\n${SERIES}\n${EXPECT}\n[test b]\n${SERIES}\n${EXPECT}\n`;
    expect(problemsOf(`move_takes = soon\n${CONF}${both}`, '')).toEqual([
      '1: move_takes: “soon” is not a duration such as 45s, 5m, 1h or 7d',
    ]);
  });

  it('with an expectation for all tests', () => {
    const text = `expect 7m = move\n${CONF}[test a]\n${SERIES}\n${EXPECT}\n`;
    expect(problemsOf(text, '')).toEqual(['1: expect 7m: it belongs in a [test NAME]']);
  });

  it('with a conf that is wrong, at the place in the conf', () => {
    const folder = tempFolder();
    const conf = fileOf(CONF.replace('base-aware', 'base-awar'), 'a.conf', folder);
    const file = fileOf(`conf = a.conf\n[test a]\n${SERIES}\n${EXPECT}\n`, 'a.test', folder);
    const [problem] = problems(file);
    expect(problem).toContain(`${conf}:9: [policy db] kind: “base-awar” is not a kind of policy`);
  });
});

it('whatever a file holds, it is read or told to be wrong', () => {
  const words = [
    'series',
    'expect',
    'set',
    '=',
    '30x4',
    '7m..',
    '[test a]',
    '->',
    'move',
    '\n',
    ' ',
  ];
  const text = fc.array(fc.oneof(fc.constantFrom(...words), fc.string({ maxLength: 8 })));
  const folder = tempFolder();
  fc.assert(
    fc.property(text, (parts) => {
      const file = fileOf(`${CONF}[test b]\n${parts.join(' ')}\n`, 'a.test', folder);
      const { problems, scenarios } = readScenarios(file, { env: {} });
      expect(problems.length > 0).toBe(scenarios.length === 0);
    }),
    { numRuns: process.env['LONG'] ? 20_000 : 300 },
  );
});
