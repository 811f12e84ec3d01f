/** Traces as people and the daemon write them, and what is wrong with those that can't be read. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseInstant } from '../../../src/cli/simulate/instants.ts';
import { splitCells } from '../../../src/cli/simulate/trace.ts';
import { historyFiles } from '../../../src/cli/simulate/trace-files.ts';
import { History } from '../../../src/daemon/history.ts';
import { csvOf, every, stampAt, thesisTrace } from '../../support/traces.ts';
import { batchesOf, collector, file, readAll, told } from './support.ts';

const AT = '2026-11-21T10:00:00.000Z';
const LATER = '2026-11-21T10:01:00.000Z';

describe('a trace', () => {
  it.each<[string, string, string[]]>([
    ['has a column for a probe', `time,slow\n${AT},7\n`, [`${AT} slow 7`]],
    ['may lack its last line’s end', `time,slow\n${AT},7`, [`${AT} slow 7`]],
    ['may have Windows’ line ends', `time,slow\r\n${AT},7\r\n`, [`${AT} slow 7`]],
    ['may begin with a byte order mark', `\uFEFFtime,slow\n${AT},7\n`, [`${AT} slow 7`]],
    ['may hold empty lines', `time,slow\n\n${AT},7\n\n`, [`${AT} slow 7`]],
    ['may have blanks around cells', `time, slow\n${AT}, 7 \n`, [`${AT} slow 7`]],
    ['may have quoted cells', `"time","slow"\n"${AT}","7"\n`, [`${AT} slow 7`]],
    ['marks a missing reading by an empty cell', `time,slow\n${AT},\n`, [`${AT} slow missing`]],
    ['may count its time in seconds', `time,slow\n1795255200,7\n`, [`${AT} slow 7`]],
    [
      'may have fractions',
      `time,slow\n1795255200.5,-7.5e-1\n`,
      ['2026-11-21T10:00:00.500Z slow -0.75'],
    ],
    ['may have an offset', `time,slow\n2026-11-21T11:00:00+01:00,7\n`, [`${AT} slow 7`]],
    [
      'may be the daemon’s own',
      `time,probe,value,unit,host\n${AT},slow,7,/min,h1\n${LATER},slow,,/min,h1\n`,
      [`${AT} slow 7`, `${LATER} slow missing`],
    ],
  ])('%s', (_, text, expected) => {
    expect(told(readAll([file('a.csv', text)]))).toEqual(expected);
  });

  it('may have a column for each of several probes', () => {
    const path = file('a.csv', `time,slow,busy\n${AT},7,\n`);
    const probes = new Set(['slow', 'busy']);
    expect(told(readAll([path], collector({ probes })))).toEqual([
      `${AT} slow 7`,
      `${AT} busy missing`,
    ]);
  });

  it('may lie in several files, each with its header', () => {
    const paths = [AT, LATER].map((time, i) => file(`${i}.csv`, `time,slow\n${time},${i}\n`));
    expect(told(readAll(paths))).toEqual([`${AT} slow 0`, `${LATER} slow 1`]);
  });

  it('is cut to the asked span, both ends included', () => {
    const path = file('a.csv', csvOf(every(60, [1, 2, 3, 4])));
    const [fromMs, toMs] = [60, 120].map((s) => stampAt(s).wallMs) as [number, number];
    const read = readAll([path], collector({ fromMs, toMs }));
    expect(read.map((reading) => 'value' in reading && reading.value)).toEqual([2, 3]);
  });

  it('of many lines is read a piece at a time', () => {
    const rows = thesisTrace(4000);
    const batches = batchesOf([file('a.csv', csvOf(rows))]);
    expect(batches.length).toBeGreaterThan(3);
    expect(batches.flat()).toHaveLength(rows.length);
  });
});

describe('a wrong trace is told with its file and line:', () => {
  it.each([
    ['nothing', '', /a\.csv: is empty/],
    ['no header', `${AT},7\n`, /:1: the first line must be time,PROBE.*begins with “2026/],
    ['no probe', 'time\n', /:1: no column beside time/],
    ['another separator', 'time;slow\n', /:1: cells must be parted by commas/],
    ['a column twice', 'time,slow,slow\n', /:1: two columns are named “slow”/],
    ['a column without a name', 'time,slow,\n', /:1: a column has no name/],
    ['a cell too many', `time,slow\n${AT},7,8\n`, /:2: 3 cells, but the header names 2 columns/],
    ['a cell too few', `time,slow\n${AT}\n`, /:2: 1 cell, but/],
    [
      'a word for a value',
      `time,slow\n${AT},NaN\n`,
      /:2: slow: “NaN” is not a number; leave the cell empty/,
    ],
    ['a hexadecimal value', `time,slow\n${AT},0x1f\n`, /:2: slow: “0x1f” is not a number/],
    ['a value beyond all bounds', `time,slow\n${AT},1e999\n`, /:2: slow: “1e999” is not a number/],
    [
      'a time without a zone',
      'time,slow\n2026-11-21T10:00:00,7\n',
      /:2: time: .* names no zone: end it with Z/,
    ],
    ['a day without a time', 'time,slow\n2026-11-21,7\n', /:2: time: .* names no zone/],
    ['milliseconds', 'time,slow\n1795255200000,7\n', /:2: time: .* divide milliseconds by 1000/],
    [
      'a day that there isn’t',
      'time,slow\n2026-02-30T10:00:00Z,7\n',
      /:2: time: .* a day that there isn't/,
    ],
    [
      'an hour that there isn’t',
      'time,slow\n2026-02-28T25:00:00Z,7\n',
      /:2: time: .* a time that there isn't/,
    ],
    [
      'a time that goes back',
      `time,slow\n${LATER},7\n${AT},7\n`,
      /:3: time: is before the time of the line above: sort/,
    ],
    ['a time twice', `time,slow\n${AT},7\n${AT},7\n`, /:3: time: is that of the line above/],
    ['a time decades away', `time,slow\n0,7\n${AT},7\n`, /:3: time: is decades after the first/],
    ['an open quote', `time,slow\n${AT},"7\n`, /:2: a quote isn’t closed/],
    ['text behind a quote', `time,slow\n${AT},"7"8\n`, /:2: a quote isn’t closed/],
    [
      'a line without an end',
      `time,slow\n${'7'.repeat(300_000)}`,
      /a\.csv: holds a line without an end/,
    ],
  ])('%s', (_, text, expected) => {
    expect(() => readAll([file('a.csv', text)])).toThrow(expected);
  });

  it('a file that isn’t there', () => {
    expect(() => readAll(['/nonexistent/a.csv'])).toThrow(
      '/nonexistent/a.csv: there is no such file',
    );
  });

  it('a folder', () => {
    expect(() => readAll(['/'])).toThrow('/: is a folder');
  });
});

describe('left out, and said:', () => {
  const HEADER = 'time,probe,value,unit,host\n';

  it.each([
    [
      'a probe that the conf hasn’t',
      `time,slow,busy\n${AT},7,8\n`,
      1,
      "left out “busy”: the conf's probes are slow",
    ],
    [
      'a torn line of the history',
      `${HEADER}${AT},sl\n${LATER},slow,7,,\n`,
      1,
      'left out 1 line that is not whole, from',
    ],
    [
      'what was stored before the clock was set back',
      `${HEADER}${LATER},slow,7,,\n${AT},slow,8,,\n${LATER},slow,9,,\n`,
      2,
      'left out 1 reading: the wall clock had been set back',
    ],
  ])('%s', (_, text, n, note) => {
    const into = collector();
    expect(readAll([file('a.csv', text)], into)).toHaveLength(n);
    expect(into.notes()).toEqual([expect.stringContaining(note)]);
  });
});

describe('the daemon’s history', () => {
  it('is read as it writes it', () => {
    const path = file('x', '');
    const state = join(path, '../state');
    mkdirSync(state);
    const history = new History(state, 90);
    history.append({ probe: 'slow', at: stampAt(0), value: 1e-7 }, 'a, "b"', 'h1');
    history.append({ probe: 'slow', at: stampAt(86_400), missing: 'gone' }, '/min', undefined);
    const files = historyFiles(state);
    expect(files).toHaveLength(2);
    expect(readAll(files)).toMatchObject([{ value: 1e-7 }, { missing: expect.any(String) }]);
  });
});

describe('cells', () => {
  it.each([
    ['a,b', ['a', 'b']],
    ['a,,', ['a', '', '']],
    ['"a,b",c', ['a,b', 'c']],
    ['"a ""b""",""', ['a "b"', '']],
    ['a"b,c', ['a"b', 'c']],
    ['"a"b,c', undefined],
    ['"a', undefined],
    ['"a""', undefined],
  ])('of %s', (line, expected) => {
    expect(splitCells(line)).toEqual(expected);
  });
});

describe('a moment', () => {
  it.each([
    ['2024-02-29T00:00:00Z', Date.UTC(2024, 1, 29)],
    ['2026-11-21 10:00:00Z', Date.UTC(2026, 10, 21, 10)],
    ['2026-11-21T10:00Z', Date.UTC(2026, 10, 21, 10)],
    ['0', 0],
  ])('%s', (text, ms) => {
    expect(parseInstant(text)).toEqual({ ok: true, value: ms });
  });

  it.each(['2025-02-29T00:00:00Z', 'yesterday', '', '-1', '2026-11-21T10:00:00 Z', '1e9'])(
    'isn’t %j',
    (text) => {
      expect(parseInstant(text).ok).toBe(false);
    },
  );
});
