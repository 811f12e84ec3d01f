/** What is kept of each locator's word, and when a contradiction is told. */
import { expect, it } from 'vitest';
import type { Word } from '../../src/core/locating.ts';
import { locatorReports } from '../../src/daemon/locator-reports.ts';
import { Witnesses } from '../../src/daemon/witnesses.ts';
import type { Locator } from '../../src/migrators/migrator.ts';
import { manualClock } from '../support/manual-clock.ts';

const NEVER = new AbortController().signal;
const GROUNDS = [{ name: 'oslo', hosts: ['xen1', 'xen2'], locators: ['m', 'l'] }];

const at = (host: string): Word => ({ kind: 'at', host, answers: [{ who: host, says: 'here' }] });
const NOBODY: Word = { kind: 'unknown', answers: [] };

function setUp() {
  const clock = manualClock();
  const says = { xl: at('xen1'), rack: at('xen1') };
  const told: string[] = [];
  const xl: Locator = { asks: 'the hosts', locate: async () => says.xl };
  const rack: Locator = { onlyWarns: true, locate: async () => says.rack };
  const named = [
    { id: 'm', name: 'xl', locator: xl },
    { id: 'l', name: 'rack', locator: rack },
  ];
  const witnesses = new Witnesses(named, GROUNDS, clock, (name, said) => {
    told.push(said ? `${name}: ${said.word}, not ${said.place}` : `${name} no more`);
  });
  return { clock, says, told, witnesses, look: () => witnesses.locate(NEVER) };
}

it('a contradiction is told once when it appears, and once when it goes', async () => {
  const { says, told, look } = setUp();
  await look();
  says.rack = at('xen2');
  expect(await look()).toMatchObject({ kind: 'at', host: 'xen1' });
  await look();
  expect(told.splice(0)).toEqual(['rack: xen2, not xen1']);
  // While nobody can tell, nobody knows whether it contradicts.
  says.xl = NOBODY;
  expect(await look()).toMatchObject({ kind: 'unknown' });
  says.xl = at('xen1');
  await look();
  expect(told.splice(0)).toEqual([]);
  says.xl = at('xen2');
  await look();
  await look();
  expect(told.splice(0)).toEqual(['rack no more']);
});

it('each word is kept with its time, and the last that was known beside one that isn’t', async () => {
  const { clock, says, witnesses, look } = setUp();
  expect(witnesses.looks).toEqual([]);
  says.rack = at('xen2');
  await look();
  const firstMs = clock.now().wallMs;
  await clock.advance(8000);
  says.rack = NOBODY;
  await look();
  const iso = (ms: number) => new Date(ms).toISOString();
  expect(locatorReports(witnesses.looks)).toEqual([
    {
      ...{ name: 'xl', asks: 'the hosts', decides: true, contradicts: false, word: 'xen1' },
      looked: iso(firstMs + 8000),
      answers: [{ who: 'xen1', says: 'here' }],
    },
    {
      ...{ name: 'rack', decides: false, contradicts: false, word: 'unknown' },
      looked: iso(firstMs + 8000),
      known: { word: 'xen2', looked: iso(firstMs) },
      answers: [],
    },
  ]);
});
