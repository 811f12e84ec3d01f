/**
 * Several files to one conf: a later file overrides an earlier one, key by key. A flat file's keys
 * are translated first and take part like any others.
 */
import { type Findings, placeOf } from './findings.ts';
import { translateFlat } from './flat.ts';
import type { Entry, Section } from './sections.ts';

type Open = Section & { readonly entries: Map<string, Entry> };

/** `perFile`: the sections of each file, in the order in which the files were read. */
export function merge(perFile: readonly (readonly Section[])[], findings: Findings): Section[] {
  const merged = new Map<string, Open>();
  for (const section of perFile.flat()) {
    if (section.kind !== '') overlay(merged, section);
  }
  const flat = flatEntries(perFile.flat());
  const order = [...new Set(perFile.flat().map(({ file }) => file))];
  for (const section of translateFlat(flat, findings)) {
    underlay(merged, section, order, findings);
  }
  return [...merged.values()];
}

function flatEntries(sections: readonly Section[]): ReadonlyMap<string, Entry> {
  const flat = sections.filter(({ kind }) => kind === '');
  return new Map(flat.flatMap(({ entries }) => [...entries]));
}

function overlay(merged: Map<string, Open>, section: Section): void {
  const open = opened(merged, section);
  for (const [key, entry] of section.entries) open.entries.set(key, entry);
}

function opened(merged: Map<string, Open>, section: Section): Open {
  const open = merged.get(section.title) ?? { ...section, entries: new Map() };
  merged.set(section.title, open);
  return open;
}

/** A flat key gives way to a sectioned one of a later file; in one file they contradict. */
function underlay(
  merged: Map<string, Open>,
  section: Section,
  order: readonly string[],
  findings: Findings,
): void {
  const open = opened(merged, section);
  for (const [key, entry] of section.entries) {
    const other = open.entries.get(key);
    if (other?.file === entry.file) {
      const text = `given twice, also as [${section.title}] ${key} in line ${other.line}`;
      findings.problem(placeOf(section, key), text);
    }
    const overridden = other && order.indexOf(other.file) >= order.indexOf(entry.file);
    if (!overridden) open.entries.set(key, entry);
  }
}
