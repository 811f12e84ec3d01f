/**
 * How the values of conf keys are written: one pure parser for each type. A parser never throws,
 * bounds what it takes, and says what is wrong and what is expected. What is made of simpler values
 * (conditions, limits, lists, commands) stands in option-shapes.ts.
 */
import type { OptionType, Parsed } from './options.ts';
import { quoted } from './text.ts';

/** Between which values a number has to lie, the ends included. */
export interface Bounds {
  readonly min?: number;
  readonly max?: number;
}

/** The longest value that any type takes, in characters. */
const TEXT_MAX = 4096;
/** What doubles and arithmetic on them hold without surprises. */
const NUMBER_MAX = 1e15;
const YEAR_MS = 366 * 86_400_000;
const TEBIBYTE = 2 ** 40;

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const UNIT_BYTES = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30, T: 2 ** 40 } as const;

export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function bad(problem: string): Parsed<never> {
  return { ok: false, problem };
}

/** Any text of one line, but not none. */
export const text: OptionType<string> = {
  name: 'text',
  parse(text) {
    if (text === '') return bad('is empty');
    if (text.length > TEXT_MAX) return bad(`is longer than ${TEXT_MAX} characters`);
    return good(text);
  },
};

/** Text of one shape. `name` says it in a word or two, and completes “is not …”: `a variable`. */
export function pattern(shape: RegExp, name: string): OptionType<string> {
  return {
    name,
    parse(text) {
      const fits = text.length <= TEXT_MAX && shape.test(text);
      return fits ? good(text) : bad(`${quoted(text)} is not ${name}`);
    },
  };
}

/** A number as people write it: `50`, `-3`, `0.5`; no exponent, no hexadecimal. */
export function number(bounds: Bounds = {}): OptionType<number> {
  return {
    name: 'number',
    parse(text) {
      if (!/^[+-]?\d{1,15}(\.\d{1,9})?$/.test(text)) return bad(`${quoted(text)} is not a number`);
      return within(Number(text), bounds, String);
    },
  };
}

export function integer(bounds: Bounds = {}): OptionType<number> {
  return {
    name: 'whole number',
    parse(text) {
      if (!/^[+-]?\d{1,15}$/.test(text)) return bad(`${quoted(text)} is not a whole number`);
      return within(Number(text), bounds, String);
    },
  };
}

const YES = ['yes', 'on', 'true'];
const NO = ['no', 'off', 'false'];

export const yesNo: OptionType<boolean> = {
  name: 'yes or no',
  parse(text) {
    const word = text.toLowerCase();
    if (YES.includes(word)) return good(true);
    if (NO.includes(word)) return good(false);
    return bad(`${quoted(text)} is neither yes nor no`);
  },
};

/** One of a few words. */
export function choice<const W extends string>(...words: readonly W[]): OptionType<W> {
  const name = words.join(' or ');
  return {
    name,
    parse(text) {
      const found = words.find((word) => word === text);
      return found === undefined ? bad(`${quoted(text)} is not ${name}`) : good(found);
    },
  };
}

/** `45`, `45s`, `1.5h`, `500ms`; a bare number is seconds. The value is whole milliseconds. */
export function durationWithin(bounds: Bounds): OptionType<number> {
  return {
    name: 'duration',
    parse(text) {
      const match = /^(\d{1,12}(?:\.\d{1,6})?)\s?(ms|s|m|h|d)?$/.exec(text);
      if (!match) return bad(`${quoted(text)} is not a duration such as 45s, 5m, 1h or 7d`);
      const unit = (match[2] ?? 's') as keyof typeof UNIT_MS;
      const ms = Math.round(Number(match[1]) * UNIT_MS[unit]);
      return within(ms, { min: 0, max: 10 * YEAR_MS, ...bounds }, durationText);
    },
  };
}

export const duration: OptionType<number> = durationWithin({});

/** How `duration` would write it, exactly: `90s`, `5m`, `1500ms`. */
export function durationText(ms: number): string {
  if (ms === 0) return '0s';
  for (const unit of ['d', 'h', 'm', 's'] as const) {
    if (ms % UNIT_MS[unit] === 0) return `${ms / UNIT_MS[unit]}${unit}`;
  }
  return `${ms}ms`;
}

/** `512`, `64K`, `64M`, `2G`; bytes, in powers of 1024. */
export function sizeWithin(bounds: Bounds): OptionType<number> {
  return {
    name: 'size',
    parse(text) {
      const match = /^(\d{1,15})\s?([KMGT]?)(?:i?B)?$/i.exec(text);
      if (!match) return bad(`${quoted(text)} is not a size such as 512K, 64M or 2G`);
      const unit = (match[2] ?? '').toUpperCase() as keyof typeof UNIT_BYTES;
      const bytes = Number(match[1]) * UNIT_BYTES[unit];
      return within(bytes, { min: 0, max: TEBIBYTE, ...bounds }, sizeText);
    },
  };
}

export const size: OptionType<number> = sizeWithin({});

/** How `size` would write it, exactly. */
export function sizeText(bytes: number): string {
  for (const unit of ['T', 'G', 'M', 'K'] as const) {
    if (bytes > 0 && bytes % UNIT_BYTES[unit] === 0) return `${bytes / UNIT_BYTES[unit]}${unit}`;
  }
  return String(bytes);
}

/** `off` switches what the option governs off; the value is then undefined. */
export function orOff<T>(type: OptionType<T>): OptionType<T | undefined> {
  return {
    name: `${type.name}, or off`,
    parse(text) {
      if (text === 'off') return good(undefined);
      const parsed = type.parse(text);
      return parsed.ok ? parsed : bad(`${parsed.problem} (or off)`);
    },
  };
}

/** An absolute path, without `.`, `..` or doubled slashes left to be thought about. */
export const path: OptionType<string> = {
  name: 'absolute path',
  parse(text) {
    if (!text.startsWith('/')) return bad(`${quoted(text)} is not an absolute path (/…)`);
    if (text.length > TEXT_MAX) return bad(`is longer than ${TEXT_MAX} characters`);
    if (text.split('/').includes('..')) return bad(`${quoted(text)} holds “..”`);
    return good(text);
  },
};

/** A host as people name it: `xen1`, `mln1.example.org`, `3`. Nothing that a program could misread. */
export const hostName: OptionType<string> = {
  name: 'host',
  parse(text) {
    const wellFormed = /^[A-Za-z0-9_]([A-Za-z0-9._-]*[A-Za-z0-9_])?$/.test(text);
    if (!wellFormed || text.length > 253) return bad(`${quoted(text)} is not the name of a host`);
    return good(text);
  },
};

/** A number inside its bounds; otherwise both bounds are said, as `show` writes them. */
export function within(value: number, bounds: Bounds, show: (n: number) => string): Parsed<number> {
  const { min = -NUMBER_MAX, max = NUMBER_MAX } = bounds;
  if (value >= min && value <= max) return good(value);
  return bad(`${show(value)} is not between ${show(min)} and ${show(max)}`);
}
