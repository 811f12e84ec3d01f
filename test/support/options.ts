/** Option tables filled in for tests as the conf room fills them in: from text, with defaults. */
import type { OptionsOf, OptionsTable } from '../../src/core/options.ts';

/** Throws with the problem where a value is wrong or a required one is left out. */
export function optionsFrom<T extends OptionsTable>(
  table: T,
  given: { readonly [K in keyof T]?: string } = {},
): OptionsOf<T> {
  const values = Object.entries(table).map(([name, option]) => {
    const text = given[name] ?? option.default;
    if (text === undefined && option.required) throw new Error(`${name}: is missing`);
    if (text === undefined) return [name, undefined];
    const parsed = option.type.parse(text);
    if (!parsed.ok) throw new Error(`${name}: ${parsed.problem}`);
    return [name, parsed.value];
  });
  return Object.fromEntries(values) as OptionsOf<T>;
}
