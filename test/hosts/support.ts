/** What the tests of vmmanage-host share. */
import { expect } from 'vitest';
import type { Hosts } from '../support/hosts.ts';
import { pause } from '../support/program.ts';

export const REQUEST = '01JH0000000000000000000000';
const ENDS_WITHIN_MS = 30_000;
const LOOK_EVERY_MS = 100;

/** The id of another request, by its number. */
export function request(n: number): string {
  return `01JH${String(n).padStart(22, '0')}`;
}

/** Waits until a request has ended, and gives back the values of its status. */
export async function ended(
  hosts: Hosts,
  host: string,
  id: string,
  vm = 'nii3',
): Promise<Readonly<Record<string, string>>> {
  const until = Date.now() + ENDS_WITHIN_MS;
  while (Date.now() < until) {
    const { status, values } = await hosts.host(host).call(vm, `status ${id}`);
    expect(status).toBe(0);
    if (values['state'] !== 'accepted' && values['state'] !== 'moving') return values;
    await pause(LOOK_EVERY_MS);
  }
  throw new Error(`${id} doesn't end`);
}

/** Waits for something that is about to become so. */
export async function becomes(isSo: () => boolean): Promise<void> {
  const until = Date.now() + ENDS_WITHIN_MS;
  while (!isSo()) {
    if (Date.now() > until) throw new Error(`it did not become so: ${isSo}`);
    await pause(LOOK_EVERY_MS / 5);
  }
}
