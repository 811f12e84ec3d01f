/** Types of conf values that both clouds use. */
import { isLoopback } from '../../core/option-addresses.ts';
import { httpUrl } from '../../core/option-shapes.ts';
import { bad, durationWithin, path } from '../../core/option-types.ts';
import { type OptionType, option, optional } from '../../core/options.ts';

const HOUR_MS = 3_600_000;

/** The address of an API. What is sent there opens the account: never in the open. */
export const apiUrl: OptionType<string> = {
  name: 'https:// URL',
  parse(text) {
    const parsed = httpUrl.parse(text);
    if (!parsed.ok) return parsed;
    const url = new URL(parsed.value);
    if (url.search !== '') return bad('holds a ?, which calls below it have no place for');
    if (isPrivate(url)) return parsed;
    return bad('would be called in the open: write https:// (http:// only to this machine)');
  },
};

/** Whether what is sent there can be read only by whom it is for. */
export function isPrivate({ protocol, hostname }: URL): boolean {
  return protocol === 'https:' || isLoopback(hostname);
}

/** As an `image`: one that is made, for each clone, of the guest itself. */
export const SELF = 'self';

/** What every cloud has beside its own. */
export const CALL_OPTIONS = {
  ca: optional(path, {
    example: '/etc/ssl/certs/cloud-ca.pem',
    help: "Where the certificates of the API come from; the system's authorities by default.",
  }),
  call_timeout: option(durationWithin({ min: 100, max: 10 * 60_000 }), '15s', {
    help: 'How long one call of the API may take; it is tried again up to four times.',
  }),
  image_timeout: option(durationWithin({ min: 1_000, max: 24 * HOUR_MS }), '1h', {
    help: 'With image = self: how long it may take until the image of the guest can be launched.',
  }),
};
