/** The thesis's own files mean what a sectioned conf says. */
import { describe, expect, it } from 'vitest';
import { check, checkFiles, FOLDER, loaded, problems } from './help.ts';

const SECTIONED = `
[array]
hosts = 1, 2, 3
base = 9
[probe]
kind = mysql
interval = 60
[policy]
kind = base-aware
threshold = 50
tarry = 3
lowthreshold = 1
lowtarry = 20
[constraints]
mode = active
`;

describe('a flat file', () => {
  it('means the same as the sectioned conf', () => {
    const flat = loaded(checkFiles(['flat/base.conf']));
    const sectioned = loaded(check([SECTIONED]));
    expect(flat.rules).toEqual(sectioned.rules);
    expect(flat.probes).toEqual(sectioned.probes);
  });

  it('is threshold-aware with a threshold alone', () => {
    const { rules } = loaded(checkFiles(['flat/threshold.conf']));
    expect(rules.policies).toMatchObject([{ kind: 'threshold-aware', name: 'threshold-aware' }]);
  });

  it('goes with the projects of MLN, whose hosts have numbers, in a second file', () => {
    const second = '[migrator]\nkind = mln\nvia = direct\nfolder = /p\nlocate = /where\n';
    const flat = 'service = mysqlstatus\nthreshold = 50\ntarry = 3\nmin_range = 1\nmax_range = 3\n';
    const { rules, migrators } = loaded(check([flat, second]));
    expect(rules.sites).toMatchObject([{ hosts: ['1', '2', '3'] }]);
    expect(migrators).toMatchObject([{ kind: 'mln', options: { via: 'direct', folder: '/p' } }]);
  });

  it('keeps where each key stands', () => {
    const { effective } = loaded(checkFiles(['flat/base.conf']));
    const file = `${FOLDER}flat/base.conf`;
    const origin = (section: string, key: string) =>
      effective.find((value) => value.section === section && value.key === key)?.origin;
    expect(origin('array', 'hosts')).toBe(`${file}:2`);
    expect(origin('array', 'base')).toBe(`${file}:4`);
    expect(origin('policy', 'kind')).toBe(`${file}:10`);
    expect(origin('constraints', 'mode')).toBe(`${file}:12`);
    expect(origin('policy', 'on_error')).toBe('default');
  });

  it('keeps our gates', () => {
    const { rules } = loaded(checkFiles(['flat/base.conf']));
    expect(rules.constraints.cooldownMs).toBe(300_000);
  });

  it('may be two files, and sections may follow in a later one', () => {
    const places = 'min_range = 1\nmax_range = 3\n';
    const policy = 'service = mysqlstatus\nthreshold = 50\ntarry = 3\n';
    const { rules } = loaded(check([places, policy, '[policy]\nthreshold = 60\n']));
    expect(rules.sites[0]?.hosts).toEqual(['1', '2', '3']);
    expect(rules.policies[0]?.suffering.bound).toBe(60);
  });

  it('that was not to run only watches', () => {
    const text = 'service = mysqlstatus\nthreshold = 50\ntarry = 3\nmin_range = 1\nmax_range = 2\n';
    expect(loaded(check([`${text}run_daemon = 0\n`])).rules.constraints.mode).toBe('passive');
  });

  it('with working hours is schedule-aware, every day, in UTC wherever the machine is', () => {
    const { rules } = loaded(checkFiles(['flat/schedule.conf']));
    const window = { weekdays: [1, 2, 3, 4, 5, 6, 7], opens: 9 * 60, closes: 16 * 60 };
    expect(rules.policies).toMatchObject([
      {
        kind: 'schedule-aware',
        idle: { compare: '<', bound: 1 },
        schedule: { hours: { windows: [window], closed: [], zone: 'UTC' }, offHours: 'rest' },
      },
    ]);
  });

  it('with a night of work closes on the next day, and may leave idle out', () => {
    const places =
      'service = mysqlstatus\nmin_range = 1\nmax_range = 2\nthreshold = 5\ntarry = 3\n';
    const { rules } = loaded(check([`${places}workstart = 264\nworkstop = 72\n`]));
    expect(rules.policies[0]?.idle).toBeUndefined();
    expect(rules.policies[0]?.schedule?.hours.windows).toMatchObject([
      { opens: 22 * 60, closes: 30 * 60 },
    ]);
  });

  it('with big jobs, as two files, lacks only the queue’s address', () => {
    const files = ['flat/site-policy.conf', 'flat/site-places.conf'];
    expect(problems(checkFiles(files))).toEqual([
      "flat/site-policy.conf:1: the queue's address is missing: give it in a second file (-c), under [queue], as in url = https://ci.example.org/builds",
    ]);
  });

  it('with myHomeBroadcast knows its home by the network', () => {
    const flat = 'home = oslo\nmyHomeBroadcast = 10.0.0.255\nmin_range = 1\nmax_range = 2\n';
    const policy = 'service = mysqlstatus\nthreshold = 5\ntarry = 3\n';
    const { networks, locators, locatorsOf } = loaded(check([`${flat}${policy}`]));
    expect(networks).toEqual({ oslo: { broadcast: '10.0.0.255', cidrs: [] } });
    expect(locators).toEqual([{ name: 'network', kind: 'network', options: {} }]);
    expect(locatorsOf).toEqual({ oslo: ['network'] });
  });

  it('with big jobs is site-aware, once a second file says where the queue is', () => {
    const flat = 'service = queueproc\nbigjobs = grade a\nthreshold = 2\ntarry = 3\n';
    const places = 'daemon_interval = 30\nhome = oslo\naway = aws\nmin_range = 1\nmax_range = 2\n';
    const url = '[queue]\nurl = https://ci.example.org/builds\n';
    const { rules, queues } = loaded(check([flat, places, url]));
    expect(rules.sites).toMatchObject([
      { name: 'oslo', role: 'home', hosts: ['1', '2'] },
      { name: 'aws', role: 'away', hosts: ['aws'] },
    ]);
    const tarry = { kind: 'count', n: 3 };
    expect(rules.policies).toMatchObject([
      {
        ...{ kind: 'site-aware', probe: 'queue', jobs: { queue: 'queue', grades: ['grade a'] } },
        suffering: { compare: '>=', bound: 2, tarry },
        idle: { compare: '<', bound: 2, tarry },
      },
    ]);
    expect(rules.probes).toEqual({ queue: { intervalMs: 30_000, maxErrors: 3, unit: 'big jobs' } });
    expect(queues).toMatchObject([{ name: 'queue', url: 'https://ci.example.org/builds' }]);
  });

  it('with big jobs and another service lacks what counts them', () => {
    const flat = 'service = mysqlstatus\nbigjobs = grade a\nthreshold = 2\n';
    expect(problems(check([`${flat}min_range = 1\nmax_range = 2\n`]))).toEqual([
      '1.conf:2: [policy]: nothing counts the big jobs: a [queue] with url =, or probe = NAME, is missing',
    ]);
  });

  it.each([
    ['the first unit of the day', 'workstart = 0\nworkstop = 288\n', []],
    ['a unit too many', 'workstart = 0\nworkstop = 289\n', ['289 is not between 0 and 288']],
    ['the end as a start', 'workstart = 288\nworkstop = 9\n', ['288 is not between 0 and 287']],
    ['equal ends', 'workstart = 8\nworkstop = 8\n', ['1.conf:1: workstart: “Mon-Sun 00:40-00:40”']],
    ['a fraction', 'workstart = 8.5\nworkstop = 9\n', ['“8.5” is not a whole number']],
    ['no end', 'workstart = 8\n', ['needs workstop beside it']],
  ])('takes working hours in units of five minutes: %s', (_, keys, expected) => {
    const places =
      'service = mysqlstatus\nmin_range = 1\nmax_range = 2\nthreshold = 5\ntarry = 3\n';
    const found = problems(check([`${keys}${places}`]));
    expect(found).toHaveLength(expected.length);
    for (const [i, text] of expected.entries()) expect(found[i]).toContain(text);
  });
});
