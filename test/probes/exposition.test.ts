/** Pages of metrics: real ones, each rule of the formats, and what breaks one. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Format, samplesOf, selector } from '../../src/probes/exposition.ts';

const real = readFileSync(new URL('./fixtures/pages/node-exporter.txt', import.meta.url), 'utf8');

function wanted(text: string) {
  const parsed = selector.parse(text);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.value;
}

/** The values of the samples that fit, or the reason. */
function values(page: string, text: string, format: Format = 'text') {
  const samples = samplesOf(page, format, wanted(text));
  return typeof samples === 'string' ? samples : samples.map(({ value }) => value);
}

describe('a real page', () => {
  it.each([
    ['node_load1', ['2.51']],
    ['node_load15', ['2.76']],
    ['node_cpu_seconds_total{mode="idle"}', ['9003.72', '8772.32']],
    ['node_cpu_seconds_total{mode="idle",cpu="1"}', ['8772.32']],
    ['node_filesystem_avail_bytes{mountpoint="/"}', ['8.3752136704e+10']],
    ['go_gc_duration_seconds{quantile="0.5"}', ['0']],
    ['go_gc_duration_seconds_count', ['0']],
    ['node_load', []],
    ['node_load1{host="x"}', []],
  ])('has the samples of %s', (text, expected) => {
    expect(values(real, text)).toEqual(expected);
  });
});

describe('a line of the text format', () => {
  it.each([
    ['blanks around it', ' \tx  4\t \n', ['4']],
    ['a timestamp', 'x 4 1395066363000\n', ['4']],
    ['a timestamp before 1970', 'x 4 -3982045\n', ['4']],
    ['labels', 'x{a="1",b="2"} 4\n', ['4']],
    ['blanks between labels', 'x { a = "1" , b = "2" } 4\n', ['4']],
    ['a comma after the last label', 'x{a="1",} 4\n', ['4']],
    ['no labels in braces', 'x{} 4\n', ['4']],
    ['a brace in a label', 'x{a="}",b="{"} 4\n', ['4']],
    ['escapes in a label', 'x{a="C:\\\\D\\"\\n"} 4\n', ['4']],
    ['a value in any notation', 'x +Inf\nx 1e5\nx NaN\n', ['+Inf', '1e5', 'NaN']],
    ['a comment before it', '# x 5\n#x 6\n# TYPE x gauge\n\nx 4\n', ['4']],
    ['names that begin alike', 'x_total 5\nx:sum 6\nx1 7\nx 4\n', ['4']],
    ['a metric whose lines are broken', 'y{{ 5\nx 4\n', ['4']],
  ])('may have %s', (_, page, expected) => {
    expect(values(page, 'x')).toEqual(expected);
  });

  it.each([
    ['without a value', 'x\n'],
    ['with labels and no value', 'x{a="1"}\n'],
    ['with labels that have no end', 'x{a="1" 4\n'],
    ['with a label without quotes', 'x{a=1} 4\n'],
    ['with a label that has no end', 'x{a="1} 4\n'],
    ['with a label twice', 'x{a="1",a="1"} 4\n'],
    ['without a comma between labels', 'x{a="1"b="2"} 4\n'],
    ['with a comma before the labels', 'x{,a="1"} 4\n'],
    ['with an escape that is none', 'x{a="\\t"} 4\n'],
    ['with a label of a wrong name', 'x{1a="1"} 4\n'],
    ['with a timestamp that is none', 'x 4 soon\n'],
    ['with a timestamp in seconds', 'x 4 1.5\n'],
    ['with more behind it', 'x 4 5 6\n'],
    ['with an exemplar', 'x 4 # {a="1"} 5\n'],
    ['with a name that is none', 'x-y 4\n'],
    ['that is longer than a line can be', `x{a="${'a'.repeat(70_000)}"} 4\n`],
  ])('is wrong %s', (_, page) => {
    expect(values(page, 'x')).toEqual(expect.stringMatching(/^not as a page of metrics: x/));
  });

  it('is cut off without an end', () => {
    expect(values('y 1\nx 4', 'x')).toBe('the page is cut off in its last line');
  });
});

describe('a page of OpenMetrics', () => {
  it.each([
    ['an exemplar', 'x_total 4 # {trace_id="a # } b"} 9 1.5\n# EOF\n', 'x_total', ['4']],
    ['a timestamp in seconds', 'x 4 1520879607.789\n# EOF\n', 'x', ['4']],
    ['a unit', '# UNIT x seconds\nx 4\n# EOF\n', 'x', ['4']],
  ])('may have %s', (_, page, text, expected) => {
    expect(values(page, text, 'openmetrics')).toEqual(expected);
  });

  it.each(['x 4\n', 'x 4\n# EOF', 'x 4\n# EOF\nx 5\n'])('ends with # EOF, unlike %j', (page) => {
    expect(values(page, 'x', 'openmetrics')).toBe('the page has no # EOF');
  });

  it('tells its time in seconds, the text format in milliseconds', () => {
    const at = (page: string, format: Format) => samplesOf(page, format, wanted('x'));
    expect(at('x 4 1520879607.5\n# EOF\n', 'openmetrics')).toMatchObject([{ atMs: 1520879607500 }]);
    expect(at('x 4 1520879607500\n', 'text')).toMatchObject([{ atMs: 1520879607500 }]);
  });
});

describe('a selector', () => {
  const page = 'x 1\nx{a="1"} 2\nx{a="1",b="2"} 3\nx{a="}\\"\\\\"} 4\n';

  it.each([
    ['x', ['1', '2', '3', '4']],
    ['x{}', ['1', '2', '3', '4']],
    ['x{a="1"}', ['2', '3']],
    ['x{a="1",b=""}', ['2']],
    ['x{a=""}', ['1']],
    ['x {b="2"}', ['3']],
    ['x{a="}\\"\\\\"}', ['4']],
    ['x{a="2"}', []],
  ])('chooses: %s', (text, expected) => {
    expect(values(page, text)).toEqual(expected);
  });

  it.each([
    '',
    '1x',
    'x-y',
    'x{',
    'x{a}',
    'x{a=1}',
    'x{a=~"1"}',
    'x{a!="1"}',
    'rate(x[5m])',
    'x y',
  ])('is none: %s', (text) => {
    expect(selector.parse(text)).toMatchObject({ ok: false });
  });
});
