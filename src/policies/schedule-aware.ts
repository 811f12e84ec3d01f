/**
 * Inside its working hours as base-aware; outside, or on a closed day, to the base. That is decided
 * by the clock: it needs no reading. At the base it rests, unless it is to be rescued from there.
 */
import { choice, yesNo } from '../core/option-types.ts';
import { closedDays, windows, zone } from '../core/option-windows.ts';
import { type OptionsOf, type OptionsTable, option, optional, required } from '../core/options.ts';
import type { Judgement, OutsideView, Schedule, Scheduled } from '../core/policy.ts';
import { baseAware } from './base-aware.ts';

const OPTIONS = {
  workhours: required(windows, {
    example: 'Mon-Fri 07:30-17:00',
    help: 'When the service is needed; several windows with commas, also over midnight.',
  }),
  timezone: optional(zone, {
    example: 'Europe/Oslo',
    help: "The zone of workhours and closed; the system's where it is left out.",
  }),
  closed: optional(closedDays, {
    example: '05-17, 12-24..12-26',
    help: 'Days of the year, month first, on which no window opens.',
  }),
  off_hours: option(choice('rest', 'rescue'), 'rest', {
    help: 'At the base outside workhours: rest, or leave it when the service suffers (rescue).',
  }),
  monitor_off_hours: option(yesNo, 'yes', {
    help: 'Whether readings are taken while it rests there.',
  }),
} satisfies OptionsTable;

export const scheduleAware: Scheduled = {
  kind: 'schedule-aware',
  help: 'In working hours as base-aware, though idle may be left out; outside them to the base.',
  options: OPTIONS,
  idle: 'optional',
  judge: baseAware.judge,
  schedule(options): Schedule {
    const values = options as OptionsOf<typeof OPTIONS>;
    return {
      hours: {
        windows: values.workhours,
        closed: values.closed ?? [],
        zone: values.timezone ?? 'UTC',
      },
      offHours: values.off_hours,
      monitored: values.monitor_off_hours,
      outside,
    };
  },
};

const CLOSING: Judgement = { verdict: 'base', reason: 'outside workhours', byClock: true };
const RESTS: Judgement = { verdict: 'stay', reason: 'rests outside workhours', rests: true };
/** Whatever the readings are; a guest to be rescued rests because of what they are. */
const RESTS_BY_CLOCK: Judgement = { ...RESTS, byClock: true };
const RESCUE: Judgement = { verdict: 'move', reason: 'suffering outside workhours' };

function outside({ atBase, offHours, suffering }: OutsideView): Judgement {
  if (!atBase) return CLOSING;
  if (offHours === 'rest') return RESTS_BY_CLOCK;
  return suffering?.due ? RESCUE : RESTS;
}
