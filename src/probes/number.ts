/** A number as programs print it. What isn't one from end to end is none: nothing is guessed. */

/** Beyond it whole numbers run together; also what a conf's bounds can say. */
const MOST = 1e15;

/** `12`, `-3`, `0.25`, `.5`, `1e-05`; no hexadecimal, no infinity, no blanks. */
export function parseNumber(text: string): number | undefined {
  if (!/^[+-]?(\d{1,20}(\.\d{0,40})?|\.\d{1,40})(e[+-]?\d{1,2})?$/i.test(text)) return undefined;
  const number = Number(text);
  return isBearable(number) ? number : undefined;
}

export function isBearable(number: number): boolean {
  return Math.abs(number) <= MOST;
}
