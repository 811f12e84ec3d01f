/** The command probe on real programs: monitoring plugins, and ones that misbehave. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import { command, measure } from '../../src/probes/command.ts';
import type { Measurement, Probe } from '../../src/probes/probe.ts';
import { systemClock } from '../../src/system/clock.ts';
import { optionsFrom } from '../support/options.ts';
import { RUNS } from '../support/runs.ts';
import { tempFolder } from '../support/temp.ts';
import { anyText, garbled, standsIn } from './odd-text.ts';

const clock = systemClock();
const PLUGINS = '/usr/lib/nagios/plugins';

type Given = NonNullable<Parameters<typeof optionsFrom<typeof command.options>>[1]>;

function open(words: string, given: Given = {}): Probe {
  const chosen = optionsFrom(command.options, { command: words, ...given });
  const probe = command.open(chosen, { clock, intervalMs: 60_000 });
  onTestFinished(() => probe.close());
  return probe;
}

function read(words: string, given: Given = {}): Promise<Measurement> {
  return open(words, given).read(AbortSignal.timeout(20_000));
}

/** Without what it printed. */
async function found(words: string, given: Given = {}) {
  const { raw: _, ...rest } = await read(words, given);
  return rest;
}

const sh = (script: string) => `/bin/sh -c "${script}"`;
const number = { value: expect.any(Number) };

describe('a monitoring plugin', () => {
  it.each([
    ['check_load -w 500,400,300 -c 900,800,700', 'perfdata'],
    ['check_load -w 500,400,300 -c 900,800,700', 'perfdata load15'],
    ['check_disk -w 1% -c 1% -p /', 'perfdata /'],
    ['check_procs -w 99999', 'perfdata procs'],
    ['check_file_age -f /etc/passwd', 'perfdata size'],
  ])('%s: %s', async (words, source) => {
    const { raw, ...measured } = await read(`${PLUGINS}/${words}`, { read: source });
    expect(measured).toEqual(number);
    expect(raw).toContain('|');
  });

  it('that says WARNING or CRITICAL has a value all the same', async () => {
    const words = `${PLUGINS}/check_procs -w 0 -c 0`;
    expect(await found(words, { read: 'perfdata' })).toEqual(number);
    expect(await found(words, { read: 'status' })).toEqual({ value: 2 });
  });

  it.each([0, 1, 2])('has a status of %d', async (status) => {
    const words = `${PLUGINS}/check_dummy ${status} text`;
    expect(await found(words, { read: 'status' })).toEqual({ value: status });
  });

  it.each(['status', 'perfdata'])('that says UNKNOWN is a reason: %s', async (source) => {
    const words = `${PLUGINS}/check_dummy 3 "the array is rebuilding"`;
    expect(await found(words, { read: source })).toEqual({
      missing: 'UNKNOWN: the array is rebuilding',
    });
  });

  it('without performance data, or without that label, is a reason', async () => {
    const dummy = `${PLUGINS}/check_dummy 0 fine`;
    expect(await found(dummy, { read: 'perfdata' })).toEqual({
      missing: 'it printed no performance data',
    });
    const load = `${PLUGINS}/check_load -w 500,400,300 -c 900,800,700`;
    expect(await found(load, { read: 'perfdata load2' })).toEqual({
      missing: 'it printed no load2, but load1, load5, load15',
    });
  });
});

describe('a program that prints a number', () => {
  it.each([
    ['/bin/echo 12', 12],
    ['/bin/echo -0.5', -0.5],
    ['/usr/bin/printf "\\n 7 \\nand more"', 7],
    ['/usr/bin/stat -c %s /dev/null', 0],
  ])('%s', async (words, value) => {
    expect(await found(words)).toEqual({ value });
  });

  it.each([
    ['prints words', '/bin/echo 12 mails', /^it didn't print a number: 12 mails$/],
    ['prints nothing', '/bin/true', /^it printed nothing$/],
    ['fails', sh('echo 5; echo no queue >&2; exit 1'), /^exit 1: no queue$/],
    ['is called wrongly', 'ps --no-such', /^exit 1: error: unknown gnu long option$/],
    ['fails as a plugin would', sh('echo 5; exit 3'), /^exit 3: 5$/],
    ['is killed', sh('kill -9 $$'), /^killed by SIGKILL$/],
    ['is not there', '/no/such/program', /^no such program: \/no\/such\/program$/],
    ['is no program', '/etc/passwd', /^not permitted to run/],
    ['floods', sh('yes 1 | head -c 70000'), /^it printed more than 64KB$/],
  ])('and %s is missing', async (_, words, missing) => {
    expect(await found(words)).toEqual({ missing: expect.stringMatching(missing) });
  });

  it('sees no shell, no input and a small environment', async () => {
    process.env['VMMANAGE_TEST_SECRET'] = 'x';
    onTestFinished(() => void delete process.env['VMMANAGE_TEST_SECRET']);
    expect((await read('/bin/echo $HOME ; 5 | wc *')).raw).toBe('$HOME ; 5 | wc *');
    expect(await found(sh('wc -c'))).toEqual({ value: 0 });
    expect((await read('/usr/bin/env')).raw).not.toContain('VMMANAGE_TEST');
  });

  it('is given its password in the environment alone, and never quoted with it', async () => {
    const given = { password: 's3cret', password_in: 'PGPASSWORD' };
    const ended = await read(sh('echo 5; echo got $PGPASSWORD >&2'), given);
    expect(ended).toEqual({ value: 5, raw: '5\ngot …' });
    expect(await found(sh('echo bad s3cret >&2; exit 1'), given)).toEqual({
      missing: 'exit 1: bad …',
    });
    expect(command.options.password.secret).toBe(true);
  });
});

describe('a program that takes too long', () => {
  /** Writes its process ids, and those of a child, to a file. */
  function stubborn(body: string) {
    const folder = tempFolder();
    const [script, pids] = [join(folder, 'stubborn'), join(folder, 'pids')];
    writeFileSync(script, `#!/bin/sh\nsleep 300 & echo $$ $! > ${pids}\n${body}\n`);
    chmodSync(script, 0o755);
    const alive = () =>
      readFileSync(pids, 'utf8')
        .trim()
        .split(' ')
        .filter((pid) => existsSync(`/proc/${pid}/stat`))
        .filter((pid) => !/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1')));
    return { script, alive };
  }

  it('is given up in time, and ended with its children', async () => {
    const { script, alive } = stubborn('wait');
    const probe = open(script);
    expect(await probe.read(AbortSignal.timeout(300))).toEqual({ missing: 'no answer in time' });
    await probe.close();
    expect(alive()).toEqual([]);
  });

  it('though it takes no notice; until then there is no second one', async () => {
    const { script, alive } = stubborn("trap '' TERM; while :; do sleep 0.1; done");
    const probe = open(script);
    const beganMs = clock.monotonicMs();
    expect(await probe.read(AbortSignal.timeout(300))).toEqual({ missing: 'no answer in time' });
    expect(clock.monotonicMs() - beganMs).toBeLessThan(1_000);
    expect(await probe.read(AbortSignal.timeout(300))).toEqual({
      missing: "the last run hasn't ended yet",
    });
    await probe.close();
    while (alive().length > 0) await clock.sleep(20);
  });

  it('prints byte after byte: the number of all of them, or none', async () => {
    const drips = sh('for each in 1 7 . 2 5; do printf $each; sleep 0.05; done');
    expect(await found(drips)).toEqual({ value: 17.25 });
    const probe = open(drips);
    expect(await probe.read(AbortSignal.timeout(120))).toEqual({ missing: 'no answer in time' });
  });

  it('is ended where it only leaves something running', async () => {
    const { script, alive } = stubborn('echo 5');
    expect(await found(script)).toEqual({ value: 5 });
    expect(alive()).toEqual([]);
  });
});

describe('any output', () => {
  it('gives a number that stands there, or none, and never throws', () => {
    const source = fc.constantFrom('number', 'perfdata', 'perfdata a', 'status');
    const status = fc.constantFrom(0, 1, 2, 3, 4, 255, undefined);
    const printed = ['12.5\n', '-3', '17 queued\n', "OK|a=12;5;9 'b c'=3s\n", '1e3\nmore\n'];
    const output = fc.oneof(anyText, garbled(printed), fc.double().map(String));
    fc.assert(
      fc.property(source, status, output, fc.boolean(), (text, exit, stdout, cut) => {
        const { read } = optionsFrom(command.options, { command: '/bin/true', read: text });
        const ended = { exit, signal: undefined, stdout, stderr: '', cut };
        const all = { ...ended, timedOut: false, aborted: false };
        const measured = measure(all, { read, password: undefined });
        if ('missing' in measured) return;
        expect(cut).toBe(false);
        expect(exit).toBeLessThan(text === 'number' ? 1 : 3);
        if (text === 'number') expect(standsIn(stdout, measured.value)).toBe(true);
        if (text === 'status') expect(measured.value).toBe(exit);
      }),
      { numRuns: RUNS },
    );
  });
});
