/** What of a guest's state its provider is told: no reasons, which are the tenant's own. */
import type { StatusReport } from '../../wire/control.ts';
import type { GuestState } from '../../wire/provider.ts';

export function guestState({ mode, place, policies, held, request }: StatusReport): GuestState {
  const { host, site, base, since, lost } = place;
  return {
    mode,
    place: {
      ...(host === undefined ? {} : { host }),
      ...(site === undefined ? {} : { site }),
      ...(base === undefined ? {} : { base }),
      ...(since === undefined ? {} : { since }),
      lost,
    },
    policies: policies.map(({ name, verdict }) => ({ name, verdict })),
    ...(held ? { held: heldState(held) } : {}),
    ...(request ? { request: requestState(request) } : {}),
  };
}

function heldState({ gate, verdict, left_ms }: NonNullable<StatusReport['held']>) {
  return { gate, verdict, ...(left_ms === undefined ? {} : { left_ms }) };
}

function requestState({ id, verdict, from, to, phase }: NonNullable<StatusReport['request']>) {
  return { id, verdict, from, to, phase };
}
