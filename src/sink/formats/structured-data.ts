/**
 * The structured data of RFC 5424 (6.3): `-`, or `[id name="value" …]` once or more. Pure. Each
 * character is looked at once: this is where reading a record takes its time.
 */
import type { Element } from './syslog.ts';

export interface StructuredData {
  readonly elements: readonly Element[];
  /** Where what follows it stands. */
  readonly end: number;
}

/** More say nothing that anybody reads. */
const ELEMENTS_MAX = 32;
const PARAMETERS_MAX = 64;
const NAME_MAX = 32;

const BLANK = 0x20;
const QUOTE = 0x22;
const DASH = 0x2d;
const EQUALS = 0x3d;
const OPENING = 0x5b;
const BACKSLASH = 0x5c;
const CLOSING = 0x5d;
const TILDE = 0x7e;

const NONE: readonly Element[] = [];

/** Undefined where there is none at `at`, or more of it than is taken. */
export function elementsAt(
  text: string,
  at: number,
  parametersMax = PARAMETERS_MAX,
): StructuredData | undefined {
  if (text.charCodeAt(at) === DASH) return { elements: NONE, end: at + 1 };
  const elements: Element[] = [];
  // Asked once for all values, few of which hold any.
  const escapes = text.includes('\\', at);
  let end = at;
  while (text.charCodeAt(end) === OPENING) {
    const element = elementAt(text, end, { parametersMax, escapes });
    if (!element || elements.length === ELEMENTS_MAX) return undefined;
    elements.push(element);
    end = element.end;
  }
  return end === at ? undefined : { elements, end };
}

interface Taking {
  readonly parametersMax: number;
  /** Whether there is a backslash anywhere. */
  readonly escapes: boolean;
}

function elementAt(
  text: string,
  at: number,
  { parametersMax, escapes }: Taking,
): (Element & { readonly end: number }) | undefined {
  const idEnd = endOfName(text, at + 1);
  if (idEnd < 0) return undefined;
  const parameters: (readonly [string, string])[] = [];
  let end = idEnd;
  while (text.charCodeAt(end) === BLANK) {
    const nameEnd = endOfName(text, end + 1);
    if (nameEnd < 0 || text.charCodeAt(nameEnd) !== EQUALS) return undefined;
    if (text.charCodeAt(nameEnd + 1) !== QUOTE) return undefined;
    const valueEnd = endOfValue(text, nameEnd + 2);
    if (valueEnd < 0 || parameters.length === parametersMax) return undefined;
    const value = text.slice(nameEnd + 2, valueEnd);
    parameters.push([text.slice(end + 1, nameEnd), escapes ? unescaped(value) : value]);
    end = valueEnd + 1;
  }
  if (text.charCodeAt(end) !== CLOSING) return undefined;
  return { id: text.slice(at + 1, idEnd), parameters, end: end + 1 };
}

/** Behind a name of visible ASCII without `=`, `]` and `"`; -1 where it is empty or too long. */
function endOfName(text: string, from: number): number {
  let at = from;
  for (; at <= from + NAME_MAX; at += 1) {
    const code = text.charCodeAt(at);
    const ends = code === EQUALS || code === CLOSING || code === QUOTE;
    // Not a number at the end of the text.
    if (ends || !(code > BLANK && code <= TILDE)) break;
  }
  return at > from && at <= from + NAME_MAX ? at : -1;
}

/** Where the quote stands that ends a value; -1 where none does, or a `]` stands in it as it is. */
function endOfValue(text: string, from: number): number {
  for (let at = from; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at;
    if (code === CLOSING) return -1;
    if (code === BACKSLASH) at += 1;
  }
  return -1;
}

/** `\"`, `\\` and `\]` stand for themselves; before any other a backslash is one. */
function unescaped(value: string): string {
  return value.replace(/\\(["\\\]])/g, '$1');
}
