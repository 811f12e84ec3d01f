/** The list of kinds against the files of the folder. */
import { expect, it } from 'vitest';
import { migratorKinds } from '../../src/migrators/registry.ts';
import { kindsIn } from '../support/kinds.ts';

const FOLDER = new URL('../../src/migrators/', import.meta.url);

it('lists every kind that a file of the folder has, once', async () => {
  const found = await kindsIn(FOLDER);
  expect(found.length).toBeGreaterThan(0);
  expect(new Set(migratorKinds)).toEqual(new Set(found));
  expect(new Set(migratorKinds.map(({ kind }) => kind)).size).toBe(migratorKinds.length);
});
