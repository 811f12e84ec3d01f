/**
 * A bound to begin with, from one reading. It is a guess, and said to be one: what is much and what is little
 * for a service only its history tells (`vmmanage simulate`). Pure.
 */
import { quantity } from '../../core/text.ts';
import type { Worse } from '../../core/words.ts';

export interface Read {
  readonly value: number;
  readonly unit: string;
  readonly worse: Worse;
}

/** More digits than these tell nobody more. */
export function roughly({ value, unit }: Pick<Read, 'value' | 'unit'>): string {
  return quantity(Number(value.toPrecision(4)), unit);
}

/** Twice as bad as now, or half the way to all of it where it is a share of a hundred. */
export function sufferingGuess({ value, unit, worse }: Read): string | undefined {
  const bound = worse === 'high' ? above(value, unit) : below(value);
  if (bound === undefined) return undefined;
  return `${worse === 'high' ? '>' : '<'} ${bound} for 3`;
}

/** On the other side of the reading, as far. */
export function idleGuess({ value, unit, worse }: Read): string | undefined {
  const bound = worse === 'high' ? below(value) : above(value, unit);
  if (bound === undefined) return undefined;
  return `${worse === 'high' ? '<' : '>'} ${bound} for 20`;
}

function above(value: number, unit: string): number | undefined {
  if (value <= 0) return undefined;
  if (unit !== '%' || value > 100) return round(value * 2);
  // All of it is never passed.
  return Math.min(round((value + 100) / 2) ?? 99, 99);
}

function below(value: number): number | undefined {
  return value <= 0 ? undefined : round(value / 2);
}

/** Two digits are more than a guess is worth. */
function round(value: number): number | undefined {
  const rounded = Number(value.toPrecision(2));
  return rounded >= 1e-6 && rounded < 1e12 ? rounded : undefined;
}
