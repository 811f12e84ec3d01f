/** Which answers say that nothing will ever take what was sent. */
import { expect, it } from 'vitest';
import { refusesForGood } from '../../src/wire/http-status.ts';

it.each([400, 405, 409, 410, 413, 415, 422, 451, 499])('%d refuses for good', (status) => {
  expect(refusesForGood(status)).toBe(true);
});

it.each([200, 302, 399, 401, 403, 404, 408, 425, 429, 500, 503])('%d may pass', (status) => {
  expect(refusesForGood(status)).toBe(false);
});
