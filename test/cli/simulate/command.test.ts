/** `vmmanage simulate` as people and programs meet it. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sparkline } from '../../../src/cli/render/sparkline.ts';
import { barText, progressBar } from '../../../src/cli/simulate/progress.ts';
import { tempFolder } from '../../support/temp.ts';
import { csvOf, every, recordedLooking, thesisTrace, timeAt } from '../../support/traces.ts';
import { expectGolden } from '../support/golden.ts';
import { CONF, file, run } from './support.ts';

const FLAT = `service = mysqlstatus
daemon_interval = 60
threshold = 50
tarry = 3
min_range = 1
max_range = 3
`;
const GATES = '[constraints]\ngates = thesis\n';

const folder = () => tempFolder();
const confFile = (text = CONF, name = 'vmmanage.conf') => file(name, text);
const traceFile = (rows = recordedLooking(600)) => file('day.csv', csvOf(rows));

async function json(...args: string[]) {
  const { status, out, err } = await run(...args, '--json');
  expect([status, err]).toEqual([0, '']);
  return JSON.parse(out);
}

describe('--json', () => {
  it('has exactly the shape of the design', async () => {
    const trace = file('a.csv', csvOf(every(60, [76, 76, 76, undefined, 10, 10])));
    expect(await json('-c', confFile(), trace)).toEqual({
      readings: 6,
      missing: 1,
      from: timeAt(0),
      to: timeAt(300),
      requests: [
        {
          time: timeAt(120),
          policy: 'db',
          verdict: 'move',
          from: 'h1',
          to: 'h2',
          value: 76,
          reason: 'suffering',
          outcome: 'confirmed',
        },
      ],
      held: [],
      perHour: [{ hour: timeAt(0), requests: 1 }],
      hosts: { h1: 150, h2: 150 },
      breachSeconds: { db: 180 },
      cost: { base: 0, array: 0.004167, away: 0, total: 0.004167 },
    });
  });

  it('prices a host without a price of its own by its kind', async () => {
    const trace = file('a.csv', csvOf(every(60, [76, 76, 76, undefined, 10, 10])));
    const conf = confFile(`${CONF}[cost]\narray = 1\n`);
    const { cost } = await json('-c', conf, trace);
    expect(cost).toEqual({ base: 0, array: 0.045833, away: 0, total: 0.045833 });
  });

  it('says what money that is, where the conf does', async () => {
    const trace = file('a.csv', csvOf(every(60, [76, 76, 76, undefined, 10, 10])));
    const conf = confFile(`${CONF}[cost]\narray = 1\ncurrency = EUR\n`);
    expect((await json('-c', conf, trace)).currency).toBe('EUR');
    const { out } = await run('-c', conf, trace);
    expect(out).toContain('0.05 EUR (base 0.00, array 0.05, away 0.00)');
  });

  it('tells what was held, and when the gate changed', async () => {
    const trace = traceFile(every(60, Array(8).fill(76)));
    const { held } = await json('-c', confFile(), trace);
    expect(held).toEqual([{ time: timeAt(360), policy: 'db', verdict: 'move', gate: 'cooldown' }]);
  });

  it('has null for the value of what the clock decided', async () => {
    const hours = 'kind = schedule-aware\nworkhours = 00:00-00:01\ntimezone = UTC';
    const conf = confFile(CONF.replace('kind = base-aware', hours));
    const { requests } = await json('-c', conf, traceFile(every(60, [10, 10, 10])));
    expect(requests).toMatchObject([{ policy: 'db', verdict: 'base', value: null }]);
  });

  it('of two confs is a list of two', async () => {
    const other = confFile(CONF.replace('> 50', '> 20'), 'other.conf');
    const both = await json('-c', confFile(), '--compare', other, traceFile());
    expect(both).toHaveLength(2);
    expect(both[1].requests.length).toBeGreaterThan(both[0].requests.length);
  });
});

describe('the thesis’s own conf', () => {
  const mysqlTrace = (requests: number) =>
    file('thesis.csv', csvOf(thesisTrace(requests), 'mysql'));

  it('on its own readings gives requests 225 s apart, round and round', async () => {
    const confs = ['-c', confFile(FLAT), '-c', confFile(GATES, 'gates.conf')];
    const { requests } = await json(...confs, mysqlTrace(8));
    const times = requests.map(({ time }: { time: string }) => Date.parse(time) / 1000);
    const apart = times.slice(1).map((time: number, i: number) => time - times[i]);
    expect(apart).toEqual(Array(7).fill(225));
    expect(requests.map(({ to }: { to: string }) => to).join('')).toBe('23123123');
  });

  it('with our gates comes to rest', async () => {
    const { requests } = await json('-c', confFile(FLAT), mysqlTrace(384));
    expect(requests.length).toBeLessThanOrEqual(6);
  });
});

describe('the summary', () => {
  const summary = async (...args: string[]) => {
    const { out } = await run(...args);
    return out.trimEnd();
  };

  it('of one conf', async () => {
    expectGolden('simulate', await summary('-c', confFile(), traceFile()));
  });

  it('of two confs, side by side', async () => {
    const place = folder();
    const [low, high] = [20, 50].map((bound) =>
      file(`${bound}.conf`, CONF.replace('> 50', `> ${bound}`), place),
    ) as [string, string];
    const text = await summary('-c', low, '--compare', high, traceFile());
    expectGolden('simulate-compare', text);
  });
});

describe('a worker with two sites', () => {
  const SITES = `
[vm]
name = build1
[site oslo]
role = home
hosts = h1, h2
[site aws]
role = away
[host h1]
cost = 0.1
[host aws]
cost = 0.4
[policy build]
kind = site-aware
bigjobs = grade a
threshold = 2
tarry = 2
[queue builds]
url = https://ci.example.org/builds
`;
  const jobs = [0, 1, 2, 5, 5, 4, 3, undefined, 2, 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0];
  const trace = () => file('builds.csv', csvOf(every(60, jobs), 'builds'));

  it('goes for big jobs and comes home, in figures', async () => {
    const result = await json('-c', confFile(SITES), trace());
    expect(result.requests).toMatchObject([
      { time: timeAt(180), verdict: 'away', from: 'h1', to: 'aws', value: 5, outcome: 'confirmed' },
      { time: timeAt(660), verdict: 'home', from: 'aws', to: 'h1', value: 1, outcome: 'confirmed' },
    ]);
    expect(result.hosts).toEqual({ h1: 660, aws: 480 });
    expect(result.breachSeconds).toEqual({ build: 420 });
    expect(result.cost).toEqual({ base: 0, array: 0.018333, away: 0.053333, total: 0.071667 });
  });

  it('is summed up for people', async () => {
    expectGolden('simulate-sites', (await run('-c', confFile(SITES), trace())).out.trimEnd());
  });

  it('is drawn with one bound, and the cloud among the hosts', async () => {
    const path = join(folder(), 'page.html');
    await run('-c', confFile(SITES), '--html', path, trace());
    const [, text = ''] = /id="data">(.*?)<\/script>/s.exec(readFileSync(path, 'utf8')) ?? [];
    const { hosts, confs, series } = JSON.parse(text);
    expect(hosts.map(({ name }: { name: string }) => name)).toEqual(['h1', 'h2', 'aws']);
    expect(confs[0].bounds).toEqual([
      { probe: 'builds', kind: 'suffering', value: 2, text: 'suffering >= 2 for 2' },
    ]);
    expect(confs[0].stays.map(({ host }: { host: string }) => host)).toEqual(['h1', 'aws', 'h1']);
    expect(series.map(({ probe }: { probe: string }) => probe)).toEqual(['builds']);
  });
});

describe('what is said on standard error', () => {
  it('of a trace that is too coarse for the conf, with the interval that isn’t', async () => {
    const trace = traceFile(every(600, [1, 2, 3, 4]));
    const { err } = await run('-c', confFile(), trace);
    expect(err).toContain('slow: its readings lie 10m apart, more than three intervals (1m)');
    expect(err).toContain('--interval 10m would not');
    expect((await run('-c', confFile(), '--interval', '10m', trace)).err).toBe('');
  });

  it('of a passive conf, which --active takes for an active one', async () => {
    const passive = confFile(`${CONF}[constraints]\nmode = passive\n`);
    const trace = traceFile(every(60, Array(5).fill(76)));
    const quiet = await run('-c', passive, trace, '--json');
    expect(quiet.err).toContain('mode = passive, so nothing is asked; --active');
    expect(JSON.parse(quiet.out)).toMatchObject({ requests: [], held: [{ gate: 'paused' }] });
    expect((await json('-c', passive, '--active', trace)).requests).toHaveLength(1);
  });

  it('of each policy that the trace leaves blind, once', async () => {
    const cpu = '[probe cpu]\nkind = system\nmeasure = cpu\n';
    const policy =
      '[policy c]\nkind = base-aware\nprobe = cpu\nsuffering = > 80 for 3\nidle = < 5 for 9\n';
    const two = CONF.replace('kind = base-aware', 'kind = base-aware\nprobe = slow');
    const conf = confFile(`${two}${cpu}${policy}`);
    const without = traceFile(every(60, Array(30).fill(0)));
    const warning =
      'vmmanage: warning: the trace holds no readings of cpu: ' +
      'policy c is blind, and keeps the guest from base and home\n';
    expect((await run('-c', conf, without)).err).toBe(warning);
    expect((await run('-c', conf, '--compare', conf, without)).err).toBe(warning);
    const scheduled = conf.replace(/vmmanage.conf$/, 'scheduled.conf');
    const hours = policy.replace('base-aware', 'schedule-aware\nworkhours = 09:00-16:00');
    writeFileSync(scheduled, `${two}${cpu}${hours}`);
    expect((await run('-c', scheduled, without)).err).toContain('base and home in its workhours\n');
    const line = (cell: string) => file('b.csv', `time,slow,cpu\n${timeAt(0)},0,${cell}\n`);
    expect((await run('-c', conf, line(''))).err).toBe(warning);
    expect((await run('-c', conf, line('7'))).err).toBe('');
  });

  it('of a probe that the conf hasn’t, escaped', async () => {
    const trace = file('a.csv', `time,slow,b\x1b[2Jusy\n${timeAt(0)},1,2\n`);
    const { err, status } = await run('-c', confFile(), trace);
    expect(status).toBe(0);
    expect(err).toMatch(/warning: left out “b\\u\{1b\}\[2Jusy”/);
  });
});

describe('options', () => {
  it('say where it begins, how long moves take, and which fail', async () => {
    const trace = traceFile(every(60, Array(5).fill(76)));
    const args = ['--at', 'h2', '--move-takes', '90s', '--fail', 'h3', trace];
    const { requests, hosts } = await json('-c', confFile(), ...args);
    expect(requests).toMatchObject([{ from: 'h2', to: 'h3', outcome: 'failed' }]);
    expect(hosts).toEqual({ h2: 240 });
  });

  it('cut the trace', async () => {
    const trace = traceFile(every(60, [1, 2, 3, 4]));
    const cut = await json('-c', confFile(), '--from', timeAt(60), '--to', timeAt(120), trace);
    expect(cut).toMatchObject({ readings: 2, from: timeAt(60), to: timeAt(120) });
  });

  it('are few without a trace: the stored readings are taken', async () => {
    const state = folder();
    mkdirSync(join(state, 'history'));
    const rows = `time,probe,value,unit,host\n${timeAt(0)},slow,7,/min,h1\n`;
    writeFileSync(join(state, 'history/2009-05-13.csv'), rows);
    const conf = confFile(CONF.replace('name = db7', `name = db7\nstate = ${state}`));
    expect(await json('-c', conf)).toMatchObject({ readings: 1 });
    expect(await json('-c', confFile(), '--state', state)).toMatchObject({ readings: 1 });
  });
});

describe('refused is', () => {
  it.each<[string, string[], number, RegExp]>([
    [
      'a start that is no host',
      ['--at', 'x1', '/dev/null'],
      2,
      /--at: no host “x1” in the conf\n.*h1, h2, h3, b/,
    ],
    ['a failing host that is none', ['--fail', 'x1', '/dev/null'], 2, /--fail: no host “x1”/],
    ['an empty span', ['--from', '2', '--to', '1', '/dev/null'], 2, /--from is later than --to/],
    ['a time without a zone', ['--from', '2026-11-21', '/dev/null'], 2, /names no zone/],
    ['a query without a server', ['--query', 'up'], 2, /belong to --prometheus/],
    ['a server without a query', ['--prometheus', 'http://x'], 2, /needs --query and --from/],
    ['a server that is none', ['--prometheus', 'ftp://x'], 2, /http:\/\/ or https:\/\//],
    [
      'a server and a trace',
      ['--prometheus', 'http://x', '--query', 'x', '--from', '1', 'a'],
      2,
      /not both/,
    ],
    [
      'a replay with another start',
      ['--replay', 'x', '--at', 'h1'],
      2,
      /--at has no meaning with --replay/,
    ],
    ['no trace at all', ['--state', '/nonexistent'], 1, /history: there is no such file/],
    ['an empty file', ['/dev/null'], 1, /is empty/],
  ])('%s', async (_, args, status, expected) => {
    const ended = await run('-c', confFile(), ...args);
    expect(ended.err).toMatch(expected);
    expect(ended.status).toBe(status);
  });

  it('a trace without a reading of the conf’s probes', async () => {
    const trace = file('a.csv', `time,busy\n${timeAt(0)},1\n`);
    const { status, err } = await run('-c', confFile(), trace);
    expect(status).toBe(1);
    expect(err).toContain('no reading of slow in it');
    expect(err).toContain('left out “busy”');
  });

  it('a wrong conf', async () => {
    expect((await run('-c', confFile('[array]\n'), traceFile())).status).toBe(78);
  });
});

describe('the bar', () => {
  it.each([
    [0, 10, 'simulating ░░░░░░░░░░░░░░░░░░░░░░░░ 0%'],
    [5, 10, 'simulating ████████████░░░░░░░░░░░░ 50%'],
    [10, 10, 'simulating ████████████████████████ 100%'],
    [12, 10, 'simulating ████████████████████████ 100%'],
    [0, 0, 'simulating ████████████████████████ 100%'],
  ])('at %i of %i', (done, of, text) => {
    expect(barText(done, of)).toBe(text);
  });

  it('isn’t shown for what is quick, nor redrawn too often, and is wiped', () => {
    const lines: string[] = [];
    let nowMs = 0;
    const clock = { monotonicMs: () => nowMs } as never;
    const bar = progressBar({ clock, progress: (line) => void lines.push(line) });
    for (nowMs = 0; nowMs <= 1000; nowMs += 10) bar.show(nowMs, 1000);
    bar.end();
    expect(lines).toHaveLength(7);
    expect(lines.at(-1)).toBe('');
  });
});

describe('a sparkline', () => {
  it.each([
    [[], ''],
    [[0, 0], '··'],
    [[0, 1, 4, 8], '·▁▄█'],
    [Array(96).fill(1), '█'.repeat(48)],
  ])('of %j', (hours, text) => {
    expect(sparkline(hours)).toBe(text);
  });
});
