/** The site by the instance metadata of a cloud: a double of them over real HTTP. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { imdsLocator } from '../../../src/migrators/locators/imds.ts';
import { ImdsDouble } from '../../support/clouds/imds.ts';
import { optionsFrom } from '../../support/options.ts';
import { contextWith, NEVER, told } from './context.ts';

const AWS = { name: 'aws', cidrs: [] };

let metadata: ImdsDouble;
beforeEach(async () => {
  metadata = await ImdsDouble.start();
});
afterEach(() => metadata.close());

async function wordOf(given: Record<string, string> = {}, sites = [AWS]) {
  const options = optionsFrom(imdsLocator.options, { endpoint: metadata.url, ...given });
  return told(await imdsLocator.open(options, contextWith({ sites })).locate(NEVER));
}

it('names its site where the metadata answer', async () => {
  const expected = ['inside aws', 'instance metadata: zone eu-north-1a, of aws'];
  expect(await wordOf()).toEqual(expected);
  expect(await wordOf({ zones: 'eu-north-1b, eu-north-1a' })).toEqual(expected);
});

it('names none for the zone of another', async () => {
  const expected = ['unknown', 'instance metadata: zone eu-north-1a, none of aws'];
  expect(await wordOf({ zones: 'eu-west-1a' })).toEqual(expected);
});

it('names none of several', async () => {
  const [place] = await wordOf({}, [AWS, { name: 'oslo', cidrs: [] }]);
  expect(place).toBe('unknown');
});

it('knows nothing where they say nothing, refuse, or aren’t there', async () => {
  metadata.entries.delete('placement/availability-zone');
  expect(await wordOf()).toEqual(['unknown', expect.stringContaining('no such entry')]);
  metadata.entries.set('placement/availability-zone', '<html>');
  expect((await wordOf())[0]).toBe('unknown');
  expect((await wordOf({ cloud: 'openstack' }))[0]).toBe('unknown');
  expect((await wordOf({ endpoint: 'http://127.0.0.1:1/' }))[0]).toBe('unknown');
});

it('knows OpenStack’s', async () => {
  metadata.openstack = JSON.stringify({ uuid: 'x', availability_zone: 'nova' });
  const expected = ['inside aws', 'instance metadata: zone nova, of aws'];
  expect(await wordOf({ cloud: 'openstack', zones: 'nova' })).toEqual(expected);
});
