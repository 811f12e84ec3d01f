/** The man page vmmanage.conf(5), from the options tables. */
import { kindsOf } from '../../src/conf/sample.ts';
import { withSecretKeys } from '../../src/conf/secrets.ts';
import { SECTIONS, type SectionKind } from '../../src/conf/tables.ts';
import type { Option, OptionsTable } from '../../src/core/options.ts';
import { plugins } from '../../src/daemon/plugins.ts';
import { type Release, textOf } from './release.ts';
import { block, item, page, paragraph, section, subsection } from './roff.ts';

const PLUGINS = plugins();

const DESCRIPTION = [
  'The conf of `vmmanage run`: `/etc/vmmanage/vmmanage.conf`, then `conf.d/*.conf` beside it in sorted order. A later file overrides an earlier one, key by key. `vmmanage check` says everything that is wrong with it, with file and line, and connects nowhere; `vmmanage check --print` what is in force. `systemctl reload vmmanage` reads it again; a wrong one is refused and the running one kept.',
  'Sections are `[kind]` or `[kind name]`; a name may be left out where there is one section of its kind. A comment begins a line, or follows a blank, with `;` or `#`; a value that holds them otherwise is quoted.',
  'Durations are `45s`, `5m`, `1h`, `7d` or `500ms`, and a bare number is seconds; sizes are `512K`, `64M`, `2G`. A condition is `>` or `<`, a bound, and how long it must hold: `> 50 for 3` (readings in a row), `for 3/5` (three of five) or `for 2m`.',
  // biome-ignore lint/suspicious/noTemplateCurlyInString: the conf's spelling, not JavaScript's.
  'A password is better not written here: a key `password` is given as `password_file = PATH`, as `credential = NAME` (`LoadCredential=` of systemd) or as `password = ${VARIABLE}`. A conf that holds one literally and can be read by others than its owner and group is refused.',
];

export function confPage(release: Release): string {
  const title = {
    ...{ name: 'vmmanage.conf', number: 5, manual: 'File formats' },
    what: 'when this virtual machine asks to be moved, and where to',
  };
  const parts = [
    section('description', ...DESCRIPTION.map(paragraph)),
    ...SECTIONS.map(sectionPart),
    section(
      'examples',
      paragraph('The conf of a first install, which watches and moves nothing:'),
      block(installedConf()),
      paragraph('More are in `/usr/share/doc/vmmanage/examples`.'),
    ),
    section('files', item('/etc/vmmanage/vmmanage.conf', 'The conf.')),
  ];
  return page(title, release, parts, ['vmmanage(1)', 'vmmanage-sink(8)', 'systemd.exec(5)']);
}

/** Without its comments. */
function installedConf(): string[] {
  const lines = textOf('packaging/vmmanage.conf').split('\n');
  return lines.filter((line) => line !== '' && !line.startsWith(';'));
}

function sectionPart({ kind, named, help, options }: SectionKind): string {
  const title = named === 'never' ? kind : `${kind} NAME`;
  const own = kind === 'queue' ? PLUGINS.queue.options : {};
  const kinds = kindsOf(kind, PLUGINS).map((each) =>
    subsection(`[${kind}] kind = ${each.kind}`, paragraph(each.help), ...items(each.options)),
  );
  return section(`"[${title}]"`, paragraph(help), ...items({ ...options, ...own }), ...kinds);
}

function items(table: OptionsTable): string[] {
  const rows = Object.entries(withSecretKeys(table));
  return rows.map(([key, option]) => item(key, `${option.help} ${wantedOf(option)}`));
}

/** `(duration; default 60s)`. */
function wantedOf({ type, default: fallback, required }: Option<unknown>): string {
  if (required) return `(${type.name}; must be given)`;
  if (fallback === undefined) return `(${type.name})`;
  return `(${type.name}; default ${fallback === '' ? 'empty' : `\`${fallback}\``})`;
}
