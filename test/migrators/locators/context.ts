/** What a locator is opened with, and how its word is read in a test. */
import type { Word } from '../../../src/core/locating.ts';
import type { LocatorContext } from '../../../src/migrators/locators/locator.ts';
import { systemClock } from '../../../src/system/clock.ts';

export const NEVER = new AbortController().signal;

export function contextWith(more: Partial<LocatorContext> = {}): LocatorContext {
  return {
    clock: systemClock(),
    vm: 'db7',
    hosts: ['xen1', 'xen2'],
    addressOf: String,
    sites: [{ name: 'oslo', cidrs: [] }],
    addresses: () => [],
    ...more,
  };
}

/** `at xen1`, `moving xen2`, `inside oslo` or `unknown`, and what it says for people. */
export function told(word: Word): [string, string] {
  const place = {
    at: 'host' in word ? word.host : '',
    moving: 'to' in word ? word.to : '',
    inside: 'site' in word ? word.site : '',
    unknown: '',
  }[word.kind];
  const says = word.answers.map((answer) => `${answer.who}: ${answer.says}`).join('; ');
  return [`${word.kind} ${place}`.trim(), says];
}
