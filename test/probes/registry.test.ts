/** The list of kinds against the files of the folder. */
import { expect, it } from 'vitest';
import { probeKinds } from '../../src/probes/registry.ts';
import { kindsIn } from '../support/kinds.ts';

const FOLDER = new URL('../../src/probes/', import.meta.url);

it('lists every kind that a file of the folder has, once', async () => {
  const found = await kindsIn(FOLDER);
  expect(found.length).toBeGreaterThan(0);
  expect(new Set(probeKinds)).toEqual(new Set(found));
  expect(new Set(probeKinds.map(({ kind }) => kind)).size).toBe(probeKinds.length);
});
