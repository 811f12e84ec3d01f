/**
 * Command lines with placeholders. A placeholder is filled in within its word and never makes
 * another one: no value, whatever it holds, is split, run by a shell or filled in again.
 */
import { argv } from '../core/option-shapes.ts';
import { bad, good } from '../core/option-types.ts';
import type { OptionType } from '../core/options.ts';
import { quoted } from '../core/text.ts';

export type Template = readonly string[];

const PLACEHOLDER = /\{([A-Za-z_]+)\}/g;

/** A command line that may hold `{NAME}` for these names, but not in place of the program. */
export function template(...names: readonly string[]): OptionType<Template> {
  const known = names.map((name) => `{${name}}`).join(' ');
  return {
    name: `command with ${known}`,
    parse(text) {
      const words = argv.parse(text);
      if (!words.ok) return words;
      const [program = '', ...rest] = words.value;
      if (placeholders(program).length > 0) return bad('the program itself must be named');
      const unknown = rest.flatMap(placeholders).find((name) => !names.includes(name));
      if (unknown === undefined) return good(words.value);
      return bad(`knows no ${quoted(`{${unknown}}`)}; there are ${known}`);
    },
  };
}

/** The words with every placeholder replaced by its value. */
export function fill(words: Template, values: Readonly<Record<string, string>>): string[] {
  const known = new Map(Object.entries(values));
  return words.map((word) =>
    word.replace(PLACEHOLDER, (whole, name: string) => known.get(name) ?? whole),
  );
}

function placeholders(word: string): string[] {
  return [...word.matchAll(PLACEHOLDER)].map(([, name = '']) => name);
}
