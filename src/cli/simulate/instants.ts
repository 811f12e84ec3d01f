/** Moments as traces and options write them: RFC 3339 with its zone, or epoch seconds. Pure. */
import type { Parsed } from '../../core/options.ts';
import { quoted } from '../../core/text.ts';

const RFC_3339 = /^\d{4}-\d\d-(\d\d)[Tt ]\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:[Zz]|[+-]\d\d:\d\d)$/;
const EPOCH_S = /^\d{1,11}(\.\d{1,9})?$/;
const DATE_ONLY = /^\d{4}-\d\d-\d\d([Tt ][\d:.]+)?$/;

/** Milliseconds since the epoch, or what is wrong with it and what would be right. */
export function parseInstant(text: string): Parsed<number> {
  const match = RFC_3339.exec(text);
  if (match) return parseDate(text, Number(match[1]));
  if (EPOCH_S.test(text)) return { ok: true, value: Math.round(Number(text) * 1000) };
  return { ok: false, problem: `${quoted(text)} ${remedy(text)}` };
}

/** `Date.parse` takes 31 February for 3 March: the day tells. */
function parseDate(text: string, day: number): Parsed<number> {
  const value = Date.parse(text);
  if (day > 28 && !Number.isNaN(value) && !isDayOf(text, day)) {
    return { ok: false, problem: `${quoted(text)} is a day that there isn't` };
  }
  if (!Number.isNaN(value)) return { ok: true, value };
  return { ok: false, problem: `${quoted(text)} is a time that there isn't` };
}

function isDayOf(text: string, day: number): boolean {
  const [year = 0, month = 0] = text.slice(0, 7).split('-').map(Number);
  return day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function remedy(text: string): string {
  if (DATE_ONLY.test(text)) return 'names no zone: end it with Z, or with an offset such as +01:00';
  if (/^\d{12,}$/.test(text)) return 'is too large for epoch seconds: divide milliseconds by 1000';
  return 'is no time: write 2026-11-21T10:04:55Z or epoch seconds';
}
