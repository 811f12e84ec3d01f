/**
 * Where the mistakes of a conf are gathered, so that all of them are told at once, and how one is
 * written. Nothing here decides what is a mistake.
 */
import { printable } from '../core/text.ts';
import type { Problem } from './loaded.ts';
import type { Section } from './sections.ts';

/** A binary file under a conf's name shouldn't fill a terminal. */
const PROBLEMS_MAX = 200;

/** A place in a file, as a problem names it. */
export type Place = Omit<Problem, 'text'>;

export class Findings {
  readonly problems: Problem[] = [];
  readonly warnings: Problem[] = [];

  problem(place: Place, text: string): void {
    if (this.problems.length < PROBLEMS_MAX) this.problems.push({ ...place, text });
    else if (this.problems.length === PROBLEMS_MAX) {
      this.problems.push({ file: place.file, line: place.line, text: 'and more mistakes follow' });
    }
  }

  warning(place: Place, text: string): void {
    this.warnings.push({ ...place, text });
  }
}

/** The place of a key; where the section doesn't hold it, the place of its header. */
export function placeOf(section: Section, key?: string): Place {
  const { file, line, title } = section;
  const entry = key === undefined ? undefined : section.entries.get(key);
  if (entry?.written !== undefined) {
    return { file: entry.file, line: entry.line, key: entry.written };
  }
  const at = entry ?? { file, line };
  const place = { file: at.file, line: at.line, section: title };
  return key === undefined ? place : { ...place, key };
}

/** `file:line: [section] key: what is wrong`. */
export function formatProblem({ file, line, section, key, text }: Problem): string {
  const at = line === 0 ? file : `${file}:${line}`;
  const inside = section === undefined ? '' : `[${section}]`;
  const subject = [inside, key ?? ''].filter(Boolean).join(' ');
  return [printable(at), printable(subject), text].filter(Boolean).join(': ');
}

/** By file, in the order in which they were read, then by line. */
export function inOrder(problems: readonly Problem[], files: readonly string[]): Problem[] {
  return problems.toSorted(
    (a, b) => files.indexOf(a.file) - files.indexOf(b.file) || a.line - b.line,
  );
}

/** Everything that is wrong with a conf. The only error that loading one throws. */
export class ConfError extends Error {
  override readonly name = 'ConfError';
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];

  constructor(problems: readonly Problem[], warnings: readonly Problem[]) {
    super(problems.map(formatProblem).join('\n'));
    this.problems = problems;
    this.warnings = warnings;
  }
}
