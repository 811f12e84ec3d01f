/**
 * Text for people: colours, lines that fit the terminal, columns. Pure; what it is given is
 * printable already.
 */

/** How and where something is shown. */
export interface View {
  readonly colour: boolean;
  /** Columns; `Infinity`: never broken. */
  readonly width: number;
  /** A luxon zone. */
  readonly zone: string;
}

const SGR = {
  bold: 1,
  dim: 2,
  red: 31,
  green: 32,
  yellow: 33,
  blue: 34,
  magenta: 35,
  cyan: 36,
} as const;
export type Style = keyof typeof SGR;
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one.
const COLOURS = /\x1b\[\d+m/g;

export function paint(text: string, style: Style, view: View): string {
  return view.colour ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
}

/** Characters that take a column. */
function columns(text: string): number {
  return [...text.replace(COLOURS, '')].length;
}

/** A label in front, the parts after it, and further lines indented to where they begin. */
export function labelled(
  label: string,
  parts: readonly string[],
  view: View,
  separator = ' · ',
): string {
  const margin = ' '.repeat(LABEL);
  const lines = flow(parts, separator, view.width - LABEL);
  const [first = '', ...rest] = lines;
  const head = `${label}${' '.repeat(Math.max(1, LABEL - columns(label)))}`;
  return [`${head}${first}`, ...rest.map((line) => `${margin}${line}`)].join('\n').trimEnd();
}

const LABEL = 9;

/** Parts side by side as far as they fit; one that is too long alone is broken at its blanks. */
export function flow(parts: readonly string[], separator: string, width: number): string[] {
  const lines: string[] = [];
  for (const part of parts) {
    const last = lines.at(-1);
    const longer = last === undefined ? part : `${last}${separator}${part}`;
    if (columns(longer) <= width) {
      lines.splice(-1, 1, longer);
      continue;
    }
    if (last !== undefined) lines.splice(-1, 1, `${last}${separator}`.trimEnd());
    lines.push(...broken(part, width));
  }
  return lines;
}

function broken(part: string, width: number): string[] {
  const tooLong = columns(part) > width && part.includes(' ');
  return tooLong ? flow(part.split(' '), ' ', width) : [part];
}

/** Columns two blanks apart, the last one as long as it likes. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, index) =>
    Math.max(...rows.map((row) => columns(row[index] ?? ''))),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - columns(cell))).join('  ');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

/** `1 warning`, `2 warnings`. */
export function counted(n: number, noun: string): string {
  return `${n} ${noun}${n === 1 ? '' : 's'}`;
}

/** `1st`, `4th`, `12th`, `22nd`. */
export function ordinal(n: number): string {
  const teens = n % 100 >= 11 && n % 100 <= 13;
  const ending = teens ? 'th' : (['th', 'st', 'nd', 'rd'][n % 10] ?? 'th');
  return `${n}${ending}`;
}
