/**
 * One `[test NAME]`: a conf, readings, and what is expected of them; and the keys that say so.
 * read.ts makes scenarios of files, play.ts plays them.
 */
import type { Conf } from '../../core/conf.ts';
import { hostList, listOf } from '../../core/option-shapes.ts';
import { durationWithin, hostName, text, yesNo } from '../../core/option-types.ts';
import { zone } from '../../core/option-windows.ts';
import { type OptionsTable, option, optional } from '../../core/options.ts';
import type { Reading } from '../../core/words.ts';
import type { Claim } from './claims.ts';
import type { Axis, When } from './moments.ts';

const DAY_MS = 86_400_000;

/** The keys of a test, beside `series`, `expect` and `set`. */
export const TEST = {
  conf: optional(listOf(text, 'list of files'), {
    example: 'vmmanage.conf',
    help: 'The conf that is tested, relative to this file; several as with -c.',
  }),
  start: optional(text, {
    example: 'Mon 2026-01-05 08:00',
    help: 'When the first reading is taken; must be said where the conf goes by the clock.',
  }),
  timezone: optional(zone, {
    example: 'Europe/Oslo',
    help: "The guest's zone; that of the conf's windows, or UTC, where it is left out.",
  }),
  interval: optional(durationWithin({ min: 1, max: DAY_MS }), {
    example: '1m',
    help: "How far apart readings are taken; as the conf's probe says where it is left out.",
  }),
  at: optional(hostName, {
    example: 'host1',
    help: 'Where the guest is at first; at the first host of the conf where it is left out.',
  }),
  move_takes: option(durationWithin({ max: 7 * DAY_MS }), '30s', {
    help: 'How long a move takes.',
  }),
  fail: optional(hostList, {
    example: 'host2',
    help: 'Moves to these hosts fail when their time is over.',
  }),
  vm: option(text, 'vm', {
    help: "The guest's name, where the conf leaves it to the machine.",
  }),
  strict: option(yesNo, 'yes', {
    help: 'A request that no expect names fails the test.',
  }),
} satisfies OptionsTable;

export interface Scenario {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  readonly rules: Conf;
  /** Where the guest is at first. */
  readonly host: string;
  readonly moveTakesMs: number;
  readonly failing: readonly string[];
  readonly axis: Axis;
  /** In the order of their time. */
  readonly readings: readonly Reading[];
  readonly strict: boolean;
  readonly expectations: readonly Expectation[];
}

export interface Expectation {
  readonly line: number;
  /** As it is written: `expect 2m = move -> host2`. */
  readonly written: string;
  readonly when: When;
  readonly claims: readonly Claim[];
}
