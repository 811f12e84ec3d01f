/** A section held against its options table: every key known, every value of its type. */

import { didYouMean, nearest } from '../core/nearest.ts';
import type { Option, OptionsOf, OptionsTable } from '../core/options.ts';
import { quoted } from '../core/text.ts';
import type { Context } from './context.ts';
import { type Findings, placeOf } from './findings.ts';
import { isLaterKey, isLaterValue, NOT_YET } from './not-yet.ts';
import { givenEntries, readSecret, secretKeys, shownSecret, withSecretKeys } from './secrets.ts';
import type { Section } from './sections.ts';
import { SECTIONS } from './tables.ts';

/** A default that depends on other values: its text, and where it comes from. */
export interface Fallback {
  readonly text: string;
  readonly origin?: string;
}

export type Fallbacks<T extends OptionsTable> = (
  key: keyof T & string,
  /** The values of the rows above this one; a value that was wrong is undefined. */
  before: Partial<OptionsOf<T>>,
) => Fallback | undefined;

/**
 * Tells the keys that none of the tables has. In the section that it gives back the key that each
 * was meant to be stands too, as a broken one, so that nobody tells that it is missing.
 */
export function checkKeys(
  section: Section,
  tables: readonly OptionsTable[],
  to: Findings,
  /** Others of its kind, whose keys these may have been meant to be. */
  others: readonly { readonly kind: string; readonly options: OptionsTable }[] = [],
) {
  const known = new Set(tables.flatMap((table) => Object.keys(withSecretKeys(table))));
  const entries = new Map(section.entries);
  for (const entry of section.entries.values()) {
    if (known.has(entry.key)) continue;
    const meant = nearest(entry.key, known);
    const later = isLaterKey(section.kind, entry.key);
    const other = others.find(({ options }) => Object.hasOwn(options, entry.key));
    const text = later ? NOT_YET : unknownKey(entry.key, known, other?.kind);
    if (!entry.broken || meant) to.problem(placeOf(section, entry.key), text);
    if (meant && !entries.has(meant)) entries.set(meant, { ...entry, key: meant, broken: true });
  }
  return { ...section, entries };
}

function unknownKey(key: string, known: ReadonlySet<string>, otherKind?: string): string {
  const near = didYouMean(key, known);
  if (near === '' && otherKind) return `unknown key here; kind = ${otherKind} has it`;
  const home = SECTIONS.find(({ options }) => Object.hasOwn(options, key));
  if (near !== '' || !home) return `unknown key${near}`;
  return `unknown key here; it belongs in [${home.kind}]`;
}

/**
 * The values of a table's keys, defaults filled in. A value that is wrong is told and left
 * undefined, so that the mistakes after it are found too; undefined as a whole where a required
 * key has no right value.
 */
export function readSettings<T extends OptionsTable>(
  section: Section,
  table: T,
  context: Context,
  fallbacks: Fallbacks<T> = () => undefined,
): OptionsOf<T> | undefined {
  const values: Record<string, unknown> = {};
  let complete = true;
  for (const [key, option] of Object.entries(table)) {
    const fallback = fallbacks(key, values as Partial<OptionsOf<T>>);
    values[key] = readOption(section, table, key, option, context, fallback);
    if (option.required && !option.secret && values[key] === undefined) complete = false;
  }
  return complete ? (values as OptionsOf<T>) : undefined;
}

function readOption(
  section: Section,
  table: OptionsTable,
  key: string,
  option: Option<unknown>,
  context: Context,
  fallback: Fallback | undefined,
): unknown {
  if (option.secret) return readSecretOption(section, table, key, option, context);
  const entry = section.entries.get(key);
  if (entry?.broken) return undefined;
  if (entry) {
    show(context, section, key, entry.value, `${entry.file}:${entry.line}`);
    return parse(section, key, option, entry.value, context);
  }
  const text = fallback?.text ?? option.default;
  if (text === undefined) {
    if (option.required) reportMissing(section, key, option, context);
    return undefined;
  }
  show(context, section, key, text, fallback?.origin ?? 'default');
  return parse(section, key, option, text, context);
}

function readSecretOption(
  section: Section,
  table: OptionsTable,
  key: string,
  option: Option<unknown>,
  context: Context,
): unknown {
  const keys = secretKeys(table).find(({ literal }) => literal === key);
  if (!keys) return undefined;
  for (const entry of givenEntries(section, keys)) {
    const shown = entry.key === key ? shownSecret(entry.value) : entry.value;
    show(context, section, entry.key, shown, `${entry.file}:${entry.line}`);
  }
  // A conf that is shown or journaled doesn't hold it any more.
  const wanted = option.required && context.surroundings.secrets !== 'leave';
  if (wanted && givenEntries(section, keys).length === 0) {
    // Not as it is: a secret stands better in a file of its own.
    const example = `/etc/vmmanage/${key}`;
    reportMissing(section, keys.file, { ...option, example }, context);
  }
  const text = readSecret(section, keys, context);
  if (text === undefined) return undefined;
  const parsed = option.type.parse(text);
  // The type's own sentence would repeat the value.
  if (!parsed.ok) context.findings.problem(placeOf(section, key), `is not ${option.type.name}`);
  return parsed.ok ? parsed.value : undefined;
}

function parse(
  section: Section,
  key: string,
  option: Option<unknown>,
  text: string,
  { findings }: Context,
): unknown {
  const parsed = option.type.parse(text);
  if (parsed.ok) return parsed.value;
  const later = isLaterValue(section.kind, key, text);
  findings.problem(placeOf(section, key), later ? `${quoted(text)} ${NOT_YET}` : parsed.problem);
  return undefined;
}

function reportMissing(
  section: Section,
  key: string,
  { example }: Option<unknown>,
  { findings }: Context,
): void {
  const like = example === undefined ? '' : `, as in ${key} = ${example}`;
  findings.problem(placeOf(section), `${key} must be given${like}`);
}

function show(
  { effective }: Context,
  section: Section,
  key: string,
  value: string,
  origin: string,
): void {
  effective.push({ section: section.title, key, value, origin });
}

/** Whether each option that is written there is right: one that is wrong is as if left out. */
export function isRead({ entries }: Section, options: Readonly<Record<string, unknown>>): boolean {
  return Object.keys(options).every((key) => !entries.has(key) || options[key] !== undefined);
}
