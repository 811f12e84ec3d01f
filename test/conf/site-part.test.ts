/** What a clone is told of its site's conf, and what it makes of it. */
import { describe, expect, it } from 'vitest';
import { checkSources } from '../../src/conf/load.ts';
import { sitePartOf } from '../../src/conf/site-part.ts';
import { plugins } from '../../src/daemon/plugins.ts';
import { migratorKinds } from '../../src/migrators/registry.ts';

const SURROUNDINGS = { hostname: 'h', zone: 'UTC', env: {}, secrets: 'read' as const };

function load(text: string, part?: string) {
  const source = (file: string, conf: string) => ({
    ...{ file, bytes: new TextEncoder().encode(conf), exposed: false },
  });
  const more = part === undefined ? {} : { part: source('part.conf', part) };
  const sources = [source('vmmanage.conf', text)];
  const { loaded, problems } = checkSources(
    sources,
    'vmmanage.conf',
    plugins(),
    SURROUNDINGS,
    more,
  );
  if (!loaded) throw new Error(JSON.stringify(problems));
  return loaded;
}

const conf = (away: string, migrator: string) => `[site oslo]
role = home
hosts = xen1
migrator = local
[site aws]
role = away
migrator = cloud
${away}
[migrator local]
kind = local
[migrator cloud]
kind = ec2
${migrator}
[locator rack]
kind = file
path = /run/host
[probe p]
kind = command
command = /bin/true
[policy p]
kind = threshold-aware
suffering = > 5 for 3
`;

const HOME = conf(
  'max_life = 4h\nlocator = rack',
  `image = ami-00000001
poweroff = "/sbin/halt '-p; ok'"
poll = 3s
mailbox = https://dav.example.org/
mailbox_token = new-s3cret
access_key = AKIAIOSFODNN7EXAMPLE
secret_key = other-s3cret`,
);

const partOf = (text: string) => sitePartOf(load(text), ['aws'], migratorKinds);
const optionsOf = (text: string, part: string) =>
  load(text, part).migrators.find(({ name }) => name === 'cloud')?.options;

describe('the site part of a conf', () => {
  it('holds the section of the site and its migrator’s, and no secret or where one is', () => {
    const part = partOf(HOME);
    expect([...part.matchAll(/^\[(.*)\]$/gm)].map(([, title]) => title)).toEqual([
      'site aws',
      'migrator cloud',
    ]);
    expect(part).toMatch(/^max_life = 4h/m);
    expect(part).not.toMatch(/s3cret|secret|token|rack/);
    const files = HOME.replace('mailbox_token = new-s3cret', 'mailbox_token_file = /etc/token');
    expect(() => partOf(files)).toThrow('/etc/token');
  });

  it('stands in place of what an older conf says, whose secrets stay', () => {
    const older = conf(
      'max_life = 1h',
      `image = ami-0000000f
spot = yes
max_cost = 5
price = 1
mailbox_token = own-s3cret`,
    );
    const part = partOf(HOME);
    const options = optionsOf(older, part);
    expect(options).toMatchObject({
      ...{ image: 'ami-00000001', spot: false, poll: 3000, poweroff: ['/sbin/halt', '-p; ok'] },
      ...{ max_life: 4 * 3_600_000, mailbox: 'https://dav.example.org/' },
      mailbox_token: 'own-s3cret',
    });
    expect(options?.['max_cost']).toBeUndefined();
  });

  it('makes a site for the clone where the conf has none', () => {
    const [away = ''] = /\[site aws\][\s\S]*?(?=\[migrator local\])/.exec(HOME) ?? [];
    const [cloud = ''] = /\[migrator cloud\][\s\S]*?(?=\[locator rack\])/.exec(HOME) ?? [];
    const older = HOME.replace(away, '').replace(cloud, '');
    expect(load(older).rules.sites.map(({ name }) => name)).toEqual(['oslo']);
    const loaded = load(older, partOf(HOME));
    expect(loaded.rules.sites.map(({ name }) => name)).toEqual(['oslo', 'aws']);
    expect(loaded.migratorOf['aws']).toBe('cloud');
  });

  it('leaves a conf as it is where it says the same', () => {
    const before = load(HOME);
    const after = load(HOME, partOf(HOME));
    expect(after.rules).toEqual(before.rules);
    expect(after.migrators).toEqual(before.migrators);
  });

  it('that is no conf is a mistake like any other', () => {
    expect(() => load(HOME, '[site aws]\nrole = aside\n')).toThrow('part.conf');
  });
});
