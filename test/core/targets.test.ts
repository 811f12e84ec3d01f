import { describe, expect, it } from 'vitest';
import type { Conf } from '../../src/core/conf.ts';
import { nextTarget } from '../../src/core/spending.ts';
import { fraction } from '../../src/core/spread.ts';
import { INITIAL, type State } from '../../src/core/state.ts';
import { barLeftMs, candidates, hostsOf, siteOf } from '../../src/core/targets.ts';
import type { Stamp } from '../../src/core/time.ts';
import type { Ask } from '../../src/core/words.ts';
import { MINUTE, makeConf, SITE } from '../support/world.ts';

const at = (ms: number): Stamp => ({ wallMs: 1e12 + ms, boot: 'b', bootMs: ms });
const NOW = at(100 * MINUTE);

function order(host: string, conf: Conf, verdict: Ask = 'move', more: Partial<State> = {}) {
  const state = { ...INITIAL, place: { host, since: at(0) }, ...more };
  return candidates({ verdict }, state, conf, NOW).map((candidate) => candidate.host);
}

describe('order = listed', () => {
  it.each([
    ['from the first', 'h1', ['h2', 'h3']],
    ['from the middle', 'h2', ['h3', 'h1']],
    ['round from the last', 'h3', ['h1', 'h2']],
    ['from the base: the first', 'b', ['h1', 'h2', 'h3']],
    ['from a host that the conf does not know: the first', 'mars', ['h1', 'h2', 'h3']],
  ])('goes %s', (_, here, hosts) => {
    expect(order(here, makeConf())).toEqual(hosts);
  });

  it('sends base to the base alone, and nowhere without one', () => {
    expect(order('h1', makeConf(), 'base')).toEqual(['b']);
    const { base: _, ...site } = SITE;
    expect(order('h1', makeConf({ sites: [site] }), 'base')).toEqual([]);
  });

  it('goes away and home in the order of the sites', () => {
    const away = { ...SITE, role: 'away' as const };
    const sites = [
      SITE,
      { ...away, name: 'a', hosts: ['a1'] },
      { ...away, name: 'c', hosts: ['c1', 'c2'] },
    ];
    const conf = makeConf({ sites });
    expect(order('h1', conf, 'away')).toEqual(['a1', 'c1', 'c2']);
    expect(order('c2', conf, 'home')).toEqual(['h1', 'h2', 'h3']);
    expect(order('c2', conf)).toEqual(['c1']);
    expect(siteOf('c1', conf)?.name).toBe('c');
  });
});

describe('spread', () => {
  const hosts = Array.from({ length: 9 }, (_, i) => `h${i + 1}`);
  const conf = (vm: string) => makeConf({ vm, site: { hosts, spread: true } });

  it('begins at a place of the guest’s own, and keeps the round', () => {
    const begun = order('h1', conf('db7'));
    expect(begun).toEqual(order('h1', conf('db7')));
    expect([...begun].sort()).toEqual(hosts.slice(1));
    const first = hosts.indexOf(begun[0] ?? '');
    expect(begun[1]).toBe(hosts[first + 1] ?? 'h2');
  });

  it('spreads a thousand guests over all hosts, none with twice its share', () => {
    const counts = new Map<string, number>();
    for (let i = 0; i < 1000; i += 1) {
      const [first = ''] = order('h1', conf(`guest${i}`));
      counts.set(first, (counts.get(first) ?? 0) + 1);
    }
    expect(counts.size).toBe(8);
    expect(Math.max(...counts.values())).toBeLessThan(250);
  });

  it('goes on in the listed order within an episode', () => {
    expect(
      order('h3', conf('db7'), 'move', { episode: { policy: 'db', moves: 1, arrivals: [] } })[0],
    ).toBe('h4');
  });

  it('is even over names', () => {
    const mean =
      Array.from({ length: 1000 }, (_, i) => fraction(`vm-${i}`)).reduce((a, b) => a + b) / 1000;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
  });
});

it.each([
  ['no base', undefined, ['h1', 'h2']],
  ['a base beside its array', 'b', ['h1', 'h2', 'b']],
  ['a base that is in its array', 'h2', ['h1', 'h2']],
])('the hosts of a site with %s', (_, base, all) => {
  const { base: _base, ...site } = SITE;
  const hosts = ['h1', 'h2'];
  expect(hostsOf({ ...site, hosts, ...(base === undefined ? {} : { base }) })).toEqual(all);
});

describe('what speaks against a host', () => {
  const barred = { bars: { h2: { at: at(99 * MINUTE), n: 1, reason: 'no memory' } } };

  it('is that it failed since the guest came here: the others go before it, its bar over or not', () => {
    const bars = { h2: { at: at(50 * MINUTE), n: 1, reason: 'no memory' } };
    const from = (arrivedMs: number) => ({ arrival: { at: at(arrivedMs) }, bars });
    expect(order('h1', makeConf(), 'move', from(40 * MINUTE))).toEqual(['h3', 'h2']);
    expect(order('h1', makeConf(), 'move', from(60 * MINUTE))).toEqual(['h2', 'h3']);
  });

  it('is a bar, with its reason and how long it lasts', () => {
    const state = { ...INITIAL, place: { host: 'h1', since: at(0) }, ...barred };
    expect(candidates({ verdict: 'move' }, state, makeConf(), NOW)).toEqual([
      { host: 'h3' },
      { host: 'h2', against: 'barred for 2m: no memory' },
    ]);
    expect(nextTarget({ verdict: 'move' }, [], state, makeConf(), NOW)).toBe('h3');
    expect(nextTarget({ verdict: 'move' }, ['h3'], state, makeConf(), NOW)).toBeUndefined();
  });

  it.each([
    [1, 3 * MINUTE - 1, 1],
    [1, 3 * MINUTE, 0],
    [2, 3 * MINUTE, 3 * MINUTE],
    [3, 3 * MINUTE, 9 * MINUTE],
  ])('a bar of %d failures has, after %d ms, %d ms left', (n, ago, left) => {
    const bar = { at: at(100 * MINUTE - ago), n, reason: '' };
    expect(barLeftMs(bar, makeConf(), NOW)).toBe(left);
  });
});
