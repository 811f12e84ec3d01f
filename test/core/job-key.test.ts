import { expect, it } from 'vitest';
import { claimOfKey, jobKey } from '../../src/core/job-key.ts';

it.each([
  ['01M7D3', '5f0c'],
  ['01M7D3', '5f0c.2'],
  ['01M7D3', '5f-0c'],
])('the claim %s is found in the key of its job %s', (claim, job) => {
  expect(claimOfKey(jobKey(claim, job))).toBe(claim);
});

it('a key without a dash is its own claim', () => {
  expect(claimOfKey('01M7D3')).toBe('01M7D3');
});
