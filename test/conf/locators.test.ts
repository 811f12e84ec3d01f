/** Who is asked at which site besides its migrator. */
import { describe, expect, it } from 'vitest';
import { check, loaded, problems, warnings } from './help.ts';

const POLICY = '[probe]\nkind = mysql\n[policy]\nkind = threshold-aware\nsuffering = > 5 for 3\n';
const OSLO = '[site oslo]\nrole = home\nhosts = xen1, xen2\n';
const AWS = '[site aws]\nrole = away\n';
const RACK = '[locator rack]\nkind = file\npath = /run/rack\n';
const TOKEN = 'token = abc\n';
const PROVIDER = `[provider]\nurl = https://control.example.net\n${TOKEN}`;

const conf = (...parts: readonly string[]) => check([`${parts.join('')}${POLICY}`]);
const asked = (...parts: readonly string[]) => loaded(conf(...parts)).locatorsOf;

describe('the locators of a site', () => {
  it.each<[string, readonly string[], readonly string[], readonly string[]]>([
    ['are none where the conf has none', [OSLO, AWS], [], []],
    ['are all that there are', [OSLO, AWS, RACK], ['rack'], ['rack']],
    [
      'are those that it names',
      [OSLO, AWS, 'locator = file\n', RACK, '[locator file]\nkind = file\npath = /run/f\n'],
      ['rack', 'file'],
      ['file'],
    ],
    ['are the metadata only where it names them', [OSLO, AWS, 'locator = imds\n'], [], ['imds']],
    [
      'are the metadata under another name, and the others elsewhere',
      [OSLO, AWS, 'locator = ec2\n', RACK, '[locator ec2]\nkind = imds\nzones = eu-north-1a\n'],
      ['rack'],
      ['ec2'],
    ],
    ['may be named by their kind', [OSLO, 'locator = hosts\n', AWS], ['hosts'], ['hosts']],
    [
      'are the network too where one is known',
      [OSLO, 'cidr = 10.0.0.0/8\n', AWS, RACK],
      ['rack', 'network'],
      ['rack', 'network'],
    ],
    [
      'are a network under its own name',
      [OSLO, 'cidr = 10.0.0.0/8\n', AWS, '[locator lan]\nkind = network\n'],
      ['lan'],
      ['lan'],
    ],
  ])('%s', (_, parts, oslo, aws) => {
    expect(asked(...parts)).toEqual({ oslo, aws });
  });

  it('have the options of their section, or their kind’s', () => {
    const { locators } = loaded(
      conf(OSLO, RACK, 'max_age = 1h\n', '[locator net]\nkind = hosts\n'),
    );
    expect(locators).toMatchObject([
      { name: 'rack', kind: 'file', options: { path: '/run/rack', max_age: 3_600_000 } },
      { name: 'net', kind: 'hosts', options: { ssh_port: 22, ask_timeout: 10_000 } },
    ]);
  });

  it('include a provider that is only asked, with nothing pushed', () => {
    const checked = conf(OSLO, PROVIDER, 'push = off\n', '[locator]\nkind = provider\n');
    expect(loaded(checked).locatorsOf).toEqual({ oslo: ['provider'] });
    expect(warnings(checked).filter((text) => text.includes('ever sent'))).toEqual([]);
  });
});

it('a locator that no site asks is warned of', () => {
  const other = '[locator other]\nkind = file\npath = /run/other\n';
  expect(warnings(conf(OSLO, 'locator = rack\n', RACK, other))).toContainEqual(
    expect.stringMatching(/^1\.conf:8: \[locator other\]: no site asks it/),
  );
});

it('a network that nobody looks at is warned of', () => {
  expect(warnings(conf(OSLO, 'cidr = 10.0.0.0/8\nlocator = rack\n', RACK))).toContainEqual(
    expect.stringMatching(/^1\.conf:4: \[site oslo\] cidr: no locator of kind network/),
  );
});

it('the metadata tell of one site alone', () => {
  const both = conf(OSLO, 'locator = imds\n', AWS, 'locator = imds\n');
  expect(problems(both)).toContainEqual(
    expect.stringMatching(/imds is of one site: only that may ask it \(locator = imds\)$/),
  );
});
