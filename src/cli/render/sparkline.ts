/** Numbers over time as a row of bars, one character each. */

const LEVELS = '▁▂▃▄▅▆▇█';
const SPARKS_MAX = 48;

/** The greatest of each stretch, as tall as it is beside `top`; a dot where all are none. */
export function sparkline(values: readonly number[], top = greatest(values)): string {
  const each = Math.ceil(values.length / SPARKS_MAX);
  const columns = Array.from({ length: Math.ceil(values.length / each) }, (_, index) =>
    greatest(values.slice(index * each, (index + 1) * each)),
  );
  const level = (n: number) => LEVELS[Math.min(8, Math.max(1, Math.ceil((n / top) * 8))) - 1];
  return columns.map((n) => (n <= 0 ? '·' : level(n))).join('');
}

/** Of none at all 0. */
export function greatest(values: readonly number[]): number {
  return values.reduce((most, n) => Math.max(most, n), 0);
}

/** In so many columns a day, a week or a year is drawn. */
export const SPARKLINE_COLUMNS = SPARKS_MAX;
