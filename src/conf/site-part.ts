/**
 * What of a conf belongs to a site: its section and its migrator's, without secrets, as a conf. Home gives
 * it to a clone there, whose image may have an older one; the clone goes by it instead of its own.
 */
import type { EffectiveValue, Loaded } from './loaded.ts';
import type { MigratorTable } from './plugins.ts';
import { printConf } from './print.ts';
import { secretKeys } from './secrets.ts';
import type { Section } from './sections.ts';

/** Names others' sections, and nobody asks them where a clone is. */
const LEFT_OUT: ReadonlySet<string> = new Set(['locator']);

/** A conf of these sites' sections and their migrators', to be written into user-data. */
export function sitePartOf(
  loaded: Pick<Loaded, 'effective' | 'migratorOf'>,
  sites: readonly string[],
  tables: readonly MigratorTable[],
): string {
  const titles = new Set(
    sites.flatMap((site) => [`site ${site}`, `migrator ${loaded.migratorOf[site]}`]),
  );
  const secret = secretNames(tables);
  const effective = loaded.effective.flatMap(({ section, key, value }): EffectiveValue[] => {
    const goes = titles.has(section) && !secret.has(key) && !LEFT_OUT.has(key);
    return goes ? [{ section, key, value, origin: 'home' }] : [];
  });
  return printConf({ effective });
}

/** The sections of `part` stand instead of those of the same name, of which only the secrets are kept. */
export function withSitePart(
  perFile: readonly (readonly Section[])[],
  part: readonly Section[],
  tables: readonly MigratorTable[],
): readonly (readonly Section[])[] {
  const titles = new Set(part.map(({ title }) => title));
  const secret = secretNames(tables);
  const secretsOf = (section: Section): Section => ({
    ...section,
    entries: new Map([...section.entries].filter(([key]) => secret.has(key))),
  });
  const kept = perFile.map((sections) =>
    sections.map((section) => (titles.has(section.title) ? secretsOf(section) : section)),
  );
  return [...kept, part];
}

/** Whatever the kind: a key that holds a secret, or says where one is. */
function secretNames(tables: readonly MigratorTable[]): ReadonlySet<string> {
  const all = tables.flatMap(({ options }) => secretKeys(options));
  return new Set(all.flatMap(({ literal, file, credential }) => [literal, file, credential]));
}
