/** When a request was made, from its id (a ULID: 48 bits of milliseconds in Crockford's base 32). */

const DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const TIME_DIGITS = 10;

/** Wall time; undefined where the id is no ULID. */
export function ulidMs(id: string): number | undefined {
  if (!/^[0-7][0-9A-HJKMNP-TV-Z]{25}$/.test(id)) return undefined;
  return [...id.slice(0, TIME_DIGITS)].reduce((ms, digit) => ms * 32 + DIGITS.indexOf(digit), 0);
}
