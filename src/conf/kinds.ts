/** Sections that say their `kind`, and are called by it where their header has no name. */
import { quoted } from '../core/text.ts';
import { type Findings, placeOf } from './findings.ts';
import { didYouMean } from './nearest.ts';
import { isLaterValue, NOT_YET } from './not-yet.ts';
import type { Section } from './sections.ts';

/** The section's kind; undefined where there is none such, which is told. */
export function kindOf<K extends { readonly kind: string }>(
  section: Section,
  kinds: readonly K[],
  findings: Findings,
): K | undefined {
  const entry = section.entries.get('kind');
  if (!entry || entry.broken) return undefined;
  const given = entry.value;
  const found = kinds.find(({ kind }) => kind === given);
  if (!found) findings.problem(placeOf(section, 'kind'), unknownKind(section.kind, given, kinds));
  return found;
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
