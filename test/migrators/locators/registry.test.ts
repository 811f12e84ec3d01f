/** The list of locators against the files of the folder. */
import { expect, it } from 'vitest';
import { locatorKinds } from '../../../src/migrators/locators/registry.ts';
import { kindsIn } from '../../support/kinds.ts';

const FOLDER = new URL('../../../src/migrators/locators/', import.meta.url);

it('lists every kind that a file of the folder has, once', async () => {
  const found = await kindsIn(FOLDER);
  expect(found.length).toBeGreaterThan(0);
  expect(new Set(locatorKinds)).toEqual(new Set(found));
  expect(new Set(locatorKinds.map(({ kind }) => kind)).size).toBe(locatorKinds.length);
});
