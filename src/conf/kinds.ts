/** Sections that say their `kind`, and are called by it where their header has no name. */

import { didYouMean } from '../core/nearest.ts';
import type { OptionsTable } from '../core/options.ts';
import { quoted } from '../core/text.ts';
import { type Findings, placeOf } from './findings.ts';
import { isLaterValue, NOT_YET } from './not-yet.ts';
import type { Section } from './sections.ts';
import { checkKeys } from './settings.ts';

interface Kind {
  readonly kind: string;
  readonly options: OptionsTable;
}

interface OfKind<K> {
  /** As `checkKeys` gives it back. */
  readonly section: Section;
  /** Undefined where there is none such, which is told. */
  readonly kind: K | undefined;
}

/** A section's kind, and its keys held against those of that kind. */
export function ofKind<K extends Kind>(
  section: Section,
  common: OptionsTable,
  kinds: readonly K[],
  findings: Findings,
): OfKind<K> {
  const entry = section.entries.get('kind');
  if (!entry) {
    const any = [common, ...kinds.map(({ options }) => options)];
    return { section: checkKeys(section, any, findings), kind: undefined };
  }
  const kind = kinds.find((each) => each.kind === entry.value);
  if (kind) {
    const tables = [common, kind.options];
    return { section: checkKeys(section, tables, findings, kinds), kind };
  }
  const text = unknownKind(section.kind, entry.value, kinds);
  if (!entry.broken) findings.problem(placeOf(section, 'kind'), text);
  return { section, kind };
}

function unknownKind(what: string, given: string, kinds: readonly { kind: string }[]): string {
  if (isLaterValue(what, 'kind', given)) return `${quoted(given)} ${NOT_YET}`;
  const names = kinds.map(({ kind }) => kind);
  const near = didYouMean(given, names) || `; there are ${names.join(', ')}`;
  return `${quoted(given)} is not a kind of ${what}${near}`;
}

export function nameOf(section: Section): string {
  return section.name ?? (section.entries.get('kind')?.value || section.kind);
}
