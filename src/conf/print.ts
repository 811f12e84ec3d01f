/**
 * The conf in force as a conf: sectioned, defaults filled in, each value with the file and line it
 * comes from. Loaded again it means the same. Secrets stay out.
 */
import { printable } from '../core/text.ts';
import { encodeValue } from './ini-value.ts';
import type { EffectiveValue, Loaded } from './loaded.ts';
import { HIDDEN } from './secrets.ts';
import { SECTIONS } from './tables.ts';

export function printConf({ effective }: Pick<Loaded, 'effective'>): string {
  const titles = [...new Set(effective.map(({ section }) => section))];
  const ordered = titles.toSorted((a, b) => rank(a) - rank(b));
  const parts = ordered.map((title) => {
    const values = effective.filter(({ section }) => section === title);
    return `[${title}]\n${values.map(line).join('\n')}\n`;
  });
  return parts.join('\n');
}

function rank(title: string): number {
  return SECTIONS.findIndex(({ kind }) => kind === title.split(' ')[0]);
}

/** A literal secret is a comment as a whole: its place is shown, and it can't be loaded. */
function line({ key, value, origin }: EffectiveValue): string {
  const hidden = value === HIDDEN ? '; ' : '';
  return `${hidden}${key} = ${encodeValue(value)}  ; ${printable(origin)}`;
}
