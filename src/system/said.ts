/**
 * What a program or a server said, made fit for one line that people read. It only cuts and
 * escapes; what it is given is data from outside and is never run or trusted (DESIGN.md §11, 8).
 */

import { printable } from '../core/text.ts';

const MOST_CHARACTERS = 200;

/** `text` on one line: control characters escaped, cut to `most` characters with a `…`. */
export function oneLine(text: string, most = MOST_CHARACTERS): string {
  const bounded = text.trim().slice(0, most + 1);
  const visible = printable(bounded.replaceAll('\t', ' '));
  return visible.length <= most ? visible : `${visible.slice(0, most - 1)}…`;
}

/** The first line with something on it, or an empty text. */
export function firstLine(text: string): string {
  return linesOf(text).at(0) ?? '';
}

/** The last line with something on it, or an empty text: where programs say why they gave up. */
export function lastLine(text: string): string {
  return linesOf(text).at(-1) ?? '';
}

/**
 * The line that says what went wrong: the first that speaks of an error, else the first. What comes
 * after may be a hint (`Try 'ps --help'`), or point at a column. What is indented belongs to the line above.
 */
export function tellingLine(text: string): string {
  const lines = text.split(/\r\n|\r|\n/).filter((line) => !/^\s/.test(line));
  return lines.find((line) => /error/i.test(line))?.trim() ?? firstLine(text);
}

function linesOf(text: string): string[] {
  return text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
