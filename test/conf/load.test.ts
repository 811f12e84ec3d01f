/** What right confs mean. */
import { describe, expect, it } from 'vitest';
import { SECTIONS } from '../../src/conf/tables.ts';
import { text } from '../../src/core/option-types.ts';
import { optional } from '../../src/core/options.ts';
import { sinkUrlText } from '../../src/core/sink-url.ts';
import { check, checkFiles, loaded, PLUGINS, problems, warnings } from './help.ts';

const ARRAY = '[array]\nhosts = xen1, xen2, xen3\nbase = xen9\n';
const PROBE = '[probe slow]\nkind = mysql\n';
const POLICY = '[policy db]\nkind = base-aware\nsuffering = > 50 for 3\nidle = < 1 for 20\n';
const SMALL = `${ARRAY}${PROBE}${POLICY}`;

const at = (minutes: number) => minutes * 60_000;

describe('a small conf', () => {
  const conf = loaded(check([SMALL]));

  it('gets every default', () => {
    expect(conf.rules).toMatchObject({
      vm: 'db7',
      sites: [
        {
          ...{ name: 'home', role: 'home', hosts: ['xen1', 'xen2', 'xen3'], base: 'xen9' },
          ...{ order: 'listed', learnHalfLifeMs: 604_800_000, spread: true },
        },
      ],
      probes: { slow: { intervalMs: 60_000, maxErrors: 3 } },
      constraints: {
        ...{ mode: 'active', settleMs: 45_000, cooldownMs: at(5), cooldownGrowth: 2 },
        ...{ cooldownMaxMs: at(360), retryMs: at(3), maxMoves: { n: 6, spanMs: at(1440) } },
        ...{ allow: undefined, deny: [], maxTargets: 3, barMs: at(3), prefer: 'service' },
      },
    });
    expect(conf.vm).toEqual({
      ...{ state: '/var/lib/vmmanage', runtime: '/run/vmmanage', historyDays: 90 },
      ...{ journalMaxBytes: 16 * 2 ** 20, journalKeep: 5, locateEveryMs: at(5) },
    });
    expect(conf.log).toEqual({
      ...{ sinks: [], tls: {}, spoolMaxBytes: 64 * 2 ** 20, level: 'info', cycles: false },
    });
  });

  it('has a time-out of three quarters of the interval', () => {
    expect(conf.probes).toMatchObject([{ name: 'slow', kind: 'mysql', timeoutMs: 45_000 }]);
    const fast = check([SMALL.replace('kind = mysql', 'kind = mysql\ninterval = 1')]);
    expect(loaded(fast).probes[0]?.timeoutMs).toBe(750);
  });

  it('is moved by `local`', () => {
    expect(conf.migrators).toMatchObject([{ name: 'local', kind: 'local' }]);
    expect(conf.migratorOf).toEqual({ home: 'local' });
  });

  it('has a policy that judges the only probe', () => {
    expect(conf.rules.policies).toMatchObject([
      {
        ...{ name: 'db', kind: 'base-aware', probe: 'slow', worse: 'high', onError: 'hold' },
        suffering: { compare: '>', bound: 50, tarry: { kind: 'count', n: 3 } },
        idle: { compare: '<', bound: 1, tarry: { kind: 'count', n: 20 } },
      },
    ]);
  });
});

describe('the gates', () => {
  const gates = (keys: string) => loaded(check([`${SMALL}[constraints]\n${keys}`])).rules;

  it('are all off but settling with gates = thesis', () => {
    const { constraints, sites } = gates('gates = thesis\n');
    expect(constraints).toMatchObject({ settleMs: 45_000 });
    expect(constraints.cooldownMs).toBeUndefined();
    expect(constraints.retryMs).toBeUndefined();
    expect(constraints.maxMoves).toBeUndefined();
    expect(sites[0]?.spread).toBe(false);
  });

  it('can be set beside gates = thesis', () => {
    expect(gates('gates = thesis\ncooldown = 1m\n').constraints.cooldownMs).toBe(at(1));
  });

  it.each(['settle', 'cooldown', 'retry', 'max_moves'])('can be off: %s', (key) => {
    const { settleMs, cooldownMs, retryMs, maxMoves } = gates(`${key} = off\n`).constraints;
    const off = [settleMs, cooldownMs, retryMs, maxMoves].filter((value) => value === undefined);
    expect(off).toHaveLength(1);
  });
});

describe('quiet hours', () => {
  const quiet = (keys: string) =>
    loaded(check([`${SMALL}[constraints]\n${keys}`])).rules.constraints.quiet;

  it('are none by default, also with gates = thesis', () => {
    expect(quiet('')).toBeUndefined();
    expect(quiet('quiet = off\n')).toBeUndefined();
    expect(quiet('gates = thesis\n')).toBeUndefined();
  });

  it('are in the zone of the system, or in their own', () => {
    const window = { weekdays: [6], opens: 1320, closes: 1800 };
    const found = { windows: [window], closed: [], zone: 'Europe/Oslo' };
    expect(quiet('quiet = Sat 22:00-06:00\n')).toEqual(found);
    expect(quiet('quiet = Sat 22:00-06:00\ntimezone = UTC\n')).toEqual({ ...found, zone: 'UTC' });
  });
});

describe('a schedule', () => {
  const scheduled = (keys: string) => {
    const conf = `${ARRAY}${PROBE}${POLICY.replace('base-aware', 'schedule-aware')}${keys}`;
    return loaded(check([conf]));
  };

  it('gets every default, and the zone of the system', () => {
    const { rules, effective } = scheduled('workhours = Mon-Fri 09:00-16:00\n');
    expect(rules.policies[0]?.schedule).toMatchObject({
      hours: { zone: 'Europe/Oslo', closed: [], windows: [{ opens: 540, closes: 960 }] },
      ...{ offHours: 'rest', monitored: true },
    });
    const zone = { section: 'policy db', key: 'timezone', value: 'Europe/Oslo', origin: 'default' };
    expect(effective).toContainEqual(zone);
  });

  it('takes all that DESIGN.md §4 writes', () => {
    const keys =
      'workhours = Mon-Fri 07:30-17:00\ntimezone = UTC\nclosed = 05-17, 12-24..12-26\noff_hours = rescue\n';
    expect(scheduled(keys).rules.policies[0]?.schedule).toMatchObject({
      hours: { zone: 'UTC', closed: [{ from: 517 }, { from: 1224, to: 1226 }] },
      offHours: 'rescue',
    });
  });

  it('may stop the readings', () => {
    const { rules } = scheduled('workhours = 09:00-16:00\nmonitor_off_hours = no\n');
    expect(rules.policies[0]?.schedule?.monitored).toBe(false);
  });
});

describe('a policy on big jobs', () => {
  const SITES = '[site oslo]\nrole = home\nhosts = xen1, xen2\n[site aws]\nrole = away\n';
  const MOVER = '[migrator]\nkind = command\nmigrate = /bin/move\nlocate = /bin/where\n';
  const BUILD = '[policy build]\nkind = site-aware\nthreshold = 2\n';
  const QUEUE =
    '[queue builds]\nurl = https://ci.example.org/builds\nresults = https://ci.example.org/results\n';

  it('counts threshold or more in the only queue, and goes back below it', () => {
    const checked = check([`${SITES}${MOVER}${BUILD}bigjobs = grade a\n${QUEUE}`]);
    const { policies, probes, sites } = loaded(checked).rules;
    const once = { kind: 'count', n: 1 };
    expect(policies).toMatchObject([
      {
        ...{ kind: 'site-aware', probe: 'builds', worse: 'high', onError: 'hold' },
        suffering: { compare: '>=', bound: 2, tarry: once },
        idle: { compare: '<', bound: 2, tarry: once },
        jobs: { queue: 'builds', grades: ['grade a'] },
      },
    ]);
    expect(policies[0]?.jobs?.margin).toBeUndefined();
    expect(probes).toEqual({ builds: { intervalMs: 60_000, maxErrors: 3, unit: 'big jobs' } });
    expect(sites.map(({ name, hosts }) => [name, hosts])).toEqual([
      ['oslo', ['xen1', 'xen2']],
      ['aws', ['aws']],
    ]);
    expect(warnings(checked)).toEqual([]);
    expect(loaded(checked).queues).toMatchObject([
      {
        ...{ name: 'builds', url: 'https://ci.example.org/builds', timeoutMs: 45_000 },
        options: { claim: 'webdav', exec: ['bc', '-q'], payload: 'stdin', workers: 1 },
      },
    ]);
  });

  it('is warned of results that stay here', () => {
    const stays = QUEUE.replace(/results.*\n/, '');
    const found = warnings(check([`${SITES}${MOVER}${BUILD}bigjobs = a\n${stays}`]));
    expect(found).toEqual([expect.stringContaining('results stay in a file beside the journal')]);
  });

  it('calls a grade as the thesis does, however it is written', () => {
    const bigjobs = (text: string) =>
      loaded(check([`${SITES}${MOVER}${BUILD}bigjobs = ${text}\n${QUEUE}`])).rules.policies[0]?.jobs
        ?.grades;
    expect(bigjobs('a, grade b, grade   c')).toEqual(['grade a', 'grade b', 'grade c']);
  });

  it('knows how many of them run side by side', () => {
    const checked = check([`${SITES}${MOVER}${BUILD}bigjobs = a\n${QUEUE}workers = 4\n`]);
    expect(loaded(checked).rules.policies[0]?.jobs?.workers).toBe(4);
  });

  it('waits for a job for an hour, or for ever', () => {
    const waits = (text: string) =>
      loaded(check([`${SITES}${MOVER}${BUILD}bigjobs = a\n${text}${QUEUE}`])).rules.policies[0]
        ?.jobs?.finishMs;
    expect([waits(''), waits('finish_timeout = off\n')]).toEqual([3_600_000, undefined]);
  });

  it('may be counted by a probe instead, of which all are big jobs', () => {
    const checked = check([`${SITES}${MOVER}${PROBE}${BUILD}probe = slow\nestimate = yes\n`]);
    expect(loaded(checked).rules.policies).toMatchObject([
      { probe: 'slow', jobs: { margin: 1.5 } },
    ]);
    expect(loaded(checked).rules.policies[0]?.jobs).toEqual({ finishMs: 3_600_000, margin: 1.5 });
    expect(loaded(checked).queues).toEqual([]);
    expect(warnings(checked)).toEqual([]);
  });

  it.each([
    ['no site to go to', SITES.replace(/\[site aws\]\n.*\n/, ''), '', 'there is no site to go to'],
    ['a margin without an estimate', SITES, 'margin = 2\n', 'margin: has no meaning without'],
    ['jobs that nobody counts', SITES, 'bigjobs = grade a\n', 'bigjobs: has no meaning here'],
  ])('is warned of %s', (_, sites, keys, expected) => {
    const found = warnings(check([`${sites}${MOVER}${PROBE}${BUILD}probe = slow\n${keys}`]));
    expect(found).toEqual([expect.stringContaining(expected)]);
  });

  it.each([
    ['both are as in one', 'bigjobs = grade b, grade a\n', []],
    ['one has none of them', 'bigjobs = grade b\n', ['policy build counts other jobs']],
  ])('may be one of two on a queue: %s', (_, keys, expected) => {
    const other = `[policy tests]\nkind = site-aware\nthreshold = 9\n${keys}`;
    const found = problems(check([`${SITES}${BUILD}bigjobs = grade a, grade b\n${other}${QUEUE}`]));
    expect(found).toHaveLength(expected.length);
    for (const [i, text] of expected.entries()) expect(found[i]).toContain(text);
  });
});

describe('a queue’s secrets', () => {
  const queue = (keys: string) => check([`${ARRAY}${PROBE}${POLICY}[queue builds]\n${keys}`]);
  const OPEN = 'would go there in the open: write https:// (http:// only to this machine)';

  it.each([
    ['url = http://ci.example.org/b\nuser = u\npassword = p\n', `url: the password ${OPEN}`],
    [
      'url = https://ci.example.org/b\nresults = http://ci.example.org/r\nresults_token = t\n',
      `results: the token ${OPEN}`,
    ],
  ])('don’t cross a network in the open: %j', (keys, text) => {
    expect(problems(queue(keys))).toEqual([expect.stringContaining(text)]);
  });

  it.each([
    'url = http://127.0.0.1/b\nuser = u\npassword = p\n',
    'url = http://ci.example.org/b\nresults = http://[::1]/r\nresults_token = t\n',
    'url = https://ci.example.org/b\nuser = u\npassword = p\nresults = http://ci.example.org/r\n',
  ])('go to this machine, or under cover: %j', (keys) => {
    expect(problems(queue(keys))).toEqual([]);
  });
});

describe('the two spellings of a condition', () => {
  const policy = (keys: string, kind = 'mysql') => {
    const conf = `${ARRAY}[probe]\nkind = ${kind}\n[policy]\nkind = base-aware\n${keys}`;
    return loaded(check([conf])).rules.policies[0];
  };
  const pair = 'threshold = 50\ntarry = 3/5\nlowthreshold = 1\nlowtarry = 20m\n';

  it('mean the same where high is worse', () => {
    expect(policy(pair)).toEqual(policy('suffering = > 50 for 3/5\nidle = < 1 for 20m\n'));
  });

  it('mean the same where low is worse, as the policy says', () => {
    const one = policy('worse = low\nsuffering = < 50 for 3/5\nidle = > 1 for 20m\n');
    expect(policy(`worse = low\n${pair}`)).toEqual(one);
  });

  it('mean the same where low is worse, as the kind of probe says', () => {
    const one = policy('suffering = < 50 for 3/5\nidle = > 1 for 20m\n', 'apache');
    expect(policy(pair, 'apache')).toEqual(one);
    expect(one?.worse).toBe('low');
  });

  it('may be mixed, one for each condition', () => {
    const mixed = policy('suffering = > 50 for 3/5\nlowthreshold = 1\nlowtarry = 20m\n');
    expect(mixed).toEqual(policy(pair));
  });

  it('let suffering say which side is worse, whatever the probe says', () => {
    expect(policy('suffering = > 9 for 1\nidle = < 1 for 2\n', 'apache')?.worse).toBe('high');
  });
});

describe('several files', () => {
  it('let a later one override an earlier one, key by key', () => {
    const conf = loaded(check([SMALL, '[array]\nhosts = xen4, xen5\n[log]\nlevel = debug\n']));
    expect(conf.rules.sites[0]).toMatchObject({ hosts: ['xen4', 'xen5'], base: 'xen9' });
    expect(conf.log.level).toBe('debug');
    const hosts = conf.effective.find(({ key }) => key === 'hosts');
    expect(hosts).toMatchObject({ section: 'array', origin: '2.conf:2' });
  });

  it('tell where both spellings stand when they meet', () => {
    const checked = check([SMALL, '[policy db]\nthreshold = 60\ntarry = 3\n']);
    expect(problems(checked)).toEqual([
      '2.conf:2: [policy db] threshold: says what suffering says in 1.conf:8; keep one of them',
    ]);
  });
});

describe('how a file is written', () => {
  const host = (text: string) => loaded(check([`[array]\n${text}\n${PROBE}${POLICY}`]));

  it.each([
    ['with a comment after a value', 'hosts = a, b ; tried in this order'],
    ['with the other kind of comment', 'hosts = a, b # tried in this order'],
    ['with a comment after quotes', 'hosts = "a, b" ; tried in this order'],
    ['in single quotes', "hosts = 'a, b'"],
    ['with blanks around everything', '  hosts=a,b  '],
    ['with a comment on a line of its own', '; hosts = c\n  # hosts = d\nhosts = a, b'],
    ['with a carriage return before the line end', 'hosts = a, b\r'],
  ])('%s', (_, text) => {
    expect(host(text).rules.sites[0]?.hosts).toEqual(['a', 'b']);
  });

  it('may begin with a byte order mark', () => {
    expect(problems(check([`\uFEFF${SMALL}`]))).toEqual([]);
  });

  it.each([
    ['a number in single quotes', "'5'", '5'],
    ['a word that JSON knows', 'true', 'true'],
    ['a comment sign in quotes', '"a;b#c"', 'a;b#c'],
    ['quotes within the other quotes', `'a "b" c'`, 'a "b" c'],
    ['an escaped quote', '"a\\"b"', 'a"b'],
  ])('keeps a value as text: %s', (_, written, value) => {
    const plugins = { ...PLUGINS, probes: [note] };
    const checked = check([SMALL.replace('mysql', `note\nnote = ${written}`)], { plugins });
    expect(loaded(checked).probes[0]?.options).toEqual({ note: value });
  });

  it('knows what an hour costs: of a host itself, else of its kind', () => {
    const sites =
      '[site oslo]\nrole = home\nhosts = a, b\nbase = c\n[site aws]\nrole = away\nhosts = d\n';
    const prices = (cost: string) =>
      loaded(check([`${sites}${PROBE}${POLICY}${cost}`])).rules.prices;
    const own = '[host a]\ncost = 3\n[host c]\ncost = 0\n';
    expect(prices('')).toEqual({});
    expect(prices(own)).toEqual({ a: 3, c: 0 });
    expect(prices(`${own}[cost]\narray = 1\nbase = 0.5\n`)).toEqual({ a: 3, b: 1, c: 0, d: 1 });
    expect(prices('[cost]\narray = 1\naway = 2\n')).toEqual({ a: 1, b: 1, d: 2 });
  });

  it('lets names hold dots', () => {
    const conf = loaded(
      check([
        `[array]\nhosts = mln1.example.org, mln2\n${PROBE}${POLICY}
[host mln1.example.org]\naddress = 192.0.2.1\ncost = 0.12\n`,
      ]),
    );
    expect(conf.hosts).toEqual({ 'mln1.example.org': { address: '192.0.2.1', cost: 0.12 } });
  });
});

const note = {
  ...{ kind: 'note', help: 'A note.', worse: () => 'high' as const, unit: () => '' },
  options: { note: optional(text, { help: 'A note.' }) },
};

describe('the examples of DESIGN.md §4', () => {
  it('load where this version does what they ask', () => {
    const checked = checkFiles(['design/database.conf']);
    const loss = 'loses what is under way when the sink or the network fails; relp:// does not';
    expect(warnings(checked)).toEqual([
      `design/database.conf:18: [log] sink: tcp://mainsyslog.example.org:31000 ${loss}`,
    ]);
    const conf = loaded(checked);
    expect(conf.migrators).toMatchObject([{ name: 'xl', kind: 'xl', options: { domain: 'db7' } }]);
    expect(conf.migratorOf).toEqual({ home: 'xl' });
    expect(conf.log.sinks.map(sinkUrlText)).toEqual(['tcp://mainsyslog.example.org:31000']);
  });

  it('ask for idle workers, which are worse when they are few', () => {
    const conf = loaded(checkFiles(['design/web.conf']));
    expect(conf.rules.probes).toMatchObject({ web: { unit: 'workers' } });
    expect(conf.rules.policies).toMatchObject([{ worse: 'low', suffering: { bound: 5 } }]);
  });

  it('ask for a cloud, whose clone lives as long as its site says', () => {
    const checked = checkFiles(['design/build.conf']);
    const conf = loaded(checked);
    const options = { image: 'ami-0abc', max_life: 8 * 3_600_000 };
    expect(conf.migrators).toMatchObject([{ kind: 'xl' }, { kind: 'ec2', options }]);
    expect(conf.migratorOf).toEqual({ oslo: 'xl', aws: 'ec2' });
    // The design leaves out what every clone needs besides.
    expect(warnings(checked).join('\n')).toMatch(/\[migrator ec2\]: no mailbox is given/);
  });
});

it('a mailbox with a mistake in it is not said to be missing', () => {
  const site = '[site oslo]\nrole = home\nhosts = xen1\nmigrator = xl\n[migrator xl]\nkind = xl\n';
  const mailbox = (line: string) =>
    check([`${site}[migrator c]\nkind = ec2\nimage = ami-0abc\n${line}`]);
  const missing = /no mailbox is given/;
  expect(warnings(mailbox('')).join('\n')).toMatch(missing);
  const wrong = mailbox('mailbox = http://dav.example.org/\n');
  expect(problems(wrong).join('\n')).toContain('mailbox: would be called in the open');
  expect(warnings(wrong).join('\n')).not.toMatch(missing);
});

it('clones are refused between the hosts of a home', () => {
  const own = problems(
    check(['[array]\nhosts = xen1, xen2\n[migrator c]\nkind = ec2\nimage = ami-0abc\n']),
  );
  expect(own.join('\n')).toMatch(/\[array\].*“ec2” launches clones of the guest/);
});

describe('max_life of a site', () => {
  const CLOUD = `[site oslo]\nrole = home\nhosts = xen1\nmigrator = xl\n[site aws]\nrole = away\nmigrator = c
max_life = 2h\n[migrator xl]\nkind = xl\n[migrator c]\nkind = ec2\nimage = ami-0abc\n`;
  const own = (text: string) => problems(check([text]));

  it('is refused where its migrator launches nothing', () => {
    expect(own(CLOUD.replace('= c\n', '= xl\n'))).toContainEqual(
      expect.stringMatching(/:8: \[site aws\] max_life: is a cloud's, and “xl” launches none$/),
    );
  });

  it('is refused where another one is given elsewhere', () => {
    const elsewhere = /:8: \[site aws\] max_life: its migrator c is told 4h elsewhere$/;
    expect(own(`${CLOUD}max_life = 4h\n`)).toContainEqual(expect.stringMatching(elsewhere));
    expect(own(`${CLOUD}max_life = 2h\n`).join()).not.toContain('elsewhere');
  });

  it('is told once where it can’t be understood', () => {
    const found = own(CLOUD.replace('= 2h', '= often')).filter((line) => line.includes('max_life'));
    expect(found).toHaveLength(1);
  });
});

describe('a cloud’s contradictions', () => {
  const of = (more: string) =>
    problems(check([`[array]\nhosts = xen1\n[migrator c]\n${more}`])).filter((line) =>
      line.includes('[migrator c]'),
    );

  it.each([
    ['kind = ec2\nimage = ami-0abc\nmax_cost = 2\n', /max_cost: needs a price$/],
    ['kind = clone\nlaunch = /l\ninstances = /i\nterminate = /t\nmax_cost = 2\n', /needs a price$/],
    ['kind = openstack\nimage = i\nflavor = f\n', /cloud: is needed, or else auth_url/],
    ['kind = openstack\nimage = i\nflavor = f\ncloud = c\nmax_cost = 2\n', /needs a price$/],
  ])('are told by a check: %j', (more, expected) => {
    expect(of(more)).toEqual([expect.stringMatching(expected)]);
  });
});

describe('the options tables', () => {
  const kinds = [...SECTIONS, ...PLUGINS.probes, ...PLUGINS.policies, ...PLUGINS.migrators];
  const rows = kinds.flatMap(({ kind, options }) =>
    Object.entries(options).map(([key, row]) => [`${kind}: ${key}`, row] as const),
  );

  it.each(rows)('have a default and an example that parse (%s)', (_, { type, ...row }) => {
    for (const written of [row.default, row.example]) {
      if (written !== undefined) expect(type.parse(written)).toMatchObject({ ok: true });
    }
  });
});
