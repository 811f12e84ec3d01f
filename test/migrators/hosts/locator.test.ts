/** What the hosts' words make of the guest's place. */
import { describe, expect, it } from 'vitest';
import type { Where } from '../../../src/migrators/hosts/answer.ts';
import { answered, silent } from '../../../src/migrators/hosts/calls.ts';
import { HostsLocator, sightingOf } from '../../../src/migrators/hosts/locator.ts';

/** `yes`, `no`, `incoming`, `leaving`, `leaving:TARGET`, or anything else: no word. */
function words(...said: readonly string[]) {
  return said.map((text, i) => {
    const [here = '', target] = text.split(':');
    const known = ['yes', 'no', 'incoming', 'leaving'].includes(here);
    const where = { here, ...(target === undefined ? {} : { target }) } as Where;
    return { host: `xen${i + 1}`, reply: known ? answered(where) : silent(text) };
  });
}

function place(...said: readonly string[]): string {
  const sighting = sightingOf(words(...said));
  if (sighting.kind === 'unknown') return 'unknown';
  return sighting.kind === 'at' ? sighting.host : `to ${sighting.to}`;
}

describe('the guest', () => {
  it.each([
    ['is where one host has it', ['no', 'yes', 'no'], 'xen2'],
    ['is there too where others are silent', ['gone', 'yes', 'gone'], 'xen2'],
    ['is nowhere for certain where none has it', ['no', 'no', 'gone'], 'unknown'],
    ['is nowhere for certain where two have it', ['yes', 'yes', 'no'], 'unknown'],
    ['is nowhere for certain where nobody speaks', ['gone', 'gone', 'gone'], 'unknown'],
    ['moves to the host that receives it', ['yes', 'no', 'incoming'], 'to xen3'],
    ['moves at the switch, both names being others', ['leaving', 'incoming', 'no'], 'to xen2'],
    ['moves while one hands it over and another has it', ['leaving', 'yes', 'no'], 'to xen1'],
    ['moves while the one who has it has a transfer open', ['yes:xen2', 'gone', 'no'], 'to xen2'],
    ['moves where the one who hands it over says', ['leaving:xen3', 'no', 'gone'], 'to xen3'],
    ['moves to no host that nobody knows', ['leaving:xen8', 'no', 'no'], 'to xen1'],
  ])('%s', (_, said, expected) => {
    expect(place(...said)).toBe(expected);
  });
});

describe('every host', () => {
  it('has its word in the answers', () => {
    const { answers } = sightingOf([
      { host: 'xen1', reply: answered({ here: 'yes', since: 1795273200, target: 'xen2' }) },
      { host: 'xen2', reply: answered({ here: 'incoming' }) },
      { host: 'xen3', reply: answered({ here: 'no' }) },
      { host: 'xen4', reply: answered({ here: 'leaving', target: 'xen2' }) },
      { host: 'xen5', reply: silent('ssh: Connection refused') },
      {
        host: 'xen6',
        reply: { kind: 'veto', veto: { veto: 'hold', reason: 'no', retryAfterS: 9 } },
      },
    ]);
    expect(answers.map(({ who, says }) => `${who}: ${says}`)).toEqual([
      'xen1: here since 2026-11-21T15:00:00Z, moving to xen2',
      'xen2: receiving it',
      'xen3: no such domain here',
      'xen4: handing it over to xen2',
      'xen5: ssh: Connection refused',
      'xen6: vetoed (hold): no; ask again in 9 s',
    ]);
  });

  it('is asked, 16 at a time', async () => {
    const hosts = Array.from({ length: 40 }, (_, i) => `h${i}`);
    let asking = 0;
    let most = 0;
    const where = async (host: string) => {
      asking += 1;
      most = Math.max(most, asking);
      await new Promise((resolve) => setImmediate(resolve));
      asking -= 1;
      return answered({ here: host === 'h39' ? 'yes' : 'no' } as Where);
    };
    const seen = await new HostsLocator({ where }, hosts).locate(new AbortController().signal);
    expect(seen).toMatchObject({ kind: 'at', host: 'h39' });
    expect(seen.answers.map(({ who }) => who)).toEqual(hosts);
    expect(most).toBe(16);
  });
});
