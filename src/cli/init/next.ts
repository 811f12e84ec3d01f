/** What comes after the conf: what its service and its hosts need, and the commands that follow. Pure. */
import { DEFAULT_CONF } from '../../conf/files.ts';
import type { Loaded } from '../../conf/loaded.ts';
import { shellWord } from '../../core/text.ts';
import type { MigratorKind, SetUpFor } from '../../migrators/migrator.ts';
import type { ProbeKind } from '../../probes/probe.ts';
import type { Kinds } from './fill.ts';

export interface Done {
  readonly loaded: Loaded;
  /** Where the conf was written. */
  readonly file: string;
  /** The daemon's user could read the probe: its service needs nothing more. */
  readonly isRead: boolean;
}

export function nextSteps({ loaded, file, isRead }: Done, kinds: Kinds): string {
  const passive = loaded.rules.constraints.mode === 'passive';
  const parts = [
    ...(isRead ? [] : loaded.probes).map(({ kind, options }) => probeSetup(kind, options, kinds)),
    ...loaded.migrators.map((migrator) => migratorSetup(migrator, loaded, file, kinds)),
    ['Then:', ...commands(file), ...(passive ? LATER : [])],
  ];
  return parts
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function commands(file: string): readonly string[] {
  return [
    ...(file === DEFAULT_CONF ? ['  vmmanage check'] : commandsElsewhere(shellWord(file))),
    '  runuser -u vmmanage -- vmmanage probe --all',
    '  systemctl reload vmmanage      (or, where it does not run yet: systemctl enable --now vmmanage)',
    '  vmmanage status',
  ];
}

/** The daemon reads no such file, nor need its user be able to. */
function commandsElsewhere(word: string): readonly string[] {
  return [
    `  vmmanage check -c ${word}`,
    `  vmmanage probe --all -c ${word}`,
    'As root, to make it the conf of the daemon:',
    `  install -b -g vmmanage -m 640 ${word} ${DEFAULT_CONF}`,
  ];
}

const LATER = [
  'It watches and moves nothing. After some days this tells what it would have asked for:',
  '  vmmanage explain --shadow',
  'Where you agree with it, set [constraints] mode = active and reload.',
];

function probeSetup(kind: string, options: ProbeOptions, { probes }: Kinds): readonly string[] {
  return probes.find((each) => each.kind === kind)?.setup?.(options) ?? [];
}

type ProbeOptions = Parameters<NonNullable<ProbeKind['setup']>>[0];
type MigratorOptions = Parameters<NonNullable<MigratorKind['setup']>>[0];

function migratorSetup(
  { name, kind, options }: { name: string; kind: string; options: MigratorOptions },
  { rules, migratorOf }: Loaded,
  file: string,
  { migrators }: Kinds,
): readonly string[] {
  const site = rules.sites.find((each) => migratorOf[each.name] === name);
  const guest: SetUpFor = { vm: rules.vm, hosts: site?.hosts ?? [], base: site?.base, file };
  return migrators.find((each) => each.kind === kind)?.setup?.(options, guest) ?? [];
}
