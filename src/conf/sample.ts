/**
 * The sample conf, made from the options tables: short, each key with its sentence, what is a
 * default commented out. It is itself a valid conf, and only watches.
 */
import type { Option, OptionsTable } from '../core/options.ts';
import { encodeValue } from './ini-value.ts';
import type { Plugins } from './plugins.ts';
import { secretKeys, withSecretKeys } from './secrets.ts';
import { SECTIONS, type SectionKind } from './tables.ts';

const LINE_MAX = 98;

const HEAD = `\
; When this machine asks to be moved, and where to. Lines that begin with ; are comments;
; a commented key shows its default, or an example where it has none.
; \`vmmanage check\` says what is wrong here, \`vmmanage check --print\` what is in force.
`;

/** What the sample sets; all other keys are shown commented out. */
const SET: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  array: { hosts: 'xen1, xen2, xen3', base: 'xen9' },
  probe: { kind: 'mysql' },
  policy: { kind: 'base-aware', suffering: '> 50 for 3', idle: '< 1 for 20' },
  migrator: { kind: 'local' },
  constraints: { mode: 'passive' },
};

/** Sections that few need, and the second spelling of conditions: the reference has them. */
const SECTIONS_LEFT_OUT = ['site', 'host', 'queue', 'locator', 'provider'];
const KEYS_LEFT_OUT = [
  ...['threshold', 'tarry', 'lowthreshold', 'lowtarry', 'worse', 'gates'],
  ...['locator', 'broadcast', 'cidr'],
];

const TAIL = `\
; There is more: [queue NAME], jobs that this machine works on (docs/jobs.md); [provider], which
; takes its readings (docs/provider.md); [locator NAME], who else tells where this machine is
; (docs/locators.md); [site NAME], instead of [array], and [host NAME] (docs/conf.md).
`;

export function sampleConf(plugins: Plugins): string {
  const shown = SECTIONS.filter(({ kind }) => !SECTIONS_LEFT_OUT.includes(kind));
  return [HEAD, ...shown.map((section) => sampleSection(section, plugins)), TAIL].join('\n');
}

function sampleSection({ kind, help, options }: SectionKind, plugins: Plugins): string {
  const set = SET[kind] ?? {};
  const chosen = kindsOf(kind, plugins).find((each) => each.kind === set['kind']);
  const common = chosen ? describedKind(options, chosen) : options;
  const keys = [...Object.entries(common), ...Object.entries(shownKeys(chosen?.options ?? {}))];
  const shown = keys.filter(([key]) => !KEYS_LEFT_OUT.includes(key));
  const lines = shown.flatMap(([key, option]) => sampleKey(key, option, set[key]));
  return [...comment(help), `[${kind}]`, ...lines, ''].join('\n');
}

/** What the chosen kind is, in place of the sentence for all kinds. */
export function describedKind(options: OptionsTable, { help }: Kind): OptionsTable {
  const { kind } = options;
  return kind ? { ...options, kind: { ...kind, help } } : options;
}

/** A literal password isn't proposed, only the better ways. */
function shownKeys(own: OptionsTable): OptionsTable {
  const literals = secretKeys(own).map(({ literal }) => literal);
  const rows = Object.entries(withSecretKeys(own));
  return Object.fromEntries(rows.filter(([key]) => !literals.includes(key)));
}

export function sampleKey(key: string, option: Option<unknown>, set: string | undefined): string[] {
  const value = set ?? option.default ?? option.example ?? '';
  return [...comment(option.help), `${set === undefined ? ';' : ''}${key} = ${encodeValue(value)}`];
}

export function comment(text: string): string[] {
  const lines = [';'];
  for (const word of text.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last.length + 1 + word.length <= LINE_MAX) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(`; ${word}`);
  }
  return lines;
}

interface Kind {
  readonly kind: string;
  readonly help: string;
  readonly options: OptionsTable;
}

/** The kinds that a section may say it is of. */
export function kindsOf(section: string, plugins: Plugins): readonly Kind[] {
  switch (section) {
    case 'probe':
      return plugins.probes;
    case 'policy':
      return plugins.policies;
    case 'migrator':
      return plugins.migrators;
    case 'locator':
      return plugins.locators;
    default:
      return [];
  }
}
