/** Times as they stand in log lines. Years 0 to 9999; anything else is no time. */

const RFC3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(?:[Zz]|([+-])(\d\d):(\d\d))$/;
const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;

/** Milliseconds since 1970; undefined where it isn't RFC 3339. */
export function timeOf(text: string): number | undefined {
  const found = RFC3339.exec(text);
  if (!found) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = found
    .slice(1, 7)
    .map(Number);
  const inDay = month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
  if (!inDay || hour > 23 || minute > 59 || second > 60) return undefined;
  const [fraction = '', sign, hours = '0', minutes = '0'] = found.slice(7);
  const offset = (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) * MINUTE_MS;
  const clock = ((hour * 60 + minute) * 60 + second) * 1000 + Number(`${fraction}000`.slice(0, 3));
  return dayNumber(year, month, day) * DAY_MS + clock - offset;
}

function daysIn(year: number, month: number): number {
  return month === 12 ? 31 : dayNumber(year, month + 1, 1) - dayNumber(year, month, 1);
}

/** Days since 1970-01-01, by the Gregorian rule of leap years. */
function dayNumber(year: number, month: number, day: number): number {
  const shifted = month <= 2 ? year - 1 : year;
  const months = (month + 9) % 12;
  const leaps = Math.floor(shifted / 4) - Math.floor(shifted / 100) + Math.floor(shifted / 400);
  return 365 * shifted + leaps + Math.floor((153 * months + 2) / 5) + day - 1 - 719_468;
}
