/** `vmmanage init` by flags, and by a person whose answers are a list; nothing is read of a service here. */
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../../src/cli/cli.ts';
import { CliError, EXIT } from '../../../src/cli/exit.ts';
import type { Prompt } from '../../../src/cli/prompt.ts';
import { launchesClones } from '../../../src/conf/max-life.ts';
import { migratorKinds } from '../../../src/migrators/registry.ts';
import { policyKinds } from '../../../src/policies/registry.ts';
import { probeKinds } from '../../../src/probes/registry.ts';
import { tempFolder } from '../../support/temp.ts';
import { fakeTerminal } from '../support/terminal.ts';

const HOSTS = ['--migrator', 'local', '--hosts', 'xen1,xen2'];
const PROBE = ['--probe', 'system', '--set', 'probe.measure=memory', '--no-try'];
const POLICY = ['--policy', 'threshold-aware', '--suffering', '> 90 for 3'];
const ALL = [...PROBE, ...POLICY, ...HOSTS];

async function run(...args: string[]) {
  const terminal = fakeTerminal();
  const status = await runCli(['init', ...args], terminal);
  return { status, ...terminal.printed };
}

/** Answers by what is asked; the first that fits and wasn't given yet. */
function person(answers: readonly (readonly [question: RegExp, answer: string])[]): Prompt {
  const left = [...answers];
  const ask = async (question: string) => {
    const index = left.findIndex(([pattern]) => pattern.test(question));
    const [found] = index === -1 ? [] : left.splice(index, 1);
    if (!found) throw new CliError(EXIT.interrupted, `interrupted at ${question}`);
    return found[1];
  };
  return { ask, askSecret: ask, left: new AbortController().signal, close: () => undefined };
}

function asked(answers: Parameters<typeof person>[0], ...args: string[]) {
  return askedBy(person(answers), ...args);
}

async function askedBy(prompt: Prompt, ...args: string[]) {
  const terminal = fakeTerminal({ prompt });
  const status = await runCli(['init', ...args], terminal);
  return { status, ...terminal.printed };
}

async function checks(file: string): Promise<string> {
  const terminal = fakeTerminal();
  expect(await runCli(['check', '-c', file, '--print'], terminal)).toBe(0);
  return terminal.printed.out;
}

describe('by flags', () => {
  it('a conf is written that check takes, and that only watches', async () => {
    const file = join(tempFolder(), 'vmmanage.conf');
    const { status, err } = await run(...ALL, '-o', file);
    expect([status, err]).toEqual([0, expect.stringContaining(`wrote ${file} (mode 0640`)]);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(await checks(file)).toMatch(/^mode += passive/m);
    expect(err).toMatch(
      /vmmanage check -c .*\n.*probe --all -c .*\n.*\n.*install -b .*\n.*\n.*systemctl reload.*[\s\S]*--shadow/,
    );
  });

  it('every line has its sentence of the tables', async () => {
    const { out } = await run(...ALL, '--print');
    const lines = out.trim().split('\n');
    for (const [index, line] of lines.entries()) {
      if (/^[a-z_]+ = /.test(line)) expect(lines[index - 1]).toMatch(/^; \S/);
    }
    expect(out).toContain('; passive: watch, and only log what would be asked.\nmode = passive');
  });

  it('what is said is no guess', async () => {
    const words = ['--policy', 'threshold-aware', '--suffering', '> 50 for 3'];
    const { status, out } = await run(...PROBE, ...words, ...HOSTS, '--print');
    expect([status, out]).toEqual([0, expect.not.stringContaining('guess')]);
  });

  it('lines to be copied hold odd names as a shell takes them', async () => {
    const file = join(tempFolder(), "it's; mine.conf");
    const hosts = ['--migrator', 'xl', '--hosts', 'xen1', '--set', 'migrator.ssh_key=/k/a b$c'];
    const { status, err } = await run(...PROBE, ...POLICY, ...hosts, '-o', file);
    expect(status).toBe(0);
    expect(err).toContain("-f '/k/a b$c'\n");
    expect(err).toContain(`vmmanage check -c '${file.replace("'", "'\\''")}'\n`);
  });

  it('--active and --set say more', async () => {
    const { out } = await run(
      ...ALL,
      '--active',
      '--set',
      'log.sink=relp://log.example:31000',
      '--print',
    );
    expect(out).toMatch(/^mode = active$/m);
    expect(out).toMatch(/^\[log\]\n(; .*\n)+sink = relp:\/\/log\.example:31000$/m);
  });

  it('what is missing is told by its flag, and nothing is asked', async () => {
    const { status, err } = await run('--yes');
    expect(status).toBe(2);
    for (const flag of ['--probe', '--policy', '--migrator', '--hosts']) {
      expect(err).toContain(`missing: ${flag}`);
    }
    const half = await run('--probe', 'http', '--policy', 'base-aware', ...HOSTS, '--no-try');
    expect(half.err.match(/missing: .*/g)).toEqual([
      'missing: --set probe.url=…',
      'missing: --suffering',
      'missing: --idle',
    ]);
  });

  it.each([
    ['a kind that is none', ['--probe', 'mysq'], /--probe: “mysq” is none of mysql, /],
    [
      'a value of another type',
      [...PROBE, '--policy', 'threshold-aware', '--suffering', '90'],
      /--suffering: /,
    ],
    [
      'a key that is none',
      [...PROBE, '--set', 'probe.mesure=cpu'],
      /knows no “mesure” \(did you mean measure\?\)/,
    ],
    [
      'a section that is none',
      [...ALL, '--set', 'prob.measure=cpu'],
      /there is no section \[prob\]/,
    ],
    ['a secret', ['--probe', 'mysql', '--set', 'probe.password=x'], /probe\.password_file=PATH/],
    ['no value', ['--set', 'probe.measure='], /expected SECTION\.KEY=VALUE/],
  ])('%s is wrong usage', async (_, args, said) => {
    const { status, err } = await run('--print', ...args);
    expect([status, err]).toEqual([2, expect.stringMatching(said)]);
  });

  it('what doesn’t fit together is told as check tells it, and nothing is written', async () => {
    const folder = tempFolder();
    const words = [
      ...PROBE,
      '--policy',
      'base-aware',
      '--suffering',
      '> 90 for 3',
      '--idle',
      '> 95 for 3',
    ];
    const { status, err } = await run(...words, ...HOSTS, '-o', join(folder, 'a', 'vmmanage.conf'));
    expect([status, err]).toEqual([78, expect.stringMatching(/\[policy\] idle: expected < 95/)]);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('conf.d beside it is part of what is checked', async () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'conf.d'));
    writeFileSync(join(folder, 'conf.d/20-more.conf'), '[constraints]\ncooldwn = 5m\n');
    const { status, err } = await run(...ALL, '-o', join(folder, 'vmmanage.conf'));
    expect([status, err]).toEqual([
      78,
      expect.stringMatching(/20-more\.conf:2: .*did you mean cooldown/),
    ]);
    expect(readdirSync(folder)).toEqual(['conf.d']);
  });

  it('a conf that is there is left alone, and copied aside with --force', async () => {
    const folder = tempFolder();
    const file = join(folder, 'vmmanage.conf');
    writeFileSync(file, '; mine\n');
    const { status, err } = await run(...ALL, '-o', file);
    expect([status, err]).toEqual([
      1,
      expect.stringContaining('--force replaces it and keeps a copy'),
    ]);
    expect(readFileSync(file, 'utf8')).toBe('; mine\n');
    for (const copy of ['vmmanage.conf.old', 'vmmanage.conf.old.2']) {
      expect((await run(...ALL, '-o', file, '--force')).status).toBe(0);
      expect(readdirSync(folder)).toContain(copy);
    }
    expect(readFileSync(join(folder, 'vmmanage.conf.old'), 'utf8')).toBe('; mine\n');
  });

  it('a policy on jobs has a home and a site away', async () => {
    const words = ['--probe', 'queue', '--set', 'probe.url=http://127.0.0.1:1/builds', '--no-try'];
    const away = ['--policy', 'site-aware', '--threshold', '2', '--away-migrator', 'ec2'];
    const image = ['--set', 'migrator ec2.image=ami-0123456789abcdef0'];
    const { status, out } = await run(...words, ...away, ...image, ...HOSTS, '--print');
    expect(status).toBe(0);
    expect(out.match(/^\[.*\]$/gm)).toEqual([
      ...['[site home]', '[site ec2]', '[probe]', '[policy]'],
      ...['[migrator local]', '[migrator ec2]', '[constraints]'],
    ]);
  });
});

describe('every kind', () => {
  /** One of several keys that do; `check` tells of them. */
  const MORE: Readonly<Record<string, readonly string[]>> = {
    http: ['measure=latency'],
    prometheus: ['query=up'],
    openstack: ['cloud=lab'],
  };

  /** What a kind needs, by its own examples. */
  function needs(section: string, options: (typeof probeKinds)[number]['options']): string[] {
    const required = Object.entries(options).filter(([, each]) => each.required && !each.secret);
    return required.flatMap(([key, { example }]) => ['--set', `${section}.${key}=${example}`]);
  }

  it.each(probeKinds)('of probe is offered, and its examples make a conf: $kind', async (each) => {
    const words = ['--probe', each.kind, ...needs('probe', each.options), '--no-try'];
    const more = (MORE[each.kind] ?? []).flatMap((line) => ['--set', `probe.${line}`]);
    const { status, err } = await run(...words, ...more, ...POLICY, ...HOSTS, '--print');
    expect([status, err]).toEqual([0, expect.anything()]);
  });

  it.each(policyKinds)('of policy is offered: $kind', async ({ kind, idle, options }) => {
    const words = ['--policy', kind, ...needs('policy', options)];
    const conditions =
      kind === 'site-aware'
        ? ['--threshold', '2', '--away-migrator', 'clone', '--away-hosts', 'far1']
        : ['--suffering', '> 90 for 3'];
    const low = idle === 'required' ? ['--idle', '< 10 for 20', '--base', 'xen9'] : [];
    const commands = ['launch', 'instances', 'terminate'].map((key) => [
      '--set',
      `migrator clone.${key}=/bin/true`,
    ]);
    const site = kind === 'site-aware' ? commands.flat() : [];
    const { status, err } = await run(
      ...PROBE,
      ...words,
      ...conditions,
      ...low,
      ...site,
      ...HOSTS,
      '--print',
    );
    expect([status, err]).toEqual([0, expect.anything()]);
  });

  it.each(migratorKinds)('of migrator is offered: $kind', async ({ kind, options }) => {
    const away = launchesClones({ options });
    const section = away ? `migrator ${kind}` : 'migrator';
    const more = (MORE[kind] ?? []).flatMap((line) => ['--set', `${section}.${line}`]);
    const jobs = ['--policy', 'site-aware', '--threshold', '2', '--migrator', 'local'];
    const where = away ? [...jobs, '--away-migrator', kind] : [...POLICY, '--migrator', kind];
    const words = [...where, ...needs(section, options), ...more, '--hosts', 'xen1,xen2'];
    const file = join(tempFolder(), 'vmmanage.conf');
    const { status, err } = await run(...PROBE, ...words, '-o', file);
    expect([status, err]).toEqual([
      0,
      expect.stringMatching(/wrote [\s\S]*\n\n\S[\s\S]*\n\nThen:/),
    ]);
  });
});

describe('by a person', () => {
  const SERVICE: [RegExp, string][] = [
    [/^probe/, '7'],
    [/^measure/, 'memry'],
    [/^measure/, 'memory'],
    [/^key = value/, '?'],
    [/^key = value/, 'interval = 30s'],
    [/^key = value/, 'interval = soon'],
    [/^key = value/, ''],
    [/^policy/, 'threshold-aware'],
    [/^suffering/, ''],
    [/^key = value/, ''],
    [/^hosts/, 'xen1, xen2'],
    [/^migrator/, 'local'],
    [/^key = value/, ''],
  ];

  it('is asked for what no flag says, again where it is wrong, and shown the whole', async () => {
    const file = join(tempFolder(), 'vmmanage.conf');
    const { status, err } = await asked([...SERVICE, [/^Write this/, '']], '--no-try', '-o', file);
    expect([status, err]).toEqual([0, expect.stringContaining(`wrote ${file}`)]);
    expect(err).toMatch(/ 7 +system +What the guest itself feels/);
    expect(err).toMatch(/“memry” is not /);
    expect(err).toMatch(/“soon” is not a duration/);
    expect(err).toMatch(/max_errors \(whole number, default 3\)/);
    const text = readFileSync(file, 'utf8');
    expect(text).toMatch(/^interval = 30s$/m);
    expect(text).toMatch(
      /^; > 50 for 3 is a guess \(an example\): .*\n(; .*\n)*suffering = > 50 for 3$/m,
    );
    await checks(file);
  });

  it.each([
    ['in the middle', SERVICE.slice(0, 8)],
    ['at the end', [...SERVICE, [/^Write this/, 'n'] as [RegExp, string]]],
  ])('who leaves %s leaves nothing behind', async (_, answers) => {
    const folder = tempFolder();
    const { status } = await asked(answers, '--no-try', '-o', join(folder, 'vmmanage.conf'));
    expect([status, readdirSync(folder)]).toEqual([expect.any(Number), []]);
    expect([EXIT.interrupted, EXIT.failed]).toContain(status);
  });

  it('may change what doesn’t fit together, with the other answers proposed', async () => {
    const file = join(tempFolder(), 'vmmanage.conf');
    const once: [RegExp, string][] = [
      [/^suffering/, '> 90 for 3'],
      [/^idle/, '> 95 for 20'],
      [/^key = value/, ''],
      [/^hosts/, 'xen1, xen2'],
      [/^base/, 'xen9'],
      [/^key = value/, ''],
    ];
    const again: [RegExp, string][] = [
      [/^key = value/, ''],
      [/^suffering \[> 90 for 3\]/, ''],
      [/^idle \[> 95 for 20\]/, '< 5 for 20'],
      [/^key = value/, ''],
      [/^hosts \[xen1, xen2\]/, ''],
      [/^base \[xen9\]/, ''],
      [/^key = value/, ''],
      [/^Write this/, 'y'],
    ];
    const flags = [...PROBE, '--policy', 'base-aware', '--migrator', 'local', '-o', file];
    const { status, err } = await asked([[/^key = value/, ''], ...once, ...again], ...flags);
    expect([status, err]).toEqual([0, expect.stringContaining("That doesn't fit together")]);
    expect(readFileSync(file, 'utf8')).toMatch(/^idle = < 5 for 20$/m);
  });

  it('gives a password where it isn’t shown, and it is kept in a file of its own', async () => {
    const folder = tempFolder();
    const file = join(folder, 'vmmanage.conf');
    const answers: [RegExp, string][] = [
      [/^key = value/, 'password = hunter2'],
      [/^key = value/, 'password'],
      [/^password \(not shown\)/, 'hunter2'],
      [/^key = value/, ''],
      [/^key = value/, ''],
      [/^key = value/, ''],
      [/^Write this/, ''],
    ];
    const flags = ['--probe', 'mysql', '--no-try', ...POLICY, ...HOSTS, '-o', file];
    const { status, out, err } = await asked(answers, ...flags);
    expect([status, err]).toEqual([0, expect.stringContaining('wrote ')]);
    expect(`${out}${err}${readFileSync(file, 'utf8')}`).not.toContain('hunter2');
    expect(readFileSync(join(folder, 'probe-password'), 'utf8')).toBe('hunter2\n');
    expect(statSync(join(folder, 'probe-password')).mode & 0o777).toBe(0o600);
    expect(err).toContain("CREATE USER 'vmmanage'@'localhost' IDENTIFIED BY");
    await checks(file);
  });

  it('names a file of a password that isn’t there, and nothing is written', async () => {
    const folder = tempFolder();
    const answers: [RegExp, string][] = [
      [/^key = value/, `password_file = ${folder}/none`],
      ...[1, 2, 3].map((): [RegExp, string] => [/^key = value/, '']),
      [/^Write this/, ''],
    ];
    const flags = ['--probe', 'mysql', '--no-try', ...POLICY, ...HOSTS];
    const { status, err } = await asked(answers, ...flags, '-o', join(folder, 'vmmanage.conf'));
    expect([status, err]).toEqual([78, expect.stringContaining('there is no such file')]);
    expect(readdirSync(folder)).toEqual([]);
  });

  const TYPED: [RegExp, string][] = [
    [/^key = value/, 'password'],
    [/^password \(not shown\)/, 'hunter2'],
    ...[1, 2, 3].map((): [RegExp, string] => [/^key = value/, '']),
    [/^Write this/, ''],
  ];

  it('finds no password left behind where the conf can’t be written', async () => {
    const folder = tempFolder();
    const file = join(folder, 'vmmanage.conf');
    mkdirSync(file);
    const flags = ['--probe', 'mysql', '--no-try', ...POLICY, ...HOSTS, '--force', '-o', file];
    const { status, err } = await asked(TYPED, ...flags);
    expect([status, err]).toEqual([1, expect.stringContaining('nothing was written')]);
    expect(readdirSync(folder)).toEqual(['vmmanage.conf']);
  });

  it('replaces nobody’s file by a password, though it came while they answered', async () => {
    const folder = tempFolder();
    const theirs = join(folder, 'probe-password');
    const prompt = person(TYPED);
    const ask = (question: string) => {
      if (question.startsWith('Write this')) writeFileSync(theirs, 'theirs\n');
      return prompt.ask(question);
    };
    const flags = ['--probe', 'mysql', '--no-try', ...POLICY, ...HOSTS];
    const words = [...flags, '-o', join(folder, 'vmmanage.conf')];
    const { status, err } = await askedBy({ ...prompt, ask }, ...words);
    expect([status, err]).toEqual([1, expect.stringContaining(`${theirs} is there already`)]);
    expect(readdirSync(folder)).toEqual(['probe-password']);
    expect(readFileSync(theirs, 'utf8')).toBe('theirs\n');
  });

  it('is asked before a conf is replaced', async () => {
    const folder = tempFolder();
    const file = join(folder, 'vmmanage.conf');
    writeFileSync(file, '; mine\n');
    const kept = await asked([[/Replace it/, '']], ...ALL, '-o', file);
    expect([kept.status, readFileSync(file, 'utf8')]).toEqual([1, '; mine\n']);
    const further: [RegExp, string][] = [1, 2, 3].map(() => [/^key = value/, '']);
    const replaced = await asked(
      [[/Replace it/, 'y'], ...further, [/^Write/, '']],
      ...ALL,
      '-o',
      file,
    );
    expect([replaced.status, readdirSync(folder).sort()]).toEqual([
      0,
      ['vmmanage.conf', 'vmmanage.conf.old'],
    ]);
  });
});
