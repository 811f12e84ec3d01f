/** The apache probe's parser on real pages and made-up ones, and its options. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { apache, parseCounter, parseStatus } from '../../src/probes/apache.ts';
import { optionsFrom } from '../support/options.ts';

function page(name: string): string {
  return readFileSync(new URL(`./fixtures/pages/${name}.txt`, import.meta.url), 'utf8');
}

describe.each(['apache-prefork', 'apache-event'])('the page %s', (name) => {
  it.each([
    ['IdleWorkers', 4],
    ['BusyWorkers', 4],
    ['idle%', 50],
    ['Total Accesses', 71],
    ['ReqPerSec', 35.5],
  ])('gives %s', (key, value) => {
    expect(parseStatus(page(name), key)).toEqual({ value });
  });

  it.each([
    ['ServerUptime', 'ServerUptime is not a number: 2 seconds'],
    ['CurrentTime', expect.stringMatching(/^CurrentTime is not a number: Saturday, 21-Nov-2026/)],
    ['idleworkers', 'the page has no idleworkers (did you mean IdleWorkers?)'],
    ['BusyWorker', 'the page has no BusyWorker (did you mean BusyWorkers?)'],
    ['Requests', expect.stringMatching(/^the page has no Requests; it has (?!Server|Current)\w/)],
  ])('gives a reason instead of %s', (key, missing) => {
    expect(parseStatus(page(name), key)).toEqual({ missing });
  });

  it('gives a counter with the uptime of its server', () => {
    expect(parseCounter(page(name), 'Total Accesses')).toEqual({ count: 71, uptimeS: 2 });
  });
});

describe('a page', () => {
  it('gives a number without a zero before its point', () => {
    expect(parseStatus(page('apache-event'), 'CPULoad')).toEqual({ value: 0.5 });
  });

  it.each([
    ['whose last line has no end', 'IdleWorkers: 4', /no IdleWorkers$/],
    ['that says a key twice', 'IdleWorkers: 4\nIdleWorkers: 4\n', /more than once/],
    ['with something after the number', 'IdleWorkers: 4 of 8\n', /not a number: 4 of 8/],
    ['without a blank', 'IdleWorkers:4\n', /no IdleWorkers/],
    ['of nothing', '', /no IdleWorkers$/],
    ['for people', '<dt>4 idle workers</dt>\n', /no IdleWorkers$/],
  ])('%s gives a reason', (_, text, missing) => {
    expect(parseStatus(text, 'IdleWorkers')).toEqual({ missing: expect.stringMatching(missing) });
  });

  it.each([
    ['all idle', 8, 0, { value: 100 }],
    ['none idle', 0, 8, { value: 0 }],
    ['no workers', 0, 0, { missing: 'there is no share of 0 idle and 0 busy workers' }],
    ['fewer than none', -1, 2, { missing: expect.any(String) }],
  ])('tells the share of the idle workers: %s', (_, idle, busy, expected) => {
    expect(parseStatus(`BusyWorkers: ${busy}\nIdleWorkers: ${idle}\n`, 'idle%')).toEqual(expected);
  });

  it('gives no counter without an uptime', () => {
    expect(parseCounter('Total Accesses: 4\n', 'Total Accesses')).toEqual({
      missing: 'the page has no ServerUptimeSeconds; it has Total Accesses',
    });
  });
});

describe('the options', () => {
  it.each([
    ['http://127.0.0.1/server-status', 'http://127.0.0.1/server-status?auto'],
    ['http://127.0.0.1/server-status?auto', 'http://127.0.0.1/server-status?auto'],
    ['http://127.0.0.1/server-status?auto=1', 'http://127.0.0.1/server-status?auto=1'],
    ['https://h/s?refresh=5', 'https://h/s?refresh=5&auto'],
  ])('ask for the page for programs: %s', (url, asked) => {
    expect(optionsFrom(apache.options, { url }).url).toBe(asked);
  });

  it.each(['server-status', 'ftp://h/', 'http://ops:secret@h/', 'http://h/#top'])(
    'refuse %s as a url',
    (url) => {
      expect(() => optionsFrom(apache.options, { url })).toThrow(/^url: /);
    },
  );

  it.each([
    [{}, 'workers', 'low'],
    [{ key: 'idle%' }, '%', 'low'],
    [{ key: 'BusyWorkers' }, 'workers', 'high'],
    [{ key: 'Load1' }, '', 'high'],
    [{ key: 'Total Accesses', as: 'delta', per: '1s' }, '/s', 'high'],
    [{ key: 'Total Accesses', as: 'delta' }, '/10s', 'high'],
  ])('know the unit and the worse side of %j', (given, unit, worse) => {
    const chosen = optionsFrom(apache.options, given);
    expect([apache.unit(chosen, 10_000), apache.worse(chosen)]).toEqual([unit, worse]);
  });

  it.each([
    [{}, undefined],
    [{ key: 'Total Accesses', as: 'delta' }, undefined],
    [{ as: 'delta' }, 'as'],
    [{ key: 'idle%', as: 'delta' }, 'as'],
  ])('take only what counts up as a difference: %j', (given, key) => {
    expect(apache.conflict?.(optionsFrom(apache.options, given))?.key).toBe(key);
  });
});
