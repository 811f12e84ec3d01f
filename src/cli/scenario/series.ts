/**
 * The shorthand of a series, in the expanding notation of promtool's rule tests: `a+bxn` is a, then
 * n more, each b greater; `axn` is a, then n more of it; `_xn` is n missing readings. `~` is ours: no
 * reading at all, as while the guest stood still. Pure.
 */
import { bad, good } from '../../core/option-types.ts';
import type { Parsed } from '../../core/options.ts';
import { quoted } from '../../core/text.ts';

/** `missing`: the probe couldn't tell. `none`: nobody asked it. */
export type Sample = number | 'missing' | 'none';

/** A month of readings a minute. */
export const SAMPLES_MAX = 50_000;
/** Sums of decimal steps are rounded to this, so that 0.1x3 steps end at 0.3. */
const DIGITS = 9;

const NUMBER = '\\d{1,12}(?:\\.\\d{1,6})?';
const VALUES = new RegExp(`^([+-]?${NUMBER})(?:([+-])(${NUMBER}))?(?:x(\\d{1,6}))?$`);
const BLANKS = /^([_~])(?:x(\d{1,6}))?$/;

export function parseSeries(text: string): Parsed<readonly Sample[]> {
  const samples: Sample[] = [];
  for (const part of text.split(/\s+/)) {
    const expanded = expand(part);
    if (!expanded.ok) return expanded;
    if (samples.length + expanded.value.length > SAMPLES_MAX) {
      return bad(`comes to more than ${SAMPLES_MAX} readings`);
    }
    samples.push(...expanded.value);
  }
  const some = samples.some((sample) => sample !== 'none');
  return some ? good(samples) : bad('holds no reading');
}

function expand(part: string): Parsed<Sample[]> {
  const blank = BLANKS.exec(part);
  if (blank) return blanks(part, blank[1] === '_' ? 'missing' : 'none', blank[2]);
  const match = VALUES.exec(part);
  if (!match) return bad(`${quoted(part)} ${remedy(part)}`);
  const [, first = '', sign, by = '0', more] = match;
  if (sign !== undefined && more === undefined) {
    return bad(`${quoted(part)} has no count: ${part}x10 is 10 more, each ${sign}${by}`);
  }
  const step = Number(`${sign ?? ''}${by}`);
  const value = (i: number) => Number((Number(first) + i * step).toFixed(DIGITS));
  return within(Number(more ?? 0) + 1, value);
}

function blanks(part: string, what: 'missing' | 'none', count = '1'): Parsed<Sample[]> {
  if (Number(count) === 0) return bad(`${quoted(part)} is nothing: ${part[0]}x3 is three of them`);
  return within(Number(count), () => what);
}

function within(length: number, sample: (i: number) => Sample): Parsed<Sample[]> {
  if (length > SAMPLES_MAX) return bad(`comes to more than ${SAMPLES_MAX} readings`);
  return good(Array.from({ length }, (_, i) => sample(i)));
}

const SHORTHAND = 'is no part of a series: values are 30, 30x4 (five of it), 60+5x10, _ or _x3';

function remedy(part: string): string {
  if (part.includes(',')) return 'holds a comma: the values of a series are separated by blanks';
  if (part === 'stale') return 'has no meaning here: _ is a missing reading, ~ none at all';
  if (/^[x*]\d+$/i.test(part)) return 'repeats nothing: write it right behind its value, 30x4';
  return SHORTHAND;
}
