/** The structured data of RFC 5424 (6.3): `-`, or `[id name="value" …]` once or more. Pure. */
import type { Element } from './syslog.ts';

export interface StructuredData {
  readonly elements: readonly Element[];
  /** Where what follows it stands. */
  readonly end: number;
}

/** More say nothing that anybody reads. */
const ELEMENTS_MAX = 32;
const PARAMETERS_MAX = 64;

const ID = /\[([!#-<>-\\^-~]{1,32})/y;
/** In a value, `\"`, `\\` and `\]` stand for themselves; before any other a backslash is one. */
const PARAMETER = / ([!#-<>-\\^-~]{1,32})="((?:[^"\\\]]|\\.)*)"/y;

const NONE: readonly Element[] = [];

/** Undefined where there is none at `at`, or more of it than is taken. */
export function elementsAt(text: string, at: number): StructuredData | undefined {
  if (text[at] === '-') return { elements: NONE, end: at + 1 };
  const elements: Element[] = [];
  let end = at;
  while (text[end] === '[') {
    const element = elementAt(text, end);
    if (!element || elements.length === ELEMENTS_MAX) return undefined;
    elements.push(element);
    end = element.end;
  }
  return end === at ? undefined : { elements, end };
}

function elementAt(text: string, at: number): (Element & { readonly end: number }) | undefined {
  ID.lastIndex = at;
  const id = ID.exec(text)?.[1];
  if (id === undefined) return undefined;
  const parameters: (readonly [string, string])[] = [];
  let end = ID.lastIndex;
  while (text[end] === ' ') {
    PARAMETER.lastIndex = end;
    const [, name, value] = PARAMETER.exec(text) ?? [];
    if (name === undefined || value === undefined) return undefined;
    if (parameters.push([name, unescaped(value)]) > PARAMETERS_MAX) return undefined;
    end = PARAMETER.lastIndex;
  }
  return text[end] === ']' ? { id, parameters, end: end + 1 } : undefined;
}

function unescaped(value: string): string {
  return value.includes('\\') ? value.replace(/\\(["\\\]])/g, '$1') : value;
}
