/**
 * The reference of the conf, made from the options tables: a page of all sections, and for each kind the
 * table that stands in the page about it. No option stands in two of them.
 */
import type { Option, OptionsTable } from '../core/options.ts';
import type { Plugins } from './plugins.ts';
import { kindsOf } from './sample.ts';
import { withSecretKeys } from './secrets.ts';
import { SECTIONS, type SectionKind } from './tables.ts';

const HEAD = `\
# The conf

<!-- Made from the options tables. \`UPDATE=1 npx vitest run test/conf\` writes it anew. -->

\`/etc/vmmanage/vmmanage.conf\`, then \`conf.d/*.conf\` beside it in sorted order; a later file overrides
an earlier one, key by key. Sections are \`[kind]\` or \`[kind name]\`; a name may be left out where
there is one section of its kind. A comment starts a line, or follows a blank, with \`;\` or \`#\`; a
value that holds them otherwise is quoted. Durations are \`45s\`, \`5m\`, \`1h\`, \`7d\` or \`500ms\`, and a bare
number is seconds; sizes are \`512K\`, \`64M\`, \`2G\`. A condition is \`>\` or \`<\`, a bound, and how long
it must hold: \`> 50 for 3\` (readings in a row), \`for 3/5\` (three of five) or \`for 2m\`.

Windows are \`Mon-Fri 09:00-16:00, Sat 10:00-14:00\`; without a day they stand for every day. One belongs to
the day it opens and may end on the next (\`22:00-06:00\`); its end is outside, \`24:00\` ends a day. A closed
day takes away the windows that open on it. When the clocks change, a time that doesn't exist is the
first one that does; one that comes twice opens with its first coming and closes with its second.

A password is better not written here: a key \`password\` is given as \`password_file = PATH\`, as
\`credential = NAME\` (systemd's \`LoadCredential=\`) or as \`password = \${VARIABLE}\`. A conf that holds one
literally and can be read by others than its owner and group is refused.

What a section holds whatever its kind is stands here; the options of a kind stand in the page about it,
with advice and a conf that works. [README.md](README.md) lists all pages.
`;

/** Of what there are several kinds, and where the page about one is, seen from docs/. */
const PAGES: Readonly<Record<string, (kind: string) => string>> = {
  probe: (kind) => `probes/${kind}.md`,
  policy: (kind) => `policies/${kind}.md`,
  migrator: (kind) => `migrators/${kind}.md`,
  locator: () => 'locators.md',
};

/** The options of one kind, and the page of docs/ in which they stand. */
export interface KindTable {
  /** As a conf says it: `[probe] kind = mysql`. */
  readonly title: string;
  readonly page: string;
  readonly text: string;
}

export function kindTables(plugins: Plugins): KindTable[] {
  return Object.entries(PAGES).flatMap(([section, pageOf]) =>
    kindsOf(section, plugins).map(({ kind, options }) => ({
      title: `[${section}] kind = ${kind}`,
      page: pageOf(kind),
      text: `\n${optionsText(options)}\n\n`,
    })),
  );
}

function optionsText(options: OptionsTable): string {
  if (Object.keys(options).length === 0) return 'It has no options of its own.';
  return table(withSecretKeys(options)).join('\n');
}

export function referencePage(plugins: Plugins): string {
  return [HEAD, ...SECTIONS.map((section) => sectionPart(section, plugins))].join('\n');
}

function sectionPart({ kind, named, help, options }: SectionKind, plugins: Plugins): string {
  const title = { never: kind, optional: `${kind} NAME`, always: `${kind} NAME` }[named];
  const own = kind === 'queue' ? plugins.queue.options : {};
  const all = withSecretKeys({ ...options, ...own });
  return [`## [${title}]`, '', help, '', ...table(all), ...kindsPart(kind, plugins), ''].join('\n');
}

/** Which kinds there are, and where their options stand. */
function kindsPart(section: string, plugins: Plugins): string[] {
  const pageOf = PAGES[section];
  if (!pageOf) return [];
  const rows = kindsOf(section, plugins).map(
    ({ kind, help }) => `| [\`${kind}\`](${pageOf(kind)}) | ${help.replaceAll('|', '\\|')} |`,
  );
  return ['', '| kind | what it is |', '| --- | --- |', ...rows];
}

function table(options: OptionsTable): string[] {
  const rows = Object.entries(options).map(([key, option]) => row(key, option));
  return ['| key | value | default | what it does |', '| --- | --- | --- | --- |', ...rows];
}

function row(key: string, option: Option<unknown>): string {
  const fallback = option.required ? 'must be given' : '–';
  const value = option.default === undefined ? fallback : code(option.default);
  const cells = [code(key), option.type.name, value, option.help];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

function code(text: string): string {
  return text === '' ? '' : `\`${text}\``;
}
