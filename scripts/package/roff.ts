/** Text as man pages have it: the macros of man(7), and words that can't be taken for them. */
import { dayOf, type Release } from './release.ts';

/** Prose: `words` between backticks are bold. */
export function prose(text: string): string {
  const parts = text.replace(/\s+/g, ' ').trim().split('`');
  const marked = parts.map((part, index) => (index % 2 === 0 ? plain(part) : bold(part)));
  return guarded(marked.join(''));
}

/** What is typed or printed as it stands, so that it can be copied. */
export function literal(text: string): string {
  return escaped(text)
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti');
}

export function bold(text: string): string {
  return text === '' ? '' : `\\fB${literal(text)}\\fR`;
}

export function section(title: string, ...parts: readonly string[]): string {
  return headed(`.SH ${title.toUpperCase()}`, parts);
}

export function subsection(title: string, ...parts: readonly string[]): string {
  return headed(`.SS "${literal(title).replaceAll('"', '\\(dq')}"`, parts);
}

/** A heading begins a paragraph by itself. */
function headed(heading: string, parts: readonly string[]): string {
  return `${heading}\n${parts.join('\n').replace(/^\.PP\n/, '')}`;
}

export function paragraph(text: string): string {
  return `.PP\n${prose(text)}`;
}

/** A term, and what it is. */
export function item(term: string, text: string): string {
  return `.TP\n${bold(term)}\n${prose(text)}`;
}

/** Lines as they stand. */
export function block(lines: readonly string[]): string {
  return [
    '.PP',
    '.in +4n',
    '.EX',
    ...lines.map((line) => guarded(literal(line))),
    '.EE',
    '.in',
  ].join('\n');
}

export interface Title {
  readonly name: string;
  readonly number: number;
  readonly what: string;
  readonly manual: string;
}

/** A whole page. `see` are others, as `vmmanage.conf(5)`. */
export function page(
  { name, number, what, manual }: Title,
  release: Release,
  parts: readonly string[],
  see: readonly string[],
): string {
  const words = [name.toUpperCase(), number, dayOf(release), `vmmanage ${release.version}`, manual];
  const others = see.map((each) => `.BR ${literal(each).replace('(', ' (')}`);
  const seen = others.map((line, index) => (index < others.length - 1 ? `${line} ,` : line));
  return [
    `.TH ${words.map((word) => `"${word}"`).join(' ')}`,
    section('name', `${literal(name)} \\- ${plain(what)}`),
    ...parts,
    section('see also', ...seen),
    '',
  ].join('\n');
}

function plain(text: string): string {
  return escaped(text);
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-');
}

/** A line that begins with one of these would be a macro. */
function guarded(line: string): string {
  return /^[.']/.test(line) ? `\\&${line}` : line;
}
