/**
 * How long a clone may live, where its site says so (DESIGN.md §4): that is the `max_life` of the
 * migrator that launches it, and said in one place.
 */
import { quoted } from '../core/text.ts';
import type { Context } from './context.ts';
import { placeOf } from './findings.ts';
import { nameOf } from './kinds.ts';
import type { MigratorTable } from './plugins.ts';
import type { SectionSet } from './section-set.ts';
import type { Section } from './sections.ts';
import type { Fallback } from './settings.ts';
import { SITE } from './tables.ts';

const KEY = 'max_life';

/** What the sites that a migrator serves say. */
export function lifeOf(migrator: string, set: SectionSet): Fallback | undefined {
  const [site] = saying(set).filter((each) => migratorOf(each, set) === migrator);
  const entry = site?.entries.get(KEY);
  return entry && { text: entry.value, origin: `${entry.file}:${entry.line}` };
}

/** Tells of sites whose migrator knows no such thing, or is told something else. */
export function checkLives(
  set: SectionSet,
  tables: readonly MigratorTable[],
  { findings }: Context,
): void {
  for (const site of saying(set)) {
    const name = migratorOf(site, set);
    const section = sectionOf(name, set);
    const table = tableOf(name, set, tables);
    if (table && !launchesClones(table)) {
      findings.problem(placeOf(site, KEY), `is a cloud's, and ${quoted(table.kind)} launches none`);
    }
    const own = section?.entries.get(KEY)?.value ?? (name && lifeOf(name, set)?.text);
    const said = site.entries.get(KEY)?.value;
    if (own === undefined || own === said) continue;
    findings.problem(placeOf(site, KEY), `its migrator ${name} is told ${own} elsewhere`);
  }
}

/** A migrator that launches clones is one whose clones have a time to live. */
export function launchesClones({ options }: Pick<MigratorTable, 'options'>): boolean {
  return Object.hasOwn(options, KEY);
}

/** The kind of a migrator; one without a section of its own is called as its kind is. */
export function tableOf(
  name: string | undefined,
  set: SectionSet,
  tables: readonly MigratorTable[],
): MigratorTable | undefined {
  const kind = sectionOf(name, set)?.entries.get('kind')?.value ?? name;
  return tables.find((each) => each.kind === kind);
}

function sectionOf(name: string | undefined, set: SectionSet): Section | undefined {
  return set.of('migrator').find((each) => nameOf(each) === name);
}

/** The sites that say something that can be understood. */
function saying(set: SectionSet): readonly Section[] {
  return set.of('site').filter(({ entries }) => {
    const entry = entries.get(KEY);
    return entry && !entry.broken && SITE.max_life.type.parse(entry.value).ok;
  });
}

/** Where a site names none it is the only one. */
function migratorOf(site: Section, set: SectionSet): string | undefined {
  const names = set.names('migrator');
  return site.entries.get('migrator')?.value ?? (names.length === 1 ? names[0] : undefined);
}
