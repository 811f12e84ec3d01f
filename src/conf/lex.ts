/**
 * One conf file to its sections and keys, each with its line. It knows how an ini file is written
 * and nothing of what the keys mean; `ini` itself keeps no line numbers, lets the last of two equal
 * keys win and takes a word without `=` for true, so the lines are scanned here.
 */
import type { Findings, Place } from './findings.ts';
import { decodeValue } from './ini-value.ts';
import { toLines } from './lines.ts';
import { type Entry, type Section, titleOf } from './sections.ts';

const SECTIONS_MAX = 500;

/** A file as it was read. */
export interface Source {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Others than its owner and group can read it. */
  readonly exposed: boolean;
}

/** How a file may be written that isn't quite a conf. */
export interface Dialect {
  /** What a key may be, blanks in it being one each. */
  readonly key: RegExp;
  /** Kinds of section whose names are sentences. */
  readonly sentences: readonly string[];
}

const CONF: Dialect = { key: /^[A-Za-z0-9_.-]{1,64}$/, sentences: [] };

interface Scan {
  readonly source: Source;
  readonly dialect: Dialect;
  readonly findings: Findings;
  readonly sections: Map<string, OpenSection>;
  current: OpenSection;
}

type OpenSection = Section & { readonly entries: Map<string, Entry> };

/**
 * The sections of a file in their order, the keys before any section first; undefined where the
 * file is no text.
 */
export function lex(source: Source, findings: Findings, dialect = CONF): Section[] | undefined {
  const { file } = source;
  const lines = toLines(source.bytes);
  if ('text' in lines) {
    findings.problem({ file, line: lines.line }, lines.text);
    return undefined;
  }
  const current = { file, line: 1, kind: '', name: undefined, title: '', entries: new Map() };
  const sections = new Map([['', current]]);
  const scan: Scan = { source, dialect, findings, sections, current };
  for (const [i, line] of lines.entries()) {
    scanLine(scan, line.trim(), i + 1);
    if (scan.sections.size <= SECTIONS_MAX + 1) continue;
    findings.problem({ file, line: i + 1 }, `more than ${SECTIONS_MAX} sections`);
    break;
  }
  return [...scan.sections.values()].filter(({ kind, entries }) => kind !== '' || entries.size > 0);
}

function scanLine(scan: Scan, text: string, line: number): void {
  if (text === '' || /^[;#]/.test(text)) return;
  if (text.startsWith('[')) scanHeader(scan, text, line);
  else scanKey(scan, text, line);
}

const HEADER = /^\[([^\]]*)\](?:\s+[;#].*)?$/;

function scanHeader(scan: Scan, text: string, line: number): void {
  const { file } = scan.source;
  const [kind, ...words] = HEADER.exec(text)?.[1]?.match(/\S+/g) ?? [];
  const name = words.length === 0 ? undefined : words.join(' ');
  const problem = kind === undefined ? ODD : headerProblem(kind, name, scan.dialect);
  if (kind !== undefined && problem === undefined) {
    open(scan, kind, name, line);
    return;
  }
  scan.findings.problem({ file, line }, problem ?? ODD);
  openOdd(scan, /[A-Za-z]+/.exec(text)?.[0] ?? '', line);
}

const ODD = 'an odd header: expected [kind] or [kind name]';

export const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$/;
export const NAME_MAX = 100;

function headerProblem(
  kind: string,
  name: string | undefined,
  { sentences }: Dialect,
): string | undefined {
  if (!isName(kind)) return ODD_NAME;
  if (name === undefined) return undefined;
  if (sentences.includes(kind)) return name.length <= NAME_MAX ? undefined : ODD_LENGTH;
  if (name.includes(' ')) return ODD;
  return isName(name) ? undefined : ODD_NAME;
}

const ODD_NAME = 'an odd header: names are letters, digits, dots, - and _';
const ODD_LENGTH = `an odd header: its name is longer than ${NAME_MAX} characters`;

function isName(text: string): boolean {
  return NAME.test(text) && text.length <= NAME_MAX;
}

function open(scan: Scan, kind: string, name: string | undefined, line: number): void {
  const { file } = scan.source;
  const title = titleOf(kind, name);
  const before = scan.sections.get(title);
  if (before) {
    const text = `opened twice in one file, first in line ${before.line}`;
    scan.findings.problem({ file, line, section: title }, text);
  }
  scan.current = before ?? { file, line, kind, name, title, entries: new Map() };
  scan.sections.set(title, scan.current);
}

/** Its keys are scanned for mistakes, and dropped. */
function openOdd(scan: Scan, kind: string, line: number): void {
  const { file } = scan.source;
  const title = `${kind} in line ${line}`;
  const entries = new Map<string, Entry>();
  scan.current = { file, line, kind: kind || 'odd', name: undefined, title, entries, odd: true };
  scan.sections.set(title, scan.current);
}

function scanKey(scan: Scan, text: string, line: number): void {
  const { file, exposed } = scan.source;
  const equals = text.indexOf('=');
  if (equals === -1) {
    scanBareWord(scan, text, line);
    return;
  }
  const key = text.slice(0, equals).trim().replace(/\s+/g, ' ');
  if (!scan.dialect.key.test(key)) {
    scan.findings.problem(place(scan, line), 'what stands before = is not a key');
    return;
  }
  const value = decodeValue(text.slice(equals + 1));
  if (value.ok) keep(scan, { file, line, key, value: value.value, exposed });
  else {
    scan.findings.problem(place(scan, line, key), value.problem);
    keep(scan, { file, line, key, value: '', exposed, broken: true });
  }
}

/** Only the first word is repeated, and only if more follows: either may be a secret. */
function scanBareWord(scan: Scan, text: string, line: number): void {
  const key = /^[A-Za-z_]{1,32}(?=\s)/.exec(text)?.[0];
  const which = key === undefined ? '' : ` (“${key}” has no =)`;
  const problem = `expected key = value, a [section] or a comment${which}`;
  scan.findings.problem(place(scan, line), problem);
  if (key === undefined || scan.current.entries.has(key)) return;
  const { file, exposed } = scan.source;
  keep(scan, { file, line, key, value: '', exposed, broken: true });
}

function keep(scan: Scan, entry: Entry): void {
  const { current, findings } = scan;
  const before = current.entries.get(entry.key);
  if (before) {
    const text = `given twice, first in line ${before.line}`;
    findings.problem(place(scan, entry.line, entry.key), text);
    return;
  }
  current.entries.set(entry.key, entry);
}

function place({ source, current }: Scan, line: number, key?: string): Place {
  const named = current.kind !== '' && !current.odd;
  return {
    ...{ file: source.file, line },
    ...(named ? { section: current.title } : {}),
    ...(key === undefined ? {} : { key }),
  };
}
