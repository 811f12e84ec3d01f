/** What the words of several locators make of the guest's place: DESIGN.md §7 as a table, and a property. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Ground, locate, type Witness, type Word } from '../../src/core/locating.ts';

/** Oslo has two hosts, aws is a cloud. */
const GROUNDS: readonly Ground[] = [
  { name: 'oslo', hosts: ['xen1', 'xen2'], locators: ['hosts', 'provider', 'file', 'network'] },
  { name: 'aws', hosts: ['aws'], locators: ['clone', 'network'] },
];

/** Without anybody who decides. */
const BARE: readonly Ground[] = [
  { name: 'oslo', hosts: ['xen1', 'xen2'], locators: ['file', 'network'] },
  { name: 'aws', hosts: ['aws'], locators: ['file', 'network'] },
];

const CLONE = { request: 'R1', instance: 'i-1' };

/** `xen1`, `to xen1`, `in oslo`, `clone aws`, `not xen1,xen2`, or `?`. */
function word(who: string, text: string): Word {
  const answers = [{ who, says: text }];
  const [verb = '', place = ''] = text.split(' ');
  if (text === '?') return { kind: 'unknown', answers };
  if (verb === 'not') return { kind: 'unknown', answers, notAt: place.split(',') };
  if (verb === 'to') return { kind: 'moving', to: place, answers };
  if (verb === 'in') return { kind: 'inside', site: place, answers };
  if (verb === 'clone') return { kind: 'at', host: place, clone: CLONE, answers };
  return { kind: 'at', host: verb, answers };
}

type Said = Readonly<Record<string, string>>;
const DECIDING = ['hosts', 'provider', 'clone'];

function witnesses(said: Said): Witness[] {
  return Object.entries(said).map(([id, text]) => ({
    id,
    onlyWarns: !DECIDING.includes(id),
    word: word(id, text),
  }));
}

function placed(said: Said, grounds = GROUNDS): string {
  const { sighting, parts } = locate(witnesses(said), grounds);
  const names = Object.keys(said);
  const against = names.filter((_, i) => parts[i]?.contradicts);
  const place = { at: 'host' in sighting ? sighting.host : '', unknown: '?', moving: '' };
  const to = sighting.kind === 'moving' ? `to ${sighting.to}` : place[sighting.kind];
  return against.length === 0 ? to : `${to}, against ${against.join(' and ')}`;
}

describe('with locators that decide, the guest', () => {
  it.each<[string, Said, string]>([
    ['is where the hosts say', { hosts: 'xen1' }, 'xen1'],
    ['is where hosts and provider say', { hosts: 'xen1', provider: 'xen1' }, 'xen1'],
    ['is nowhere where they contradict', { hosts: 'xen1', provider: 'xen2' }, '?'],
    ['is where the provider says while no host answers', { hosts: '?', provider: 'xen2' }, 'xen2'],
    ['is not where its host denies it', { hosts: 'not xen1,xen2', provider: 'xen1' }, '?'],
    ['may be at a host that is silent', { hosts: 'not xen1', provider: 'xen2' }, 'xen2'],
    ['is nowhere where two hosts have it', { hosts: 'not xen1,xen2', provider: 'xen2' }, '?'],
    ['moves where one of them says so', { hosts: 'to xen2', provider: 'xen1' }, 'to xen2'],
    ['is nowhere where two sites have it', { hosts: 'xen1', clone: 'aws' }, '?'],
    ['is where its clone acts', { hosts: 'xen1', clone: 'clone aws' }, 'aws'],
    ['is where its clone acts, whatever moves', { hosts: 'to xen2', clone: 'clone aws' }, 'aws'],
    ['is nowhere while nobody knows', { hosts: '?', provider: '?' }, '?'],
    ['is at the only host of the site', { provider: 'in aws' }, 'aws'],
    ['is at no host of several', { provider: 'in oslo' }, '?'],
    ['is in that site at a host', { hosts: 'xen1', provider: 'in oslo' }, 'xen1'],
    ['is not in two sites', { hosts: 'xen1', provider: 'in aws' }, '?'],
    ['isn’t found by a file', { hosts: '?', file: 'xen1' }, '?'],
    ['isn’t moved by a file', { hosts: 'xen1', file: 'to xen2' }, 'xen1, against file'],
    ['stays, and a file warns', { hosts: 'xen1', file: 'xen2' }, 'xen1, against file'],
    ['stays, and a file agrees', { hosts: 'xen1', file: 'xen1' }, 'xen1'],
    ['stays, and a file knows nothing', { hosts: 'xen1', file: '?' }, 'xen1'],
    ['stays, and the network warns', { hosts: 'xen1', network: 'in aws' }, 'xen1, against network'],
    ['stays, and the network agrees', { hosts: 'xen1', network: 'in oslo' }, 'xen1'],
    ['is away by its clone, and a file warns', { clone: 'aws', file: 'xen1' }, 'aws, against file'],
  ])('%s', (_, said, expected) => {
    // Whether anybody decides about a site is the conf's to say: all are there, if silent.
    expect(placed({ ...said, ...silent(said) })).toBe(expected);
  });

  function silent(said: Said): Said {
    const absent = DECIDING.filter((id) => !Object.hasOwn(said, id));
    return Object.fromEntries(absent.map((id) => [id, '?']));
  }
});

describe('with none that decides, the guest', () => {
  it.each<[string, Said, string]>([
    ['is where a file says', { file: 'xen1' }, 'xen1'],
    ['moves where a file says', { file: 'to xen2' }, 'to xen2'],
    ['is at the only host of the network’s site', { network: 'in aws' }, 'aws'],
    ['is at no host of several', { network: 'in oslo' }, '?'],
    ['is where file and network say', { file: 'xen2', network: 'in oslo' }, 'xen2'],
    ['is nowhere where they contradict', { file: 'xen2', network: 'in aws' }, '?'],
  ])('%s', (_, said, expected) => {
    expect(placed(said, BARE)).toBe(expected);
  });

  it('at one site is found there by who only warns at the other', () => {
    const file = { ...GROUNDS[1], name: 'aws', hosts: ['aws'], locators: ['file'] };
    const grounds = [GROUNDS[0], file].filter((ground) => ground !== undefined);
    expect(placed({ hosts: '?', file: 'aws' }, grounds)).toBe('aws');
    expect(placed({ hosts: 'xen1', file: 'aws' }, grounds)).toBe('?');
    expect(placed({ hosts: 'xen1', file: 'xen2' }, grounds)).toBe('xen1, against file');
  });
});

it('tells everybody’s words, those first that decide', () => {
  const { sighting } = locate(witnesses({ file: 'xen2', hosts: 'xen1' }), GROUNDS);
  expect(sighting.answers.map(({ who }) => who)).toEqual(['hosts', 'file']);
});

const hosts = ['xen1', 'xen2', 'aws'];
const anyWord = fc.oneof(
  fc.constantFrom('?', 'in oslo', 'in aws', 'in nowhere', 'elsewhere', 'to elsewhere', 'clone aws'),
  fc.constantFrom(...hosts),
  fc.constantFrom(...hosts.map((host) => `to ${host}`)),
  fc.subarray(hosts, { minLength: 1 }).map((some) => `not ${some.join(',')}`),
);

it('never has the guest at a host that a locator that decides contradicts', () => {
  const words = fc.dictionary(fc.constantFrom(...DECIDING, 'file', 'network', 'stray'), anyWord);
  let found = 0;
  fc.assert(
    fc.property(words, fc.constantFrom(GROUNDS, BARE), (each, grounds) => {
      const { sighting, parts } = locate(witnesses(each), grounds);
      expect(parts).toHaveLength(Object.keys(each).length);
      expect(sighting.answers).toHaveLength(Object.keys(each).length);
      if (sighting.kind !== 'at') return;
      found += 1;
      const { host } = sighting;
      const counting = Object.entries(each).filter(
        ([id], i) => DECIDING.includes(id) || parts[i]?.decides,
      );
      expect(counting.length).toBeGreaterThan(0);
      const said = counting.map(([, text]) => text);
      // A clone that acts is believed against everybody.
      if (sighting.clone) expect(said).toContain(`clone ${host}`);
      else expect(said.filter((text) => !allowed(text, host))).toEqual([]);
    }),
    { numRuns: 3000 },
  );
  expect(found).toBeGreaterThan(100);
});

/** Written apart from the code: whether a word leaves room for the guest to be at a host. */
function allowed(text: string, host: string): boolean {
  if (text === '?') return true;
  if (text.startsWith('not ')) return !text.slice(4).split(',').includes(host);
  if (text.startsWith('in ')) return text === (host === 'aws' ? 'in aws' : 'in oslo');
  return text.replace('clone ', '') === host;
}
