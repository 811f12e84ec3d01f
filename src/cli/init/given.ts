/** What the command line of `vmmanage init` may say: a flag for what every conf has, --set for all else. */
import { type Command, InvalidArgumentError } from 'commander';
import { ARRAY, POLICY } from '../../conf/tables.ts';
import { migratorKinds } from '../../migrators/registry.ts';
import { policyKinds } from '../../policies/registry.ts';
import { probeKinds } from '../../probes/registry.ts';
import type { Given } from './asker.ts';
import type { Sets } from './fill.ts';

const VALUES = {
  probe: ['--probe <kind>', `which service is measured: ${names(probeKinds)}`],
  policy: ['--policy <kind>', `when the guest asks to be moved: ${names(policyKinds)}`],
  migrator: ['--migrator <kind>', `who moves it: ${names(migratorKinds)}`],
  hosts: ['--hosts <list>', `where it may run: ${ARRAY.hosts.example}`],
  base: ['--base <host>', 'the cheap host, for policies that know when it idles'],
  suffering: ['--suffering <condition>', `when the service suffers: "${POLICY.suffering.example}"`],
  idle: ['--idle <condition>', `when the base would do: "${POLICY.idle.example}"`],
  threshold: [
    '--threshold <n>',
    'of a policy on jobs: how many big ones are enough to go away for',
  ],
  awayMigrator: ['--away-migrator <kind>', 'of a policy on jobs: who moves it to the other site'],
  awayHosts: ['--away-hosts <list>', 'of a policy on jobs: the hosts there, where it is no cloud'],
} as const satisfies Readonly<Record<string, readonly [string, string]>>;

function names(kinds: readonly { readonly kind: string }[]): string {
  return kinds.map(({ kind }) => kind).join(', ');
}

type ValueName = keyof typeof VALUES;

export interface Options extends Readonly<Partial<Record<ValueName, string>>> {
  readonly set?: readonly Setting[];
  readonly active?: true;
  readonly yes?: true;
  /** `--no-try` */
  readonly try: boolean;
  readonly force?: true;
  readonly print?: true;
  readonly output?: string;
}

interface Setting {
  readonly title: string;
  readonly key: string;
  readonly value: string;
}

export function declare(command: Command): void {
  for (const [flag, help] of Object.values(VALUES)) command.option(flag, help);
  command
    .option('--set <section.key=value>', 'any other line of the conf; may be given often', setting)
    .option('--active', 'ask for moves from the start, rather than only watch')
    .option('-y, --yes', 'ask nothing')
    .option('--no-try', "don't read the probe")
    .option('--force', 'replace a conf that is there, and keep a copy')
    .option('--print', 'print the conf, write nothing')
    .option('-o, --output <file>', 'write it there (default: /etc/vmmanage/vmmanage.conf)');
}

/** `probe.url=http://…`, `migrator ec2.image=ami-0abc`: a section's name may hold dots, a key none. */
function setting(text: string, before: readonly Setting[] = []): readonly Setting[] {
  const [, title, key, value] = /^([^=]+)\.([a-z_]+)=(.*)$/s.exec(text) ?? [];
  if (title === undefined || key === undefined || value === undefined || value === '') {
    throw new InvalidArgumentError('expected SECTION.KEY=VALUE, as in probe.interval=30s');
  }
  return [...before, { title, key, value }];
}

export function setsOf(settings: readonly Setting[]): Sets {
  const titles = [...new Set(settings.map(({ title }) => title))];
  return new Map(
    titles.map((title) => [
      title,
      settings.filter((each) => each.title === title).map(({ key, value }) => [key, value]),
    ]),
  );
}

/** By flag. */
export function valuesOf(options: Options): Given {
  const names = Object.keys(VALUES) as ValueName[];
  return new Map(
    names.flatMap((name) => {
      const [flag = ''] = VALUES[name][0].split(' ');
      const value = options[name];
      return value === undefined ? [] : [[flag, value]];
    }),
  );
}
