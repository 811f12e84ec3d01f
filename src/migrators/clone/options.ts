/** The options that every cloud's migrator has, beside those that say how its cloud is asked. */
import { argv } from '../../core/option-shapes.ts';
import { durationWithin, number, path, text } from '../../core/option-types.ts';
import { type OptionsOf, option, optional } from '../../core/options.ts';
import { apiUrl } from '../clouds/options.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;

const MAILBOX_OPTIONS = {
  mailbox: optional(apiUrl, {
    example: 'https://dav.example.org/clones/',
    help: 'Where home and its clone leave each other documents: a folder that takes PUT, GET and DELETE; without it none is launched.',
  }),
  mailbox_user: optional(text, {
    example: 'vmmanage',
    help: 'Who asks there (basic authentication).',
  }),
  mailbox_password: optional(text, { secret: true, help: 'Of that user.' }),
  mailbox_token: optional(text, { secret: true, help: 'Instead: a bearer token.' }),
  mailbox_ca: optional(path, {
    example: '/etc/ssl/certs/mailbox-ca.pem',
    help: "Where its certificate comes from; the system's authorities by default.",
  }),
};

export const CLONE_OPTIONS = {
  ...MAILBOX_OPTIONS,
  report_timeout: option(durationWithin({ min: 100, max: DAY_MS }), '10m', {
    help: 'A clone that has not reported by then is ended, and the request failed.',
  }),
  max_life: option(durationWithin({ min: MINUTE_MS, max: 366 * DAY_MS }), '8h', {
    help: 'The clone ends itself then, whatever it is doing; home goes on with its jobs.',
  }),
  max_cost: optional(number({ min: 0.000001, max: 1e9 }), {
    example: '2.50',
    help: 'What a clone may cost; with price it shortens max_life.',
  }),
  price: optional(number({ min: 0.000001, max: 1e9 }), {
    example: '0.34',
    help: 'What an hour of it costs.',
  }),
  poll: option(durationWithin({ min: 50, max: 10 * MINUTE_MS }), '10s', {
    help: 'How often the mailbox and the cloud are looked at.',
  }),
  poweroff: option(argv, '/usr/bin/systemctl poweroff', {
    help: 'Ends the machine of a clone that is no longer needed.',
  }),
};

export type MailboxOptions = OptionsOf<typeof MAILBOX_OPTIONS>;
export type CloneOptions = OptionsOf<typeof CLONE_OPTIONS>;

const HOUR_MS = 3_600_000;

/** How long a clone may live: `max_life`, or as long as `max_cost` pays for. */
export function lifeMs({ max_life, max_cost, price }: CloneOptions): number {
  if (max_cost === undefined || price === undefined) return max_life;
  return Math.min(max_life, (max_cost / price) * HOUR_MS);
}

/** What doesn't go together. */
export function cloneConflict({
  max_cost,
  price,
}: CloneOptions): { key: string; problem: string } | undefined {
  if (max_cost === undefined || price !== undefined) return undefined;
  return { key: 'max_cost', problem: 'needs a price' };
}

/** What else is needed before a clone can be launched. */
export function cloneCaution({ mailbox }: CloneOptions): string | undefined {
  if (mailbox !== undefined) return undefined;
  return 'no mailbox is given, and without one no clone is launched';
}
