/** What is legal, but surely not meant: each warning with the nearest conf that gets none. */
import { describe, expect, it } from 'vitest';
import { check, loaded, warnings } from './help.ts';

interface Parts {
  readonly array?: string;
  readonly probe?: string;
  readonly policy?: string;
  readonly rest?: string;
}

const ARRAY = 'hosts = xen1, xen2\nbase = xen9\n';
const POLICY = 'suffering = > 50 for 3\nidle = < 1 for 20\n';
const COMMAND = '[migrator]\nkind = command\nmigrate = /usr/bin/move {to}\n';
const LOCATE = 'locate = /usr/bin/where\n';

function warned({ array = ARRAY, probe = '', policy = POLICY, rest = '' }: Parts): string[] {
  const migrator = rest.includes('[migrator') ? '' : `${COMMAND}${LOCATE}`;
  const checked = check([
    `[array]\n${array}[policy]\nkind = base-aware\n${policy}[probe]\nkind = mysql\n${probe}${migrator}${rest}`,
  ]);
  loaded(checked);
  return warnings(checked);
}

describe('a warning', () => {
  it.each<[string, Parts, Parts, string]>([
    [
      'an idle bound beyond the suffering bound',
      { policy: 'suffering = > 50 for 3\nidle = < 51 for 20\n' },
      { policy: 'suffering = > 50 for 3\nidle = < 50 for 20\n' },
      '1.conf:7: [policy] idle: a reading between 50 and 51 is idle and suffering at once',
    ],
    [
      'the same where low is worse, in the other spelling',
      { policy: 'worse = low\nthreshold = 5\ntarry = 3\nlowthreshold = 4\nlowtarry = 3\n' },
      { policy: 'worse = low\nthreshold = 5\ntarry = 3\nlowthreshold = 5\nlowtarry = 3\n' },
      '1.conf:9: [policy] lowthreshold: a reading between 4 and 5 is idle and suffering at once',
    ],
    [
      'a tarry shorter than a probe’s time-out',
      { policy: POLICY.replace('for 3', 'for 44s') },
      { policy: POLICY.replace('for 3', 'for 45s') },
      "1.conf:6: [policy] suffering: 44s is shorter than the probe's timeout, 45s",
    ],
    [
      'a base among the hosts',
      { array: 'hosts = xen1, xen2, xen9\nbase = xen9\n' },
      {},
      '1.conf:3: [array] base: xen9 is among the hosts too; moves leave it out all the same',
    ],
    [
      'a single host',
      { array: 'hosts = xen1\nbase = xen9\n' },
      {},
      '1.conf:2: [array] hosts: a single host: there is no other to move to',
    ],
    [
      'a cooldown shorter than settling',
      { rest: '[constraints]\ncooldown = 44s\n' },
      { rest: '[constraints]\ncooldown = 45s\n' },
      '1.conf:15: [constraints] cooldown: 44s is over before the guest has settled (45s)',
    ],
    [
      'a cooldown longer than it may become',
      { rest: '[constraints]\ncooldown = 7h\n' },
      { rest: '[constraints]\ncooldown = 6h\n' },
      '1.conf:15: [constraints] cooldown: 7h is above cooldown_max (6h), so it never grows',
    ],
    [
      'quiet hours without an end',
      { rest: '[constraints]\nquiet = 06:00-18:00, 18:00-06:00\n' },
      { rest: '[constraints]\nquiet = 06:00-18:00, 18:00-05:59\n' },
      '1.conf:15: [constraints] quiet: leaves no minute of the week out, so nothing is ever asked',
    ],
    [
      'a budget without prices',
      { rest: '[constraints]\nbudget = 5/day\n[host xen1]\ncost = 1\n' },
      { rest: '[constraints]\nbudget = 5/day\n[cost]\narray = 1\n' },
      '1.conf:15: [constraints] budget: no price is known of xen2 ([host NAME] cost, or [cost] array)',
    ],
    [
      'a page of metrics that others can read',
      { rest: '[metrics]\nlisten = 0.0.0.0:9464\n' },
      { rest: '[metrics]\nlisten = [::1]:9464\n' },
      '1.conf:15: [metrics] listen: there is no authentication: whoever reaches 0.0.0.0:9464 can read it',
    ],
    [
      'a central log that loses lines',
      { rest: '[log]\nsink = relp://log:1, tcp://log:1, tcp://log:2\n' },
      { rest: '[log]\nsink = tcp://127.0.0.1:1, syslog+tcp://[::1]:1, relp://log:1\n' },
      '1.conf:15: [log] sink: tcp://log:1 loses what is under way when the sink or the network fails; relp:// does not',
    ],
    [
      'the same over TLS',
      { rest: '[log]\nsink = syslog+tls://log:1\n' },
      { rest: '[log]\nsink = relp+tls://log:1\n' },
      '1.conf:15: [log] sink: syslog+tls://log:1 loses what is under way when the sink or the network fails; relp+tls:// does not',
    ],
    [
      'a command that nobody can follow',
      { rest: COMMAND },
      { rest: `${COMMAND}${LOCATE}` },
      '1.conf:10: [migrator]: without locate nobody can tell where the guest is, so no move is ever confirmed',
    ],
    [
      'a migrator that no site uses',
      {
        array: `${ARRAY}migrator = a\n`,
        rest: `${COMMAND.replace('[migrator]', '[migrator a]')}${LOCATE}${COMMAND.replace('[migrator]', '[migrator b]')}${LOCATE}`,
      },
      {},
      '1.conf:15: [migrator b]: no site uses this migrator',
    ],
  ])('tells %s', (_, odd, fine, expected) => {
    expect(warned(odd)).toEqual([expected]);
    expect(warned(fine)).toEqual([]);
  });

  it.each<[string, string, string, string | undefined]>([
    [
      'hours without an end',
      'workhours = 00:00-24:00\n',
      ARRAY,
      '1.conf:8: [policy] workhours: leaves no minute of the week out, so closing time never comes',
    ],
    ['not where some day is closed', 'workhours = 00:00-24:00\nclosed = 05-17\n', ARRAY, undefined],
    [
      'a year without an open day',
      'workhours = 09:00-16:00\nclosed = 05-17..05-16\n',
      ARRAY,
      '1.conf:9: [policy] closed: names every day of the year, so no window opens',
    ],
    [
      'no base to go to',
      'workhours = 09:00-16:00\n',
      'hosts = xen1, xen2\n\n',
      '1.conf:8: [policy] workhours: outside them the guest goes to the base, and the conf names none',
    ],
    ['nothing of an ordinary schedule', 'workhours = 09:00-16:00\n', ARRAY, undefined],
  ])('tells of a schedule %s', (_, hours, array, expected) => {
    const text = `[array]\n${array}[policy]\nkind = schedule-aware\n${POLICY}${hours}[probe]\nkind = mysql\n${COMMAND}${LOCATE}`;
    expect(warnings(check([text]))).toEqual(expected === undefined ? [] : [expected]);
  });

  it('tells what `local` is, also where it is the default', () => {
    const given = warned({ rest: '[migrator]\nkind = local\n' });
    expect(given[0]).toMatch(/^1\.conf:10: \[migrator\]: .*local/);
    const checked = check([
      '[array]\nhosts = a, b\n[probe]\nkind = mysql\n[policy]\nkind = threshold-aware\nsuffering = > 1 for 1\n',
    ]);
    expect(warnings(checked)).toHaveLength(1);
  });
});

describe('what says how to claim', () => {
  const claiming = (more: string) =>
    warnings(
      check([
        `[site oslo]\nrole = home\nhosts = xen1, xen2\n[site aws]\nrole = away\n[policy]\nkind = site-aware\nbigjobs = grade a\nthreshold = 2\n[migrator]\nkind = local\n[queue builds]\nurl = https://ci/builds\nresults = https://ci/x\n${more}`,
      ]),
    ).filter((each) => each.includes('[queue'));

  it.each([
    ['ssh = me@x\n', 'ssh: has no meaning with claim = webdav; claim = ssh?'],
    [
      'claim = ssh\nssh = me@x\nclaim_command = claim\n',
      'claim_command: has no meaning with claim = ssh; claim = command?',
    ],
  ])('is warned of where it isn’t heeded: %j', (more, text) => {
    const line = 14 + more.trimEnd().split('\n').length;
    expect(claiming(more)).toEqual([`1.conf:${line}: [queue builds] ${text}`]);
  });

  it.each(['', 'claim = ssh\nssh = me@x\nssh_port = 2222\n'])('is heeded in %j', (more) => {
    expect(claiming(more)).toEqual([]);
  });
});
