/** The sections of a conf, each of a kind that there is and named as its kind wants it. */

import { didYouMean, nearest } from '../core/nearest.ts';
import { quoted } from '../core/text.ts';
import type { Findings } from './findings.ts';
import { placeOf } from './findings.ts';
import { nameOf } from './kinds.ts';
import { isLaterSection, NOT_YET } from './not-yet.ts';
import { absentSection, type Section } from './sections.ts';
import { SECTIONS, type SectionKind } from './tables.ts';

export class SectionSet {
  readonly #sections: readonly Section[];
  readonly #meant: ReadonlySet<string>;
  /** Where a mistake of the whole conf is told. */
  readonly firstFile: string;

  constructor(sections: readonly Section[], meant: ReadonlySet<string>, firstFile: string) {
    this.#sections = sections;
    this.#meant = meant;
    this.firstFile = firstFile;
  }

  of(kind: string): readonly Section[] {
    return this.#sections.filter((section) => section.kind === kind);
  }

  /** The section of a kind that may stand once; an empty one where no file opens it. */
  the(kind: string): Section {
    return this.of(kind)[0] ?? absentSection(kind, this.firstFile);
  }

  /** Whether a section of that kind is there, or a mistyped one was meant to be it. */
  wants(kind: string): boolean {
    return this.#meant.has(kind) || this.of(kind).length > 0;
  }

  names(kind: string): readonly string[] {
    return this.of(kind).map(nameOf);
  }

  /** `section` names one of a kind under the kind's own key: `probe = slow`. */
  checkNamed(kind: string, name: string, section: Section, findings: Findings): void {
    const names = this.names(kind);
    if (names.includes(name)) return;
    const text = `there is no ${kind} ${quoted(name)}${didYouMean(name, names)}`;
    findings.problem(placeOf(section, kind), text);
  }
}

export function checkSections(
  sections: readonly Section[],
  firstFile: string,
  findings: Findings,
): SectionSet {
  const kinds = SECTIONS.map(({ kind }) => kind);
  const meant = new Set<string>();
  const kept: Section[] = [];
  for (const section of sections) {
    const table = SECTIONS.find(({ kind }) => kind === section.kind);
    if (section.odd) {
      meant.add(nearest(section.kind, kinds) ?? '');
      continue;
    }
    const problem = table ? nameProblem(section, table, sections) : unknownSection(section, kinds);
    if (problem) findings.problem(placeOf(section), problem);
    if (table) kept.push(section);
    else meant.add(nearest(section.kind, kinds) ?? '');
  }
  return new SectionSet(kept, meant, firstFile);
}

function unknownSection({ kind }: Section, kinds: readonly string[]): string {
  if (isLaterSection(kind)) return NOT_YET;
  const near = didYouMean(kind, kinds) || `; there are ${kinds.join(', ')}`;
  return `unknown section${near}`;
}

function nameProblem(
  section: Section,
  { kind, named }: SectionKind,
  all: readonly Section[],
): string | undefined {
  const hasName = section.name !== undefined;
  if (named === 'never') return hasName ? `takes no name: write [${kind}]` : undefined;
  if (named === 'always') return hasName ? undefined : `needs a name: [${kind} NAME]`;
  const alone = all.filter((other) => other.kind === kind).length === 1;
  return hasName || alone ? undefined : `needs a name where there are several: [${kind} NAME]`;
}
