/** Arrivals for the tests of the store. */
import type { Arrival } from '../../../../src/sink/receiver/arrival.ts';

export const THESIS_MS = 1_242_232_480_000;
export const BOOT = '6f9a52c7-4b1e-4c0e-9d7c-1d3f5a7b9c0d';

export function arrival(of: Partial<Arrival> = {}): Arrival {
  return {
    wallMs: THESIS_MS,
    peer: '10.0.0.5',
    name: 'nii3',
    timeMs: THESIS_MS,
    boot: BOOT,
    seq: 17,
    priority: 30,
    text: 'Requesting migration of VM: just moving',
    fields: [],
    marks: [],
    ...of,
  };
}

export function plain(of: Partial<Arrival> = {}): Arrival {
  return arrival({ timeMs: undefined, boot: undefined, seq: undefined, ...of });
}

/** `count` numbered records of one guest. */
export function numbered(count: number, from = 0, name = 'nii3'): Arrival[] {
  return Array.from({ length: count }, (_, i) =>
    arrival({ name, seq: from + i, text: `record ${from + i}` }),
  );
}
