/**
 * A number in a JSON text, found by a JSON pointer (RFC 6901). Pure, and strict: a text that is not
 * JSON as a whole has no number, and neither has a string that looks like one.
 */
import { bad, good } from '../core/option-types.ts';
import type { OptionType } from '../core/options.ts';
import { quoted } from '../core/text.ts';
import { oneLine } from '../system/said.ts';
import { isBearable } from './number.ts';

/** The names and places that lead from the whole to a value; none for the whole. */
export interface Pointer {
  readonly text: string;
  readonly steps: readonly string[];
}

const TEXT_MAX = 1024;

export const jsonPointer: OptionType<Pointer> = {
  name: 'JSON pointer',
  parse(text) {
    if (text.length > TEXT_MAX) return bad(`is longer than ${TEXT_MAX} characters`);
    if (text !== '' && !text.startsWith('/')) {
      return bad(`${quoted(text)} is not a JSON pointer, which begins with / as /queue/length`);
    }
    if (/~(?![01])/.test(text)) {
      return bad(`${quoted(text)} holds a ~ that is neither ~0 (for ~) nor ~1 (for /)`);
    }
    return good({ text, steps: text.split('/').slice(1).map(unescaped) });
  },
};

/** In this order, so that `~01` is `~1` and not `/`. */
function unescaped(step: string): string {
  return step.replaceAll('~1', '/').replaceAll('~0', '~');
}

export function numberAt(
  json: string,
  { text, steps }: Pointer,
): { readonly value: number } | { readonly missing: string } {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { missing: `the page is not JSON: ${oneLine(json, 40)}` };
  }
  for (const step of steps) value = inside(value, step);
  if (value === undefined) return { missing: `the page has nothing at ${oneLine(text, 80)}` };
  if (typeof value === 'number' && isBearable(value)) return { value };
  const where = text === '' ? 'the page' : `what is at ${oneLine(text, 80)}`;
  return { missing: `${where} is not a number: ${shown(value)}` };
}

/** Undefined where there is no such thing; JSON itself has no undefined. */
function inside(value: unknown, step: string): unknown {
  if (Array.isArray(value))
    return /^(0|[1-9]\d{0,8})$/.test(step) ? value[Number(step)] : undefined;
  if (typeof value !== 'object' || value === null) return undefined;
  return Object.hasOwn(value, step) ? (value as Record<string, unknown>)[step] : undefined;
}

function shown(value: unknown): string {
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  return oneLine(typeof value === 'string' ? `“${value}”` : String(value), 40);
}
