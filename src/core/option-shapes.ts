/**
 * Conf values that are made of simpler ones: lists, commands, limits, conditions, addresses.
 * Like option-types.ts: pure, bounded, and never throwing.
 */
import { bad, duration, durationText, good, hostName, integer, number } from './option-types.ts';
import type { OptionType, Parsed } from './options.ts';
import { quoted } from './text.ts';
import type { Condition, Tarry } from './words.ts';

const LIST_MAX = 1000;
const WORDS_MAX = 256;
const COUNT_MAX = 10_000;
/** A limit's moves are remembered one by one. */
const LIMIT_MAX = 1000;
const LIMIT_SPAN_MAX_MS = 31 * 86_400_000;
const URL_MAX = 2048;

/** Values of one type, separated by commas; none empty, none twice. */
export function listOf<T>(item: OptionType<T>, name = `list of ${item.name}s`) {
  const type: OptionType<readonly T[]> = {
    name,
    parse(text) {
      const parts = text.split(',').map((part) => part.trim());
      if (text.trim() === '') return bad('is an empty list');
      if (parts.includes('')) return bad('holds an empty entry between two commas, or at an end');
      if (parts.length > LIST_MAX) return bad(`holds more than ${LIST_MAX} entries`);
      const twice = parts.find((part, i) => parts.indexOf(part) !== i);
      if (twice !== undefined) return bad(`names ${quoted(twice)} twice`);
      return each(parts, item);
    },
  };
  return type;
}

const COMMAS = '; the entries of a list are separated by commas';

function each<T>(parts: readonly string[], item: OptionType<T>): Parsed<readonly T[]> {
  const values: T[] = [];
  for (const part of parts) {
    const parsed = item.parse(part);
    if (!parsed.ok) return bad(`${parsed.problem}${/\s/.test(part) ? COMMAS : ''}`);
    values.push(parsed.value);
  }
  return good(values);
}

const anyWord: OptionType<string> = { name: 'word', parse: (text) => good(text) };

export const list: OptionType<readonly string[]> = listOf(anyWord, 'list');

export const hostList: OptionType<readonly string[]> = listOf(hostName);

/**
 * A command line, split into words as a shell would split it, with '…' and "…" holding blanks
 * together. There is no shell: no variable, glob, pipe or backslash means anything.
 */
export const argv: OptionType<readonly string[]> = {
  name: 'command',
  parse(text) {
    const words: string[] = [];
    const word = /\s*((?:[^\s'"]|'[^']*'|"[^"]*")+)(?=\s|$)/y;
    while (word.lastIndex < text.trimEnd().length) {
      const match = word.exec(text);
      if (!match?.[1]) return bad('has a quote that is never closed');
      words.push(match[1].replace(/'([^']*)'|"([^"]*)"/g, (_, one, two) => one ?? two));
    }
    if (words.length > WORDS_MAX) return bad(`has more than ${WORDS_MAX} words`);
    return words[0] ? good(words) : bad('names no program');
  },
};

/** `6/24h`: n in a rolling span. */
export interface Limit {
  readonly n: number;
  readonly spanMs: number;
}

export const limit: OptionType<Limit> = {
  name: 'number per span',
  parse(text) {
    const match = /^(\d+)\s*\/\s*(.+)$/.exec(text);
    if (!match) return bad(`${quoted(text)} is not a number per span such as 6/24h`);
    const n = integer({ min: 1, max: LIMIT_MAX }).parse(match[1] ?? '');
    const span = duration.parse(match[2] ?? '');
    if (!n.ok) return n;
    if (!span.ok) return span;
    const fits = span.value >= 1000 && span.value <= LIMIT_SPAN_MAX_MS;
    if (!fits) return bad(`its span ${durationText(span.value)} is not between 1s and 31d`);
    return good({ n: n.value, spanMs: span.value });
  },
};

/** `5/day`, `2.50/day`. */
export const budget: OptionType<{ readonly perDay: number }> = {
  name: 'amount per day',
  parse(text) {
    const match = /^(\S+?)\s*\/\s*day$/.exec(text);
    if (!match) return bad(`${quoted(text)} is not an amount per day such as 5/day`);
    const perDay = number({ min: 0, max: 1e9 }).parse(match[1] ?? '');
    return perDay.ok ? good({ perDay: perDay.value }) : perDay;
  },
};

const TARRY_EXAMPLES = '3 (readings), 3/5 (three of five) or 2m (a time)';

/** `3`, `3/5` or `2m`: a bare number is readings, a unit makes it a time. */
export const tarry: OptionType<Tarry> = {
  name: 'tarry',
  parse(text) {
    if (/^\d+$/.test(text)) return count(text);
    const window = /^(\d+)\s*\/\s*(\d+)$/.exec(text);
    if (window) return kOfN(window[1] ?? '', window[2] ?? '');
    const ms = duration.parse(text);
    if (!ms.ok) return bad(`${quoted(text)} is not a tarry such as ${TARRY_EXAMPLES}`);
    if (ms.value <= 0) return bad('a tarry of no time is none; write 1 for a single reading');
    return good({ kind: 'time', ms: ms.value });
  },
};

function count(text: string): Parsed<Tarry> {
  const n = integer({ min: 1, max: COUNT_MAX }).parse(text);
  return n.ok ? good({ kind: 'count', n: n.value }) : n;
}

function kOfN(first: string, second: string): Parsed<Tarry> {
  const k = integer({ min: 1, max: COUNT_MAX }).parse(first);
  const n = integer({ min: 1, max: COUNT_MAX }).parse(second);
  if (!k.ok) return k;
  if (!n.ok) return n;
  if (k.value > n.value) return bad(`${k.value} of ${n.value} readings can never be`);
  return good({ kind: 'window', k: k.value, n: n.value });
}

/** `> 50 for 3`, `< 5 for 3/5`, `> 40 for 20m`. */
export const condition: OptionType<Condition> = {
  name: 'condition',
  parse(text) {
    const match = /^([<>])\s*(\S+)\s+for\s+(.+)$/.exec(text);
    if (!match) return bad(noCondition(text));
    const bound = number().parse(match[2] ?? '');
    const held = tarry.parse(match[3] ?? '');
    if (!bound.ok) return bound;
    if (!held.ok) return held;
    return good({ compare: match[1] as '<' | '>', bound: bound.value, tarry: held.value });
  },
};

function noCondition(text: string): string {
  const expected = 'expected > or <, a bound, and a tarry, as in > 50 for 3';
  if (/^[<>]=/.test(text)) return `comparisons are strict, there is no ${text.slice(0, 2)}`;
  return `${quoted(text)} is not a condition; ${expected}`;
}

/** What a probe's reading may cross: `cpu > 90`. */
export interface ProbeBound {
  readonly probe: string;
  readonly compare: '>' | '<';
  readonly bound: number;
}

export const probeBound: OptionType<ProbeBound> = {
  name: 'bound of a probe',
  parse(text) {
    const match = /^([A-Za-z0-9][A-Za-z0-9._-]*)\s*([<>])\s*(\S+)$/.exec(text);
    if (!match) return bad(`${quoted(text)} is not a bound of a probe such as cpu > 90`);
    const bound = number().parse(match[3] ?? '');
    if (!bound.ok) return bound;
    const [, probe = '', compare] = match;
    return good({ probe, compare: compare as '<' | '>', bound: bound.value });
  },
};

/** `10%`; the value is the share, 0.1. */
export const percentage: OptionType<number> = {
  name: 'percentage',
  parse(text) {
    const match = /^(\S+?)\s?%$/.exec(text);
    if (!match) return bad(`${quoted(text)} is not a percentage such as 10%`);
    const percent = number({ min: 0, max: 100 }).parse(match[1] ?? '');
    return percent.ok ? good(percent.value / 100) : percent;
  },
};

/** Who asks and the password stand in keys of their own, where they can be kept secret. */
export const httpUrl: OptionType<string> = {
  name: 'http:// or https:// URL',
  parse(text) {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (!url || !/^https?:$/.test(url.protocol)) {
      return bad(`${quoted(text)} is not a URL such as http://127.0.0.1/status`);
    }
    if (text.length > URL_MAX) return bad(`is longer than ${URL_MAX} characters`);
    if (url.username !== '' || url.password !== '') {
      return bad('holds a user or a password: give them as user = and password_file =');
    }
    return url.hash === '' ? good(url.href) : bad('holds a #, which no server is ever sent');
  },
};
