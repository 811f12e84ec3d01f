/** The IAM policy of a guest's conf. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../support/temp.ts';
import { hostSetup } from './support.ts';

const EC2 = `[migrator aws]
kind = ec2
region = eu-north-1
image = ami-0123456789abcdef0
security_groups = sg-0123456789abcdef0
instance_profile = arn:aws:iam::123456789012:instance-profile/vmmanage/clone-role
mailbox = https://dav.example.org/clones/
`;

function conf(migrators: string): string {
  const path = join(tempFolder(), 'vmmanage.conf');
  const sites = '[site oslo]\nrole = home\nhosts = h1\nmigrator = local\n';
  const away = '[site aws]\nrole = away\nmigrator = aws\n[migrator local]\nkind = local\n';
  const rest = '[probe]\nkind = mysql\n[policy]\nkind = threshold-aware\nsuffering = > 5 for 3\n';
  writeFileSync(path, `[vm]\nname = db7\n${sites}${away}${migrators}${rest}`);
  return path;
}

it('is narrowed to its name, image and group', async () => {
  const made = await hostSetup('--ec2', '-c', conf(EC2), '--aws-account', '123456789012');
  expect(made.status, made.err).toBe(0);
  const { Statement } = JSON.parse(made.out) as { Statement: { Sid: string }[] };
  const of = (sid: string) => JSON.stringify(Statement.find(({ Sid }) => Sid === sid));
  expect(of('EndOwnClones')).toContain('"aws:ResourceTag/vmmanage:vm":"db7"');
  expect(of('EndOwnClones')).toContain('arn:aws:ec2:eu-north-1:123456789012:instance/*');
  expect(of('LaunchFrom')).toContain('image/ami-0123456789abcdef0');
  expect(of('LaunchFrom')).toContain('security-group/sg-0123456789abcdef0');
  expect(of('LaunchOwnClones')).toContain('"ec2:InstanceType":"t3.small"');
  expect(of('GiveClonesTheirRole')).toContain('"arn:aws:iam::123456789012:role/clone-role"');
});

it('is of any account where none is said', async () => {
  const { out } = await hostSetup('--ec2', '-c', conf(EC2));
  expect(out).toContain('arn:aws:ec2:eu-north-1:*:instance/*');
});

it.each([
  [
    'no such migrator',
    EC2.replace('kind = ec2', 'kind = clone\nlaunch = /l\ninstances = /i\nterminate = /t').replace(
      /region.*\nimage.*\nsec.*\ninst.*\n/,
      '',
    ),
    1,
    /no \[migrator\] of kind ec2/,
  ],
  [
    'two of them',
    `${EC2}${EC2.replace('aws]', 'other]')}`,
    1,
    /several of kind ec2 \(aws and other\)/,
  ],
  ['a mistake', EC2.replace('ami-', 'amy-'), 78, /image/],
])('is refused for a conf with %s', async (_, migrators, status, text) => {
  const made = await hostSetup('--ec2', '-c', conf(migrators));
  expect([made.status, made.out]).toEqual([status, '']);
  expect(made.err).toMatch(text);
});

it.each([
  [['--ec2', '--add', 'nii3'], /--ec2 and --add don't go together/],
  [['--ec2', 'xen1'], /--ec2 and xen1 don't go together/],
  [['--ec2', '--aws-account', '1; rm'], /twelve digits/],
  [['--aws-account', '123456789012'], /needs --ec2/],
  [['-c', '/x', '--list'], /--conf needs --ec2/],
])('is refused for %j', async (words, text) => {
  const made = await hostSetup(...words);
  expect(made.status).toBe(2);
  expect(made.err).toMatch(text);
});
