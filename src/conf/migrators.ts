/** [migrator NAME], and which migrator moves the guest at which site. */

import { didYouMean } from '../core/nearest.ts';
import { quoted } from '../core/text.ts';
import type { Context } from './context.ts';
import { placeOf } from './findings.ts';
import { nameOf, ofKind } from './kinds.ts';
import type { Configured } from './loaded.ts';
import { launchesClones, lifeOf, tableOf } from './max-life.ts';
import type { MigratorTable } from './plugins.ts';
import type { SectionSet } from './section-set.ts';
import { absentSection, type Section } from './sections.ts';
import { type Fallback, isRead, readSettings } from './settings.ts';
import type { BuiltSite } from './sites.ts';
import { MIGRATOR } from './tables.ts';

/** What moves the guest where the conf has no [migrator]. */
const DEFAULT_KIND = 'local';

export function buildMigrators(
  set: SectionSet,
  tables: readonly MigratorTable[],
  context: Context,
): Configured[] {
  const built = set.of('migrator').map((section) => {
    return buildOne(section, tables, context, lifeOf(nameOf(section), set));
  });
  return built.filter((migrator) => migrator !== undefined);
}

function buildOne(
  given: Section,
  tables: readonly MigratorTable[],
  context: Context,
  life: Fallback | undefined,
): Configured | undefined {
  const { section, kind: table } = ofKind(given, MIGRATOR, tables, context.findings);
  const common = readSettings(section, MIGRATOR, context);
  return table && common && configure(section, nameOf(section), table, context, life);
}

function configure(
  section: Section,
  name: string,
  table: MigratorTable,
  context: Context,
  life?: Fallback,
): Configured | undefined {
  const options = readSettings(section, table.options, context, (key) =>
    key === 'max_life' ? life : undefined,
  );
  // A key with a mistake isn't one that is missing.
  const whole = options && isRead(section, options) ? options : undefined;
  const conflict = whole && table.conflict?.(whole);
  if (conflict) context.findings.problem(placeOf(section, conflict.key), conflict.problem);
  const caution = whole && table.caution?.(whole);
  if (caution !== undefined) context.findings.warning(placeOf(section), caution);
  return options && { name, kind: table.kind, options };
}

/** The migrator of a site that names none: the only one, or `local`. */
export function defaultMigrator(set: SectionSet): Fallback | undefined {
  const names = set.names('migrator');
  if (names.length > 1) return undefined;
  return { text: names[0] ?? DEFAULT_KIND };
}

/** Site → migrator. A migrator without a section is one of that kind, with its defaults. */
export function assignMigrators(
  sites: readonly BuiltSite[],
  set: SectionSet,
  tables: readonly MigratorTable[],
  context: Context,
): { migratorOf: Record<string, string>; implied: Configured[] } {
  const named = set.names('migrator');
  const implied = new Map<string, Configured>();
  const migratorOf: [string, string][] = [];
  for (const { site, section, migrator } of sites) {
    if (migrator === undefined) reportNone(section, named, context);
    else {
      migratorOf.push([site.name, migrator]);
      checkRole({ site, section }, tableOf(migrator, set, tables), context);
      if (named.includes(migrator) || implied.has(migrator)) continue;
      const found = imply(section, migrator, named, tables, context);
      if (found) implied.set(migrator, found);
    }
  }
  return { migratorOf: Object.fromEntries(migratorOf), implied: [...implied.values()] };
}

/** Between the hosts of a home nothing is cloned. */
function checkRole(
  { site, section }: Pick<BuiltSite, 'site' | 'section'>,
  table: MigratorTable | undefined,
  { findings }: Context,
): void {
  if (site.role !== 'home' || !table || !launchesClones(table)) return;
  const text = `${quoted(table.kind)} launches clones of the guest, which is for a [site NAME] with role = away`;
  findings.problem(placeOf(section, 'migrator'), text);
}

function reportNone(section: Section, named: readonly string[], { findings }: Context): void {
  if (section.entries.has('migrator')) return;
  findings.problem(placeOf(section), `migrator must be given: one of ${named.join(', ')}`);
}

function imply(
  site: Section,
  kind: string,
  named: readonly string[],
  tables: readonly MigratorTable[],
  context: Context,
): Configured | undefined {
  const at = placeOf(site, 'migrator');
  const table = tables.find((table) => table.kind === kind);
  if (!table) {
    const near = didYouMean(kind, [...named, ...tables.map((table) => table.kind)]);
    context.findings.problem(at, `there is no [migrator ${kind}]${near}`);
    return undefined;
  }
  const section = { ...absentSection('migrator', at.file, kind), line: at.line };
  const origin = site.entries.has('migrator') ? `${at.file}:${at.line}` : 'default';
  context.effective.push({ section: section.title, key: 'kind', value: kind, origin });
  return configure(section, kind, table, context);
}
