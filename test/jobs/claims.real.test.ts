/**
 * Claiming on real servers: sshd with the forced command, Apache's WebDAV, a program. Of two guests
 * that claim at once exactly one gets the page, and nothing is ever overwritten.
 */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ClaimWay, claimWay } from '../../src/jobs/claims.ts';
import { QUEUE_OPTIONS } from '../../src/jobs/options.ts';
import { Sshd } from '../support/sshd.ts';
import { tempFolder } from '../support/temp.ts';
import { Webdav } from '../support/webdav.ts';
import { clock, Guest, settingsOf } from './support.ts';

const ROUNDS = 100;
/** Each takes half a second. */
const SSH_ROUNDS = process.env['LONG'] ? 100 : 10;
const GUESTS = ['db7', 'db8'] as const;
const SCRIPT = resolve('etc/queue/vmmanage-queue');

let dav: Webdav;
let sshd: Sshd;
beforeAll(async () => {
  dav = await Webdav.start();
  const allowed = (guest: string) => `${SCRIPT} ${dav.folder} ${guest} race mine`;
  sshd = await Sshd.start({ db7: allowed('db7'), db8: allowed('db8') });
});
afterAll(async () => {
  await sshd?.remove();
  await dav?.remove();
});

function bySsh(page: string, vm: string) {
  return settingsOf(
    dav.url(page),
    {
      claim: 'ssh',
      ssh: sshd.account,
      ssh_port: String(sshd.port),
      ssh_key: sshd.key(vm),
      ssh_known_hosts: sshd.knownHosts,
    },
    vm,
  );
}

/** What sshd would do with the key's line, without sshd. */
function byScript(vm: string): ClaimWay {
  const claim = `SSH_ORIGINAL_COMMAND="$0 race" ${SCRIPT} ${dav.folder} ${vm} race`;
  const given = { claim: 'command', claim_command: `/bin/sh -c '${claim}'` };
  return claimWay(settingsOf('http://127.0.0.1/race', given, vm), clock);
}

const WAYS: readonly [string, number, (vm: string) => ClaimWay][] = [
  ['ssh', SSH_ROUNDS, (vm) => claimWay(bySsh('race', vm), clock)],
  ['the forced command alone', ROUNDS, byScript],
  ['webdav', ROUNDS, (vm) => claimWay(settingsOf(dav.url('race'), {}, vm), clock)],
];

const bound = () => AbortSignal.timeout(30_000);

function clear(): void {
  for (const page of dav.pages()) execFileSync('rm', [join(dav.folder, page)]);
}

describe.each(WAYS)('by %s', (_, rounds, way) => {
  it(`two guests at once, ${rounds} times: exactly one gets the page`, async () => {
    const ways = GUESTS.map(way);
    const wins = { db7: 0, db8: 0 };
    for (let round = 0; round < rounds; round += 1) {
      clear();
      const text = `grade a = ${round}\n`;
      dav.publish('race', text);
      const said = await Promise.all(ways.map((each) => each.claim(bound())));
      const [page = '', ...more] = dav.pages();
      expect(more).toEqual([]);
      expect(dav.read(page)).toBe(text);
      const winner = GUESTS.findIndex((vm) => page === `race.${vm}`);
      expect(said[winner]).toBe('done');
      expect(said.filter((each) => each === 'done')).toHaveLength(1);
      wins[GUESTS[winner] ?? 'db7'] += 1;
    }
    expect(wins.db7 + wins.db8).toBe(rounds);
  });

  it('what is claimed is never overwritten', async () => {
    clear();
    dav.publish('race', 'grade a = 2\n');
    dav.publish('race.db7', 'grade a = 1\n');
    expect(await way('db7').claim(bound())).toBe('not now');
    expect(dav.pages()).toEqual(['race', 'race.db7']);
    expect(dav.read('race.db7')).toBe('grade a = 1\n');
  });

  it('where there is nothing, nothing is claimed or put away', async () => {
    clear();
    expect(await way('db7').claim(bound())).toBe('not now');
    expect(await way('db7').release(bound())).toBe('not now');
    expect(dav.pages()).toEqual([]);
  });

  it('a page that is put away replaces the one before it', async () => {
    clear();
    dav.publish('race.db7', 'new\n');
    dav.publish('race.db7.done', 'old\n');
    expect(await way('db7').release(bound())).toBe('done');
    expect(dav.pages()).toEqual(['race.db7.done']);
    expect(dav.read('race.db7.done')).toBe('new\n');
  });
});

describe('the whole way by ssh', () => {
  it('claims, works and puts away', async () => {
    clear();
    dav.publish('mine', 'grade a = 6*7\n');
    const guest = new Guest(bySsh('mine', 'db7'));
    await guest.start();
    await guest.finish();
    expect(dav.pages()).toEqual(['mine.db7.done']);
  });

  it('says why it failed', async () => {
    clear();
    const { options, ...settings } = bySsh('race', 'db7');
    const way = claimWay({ ...settings, options: { ...options, ssh_port: 1 } }, clock);
    expect(await way.claim(bound())).toMatchObject({ failed: /Connection refused/ });
  });
});

describe('a program of the tenant’s', () => {
  it('is run with one word more, and told the rest in its environment', async () => {
    const folder = tempFolder();
    const program = join(folder, 'claim it');
    writeFileSync(program, `#!/bin/sh\necho "$1 $2 $VMMANAGE_CLAIMED_URL" >>"${folder}/said"\n`, {
      mode: 0o755,
    });
    const given = { claim: 'command', claim_command: `'${program}' --quick` };
    const way = claimWay(settingsOf('http://127.0.0.1/q', given), clock);
    expect([await way.claim(bound()), await way.release(bound())]).toEqual(['done', 'done']);
    const url = 'http://127.0.0.1/q.db7';
    expect(readFileSync(join(folder, 'said'), 'utf8')).toBe(
      `--quick claim ${url}\n--quick release ${url}\n`,
    );
  });

  it.each([
    [75, 'not now'],
    [1, { failed: 'exit 1: no' }],
  ])('with exit status %d means %j', async (status, renamed) => {
    const given = { claim: 'command', claim_command: `/bin/sh -c 'echo no; exit ${status}' --` };
    const way = claimWay(settingsOf('http://127.0.0.1/q', given), clock);
    expect(await way.claim(bound())).toEqual(renamed);
  });
});

describe('the forced command', () => {
  function asked(words: string, folder = tempFolder(), allowed = ['db7', 'builds']) {
    const { status, stderr } = spawnSync(SCRIPT, [folder, ...allowed], {
      env: { PATH: process.env['PATH'], SSH_ORIGINAL_COMMAND: words },
      encoding: 'utf8',
    });
    return { status, stderr, folder };
  }

  it('is clean to shellcheck', () => {
    const { status, stdout } = spawnSync('shellcheck', [SCRIPT], { encoding: 'utf8' });
    expect(stdout).toBe('');
    expect(status).toBe(0);
  });

  it.each([
    '',
    'claim',
    'claim other',
    'claim ../builds',
    'claim builds.db8',
    'claim builds extra',
    'claim builds; touch ran',
    'claim $(touch ran)',
    'claim `touch ran`',
    'claim *',
    '-n builds',
    'destroy builds',
    'claim builds\nclaim builds',
  ])('refuses %j, and does nothing', (words) => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'builds'), 'grade a = 1\n');
    expect(asked(words, folder).status).toBe(64);
    expect(readdirSync(folder)).toEqual(['builds']);
  });

  it.each([
    ['a guest', 'release builds', ['db7.done', 'builds']],
    ['a guest', 'claim builds', ['done', 'builds']],
    ['a page', 'claim builds.db8', ['db7', 'builds', 'builds.db8']],
    ['a page', 'claim builds.db7', ['db7', 'builds.db7']],
    ['a page', 'claim builds.db8.done', ['db7', 'builds.db8.done']],
  ])('refuses %s that is called like what is claimed: %s by %j', (_, words, allowed) => {
    const folder = tempFolder();
    const pages = ['builds', 'builds.db7', 'builds.db8', 'builds.db8.done'];
    for (const page of pages) writeFileSync(join(folder, page), 'grade a = 1\n');
    const { status, stderr } = asked(words, folder, allowed);
    expect([status, stderr]).toEqual([64, expect.stringContaining('called like')]);
    expect(readdirSync(folder).sort()).toEqual(pages);
  });

  it('allows dots in names otherwise', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'builds.txt'), 'grade a = 1\n');
    const allowed = ['db7.example.org', 'builds', 'builds.txt'];
    expect(asked('claim builds.txt', folder, ['db7.example.org', 'builds.txt']).status).toBe(0);
    expect(readdirSync(folder)).toEqual(['builds.txt.db7.example.org']);
    expect(asked('claim builds.txt', folder, allowed).status).toBe(64);
  });

  it('says of a busy folder that it didn’t work, rather than that nothing is there', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'builds.db7'), 'grade a = 1\n');
    const other = spawn('flock', ['--no-fork', folder, 'sh', '-c', 'echo held; exec sleep 60']);
    await once(other.stdout, 'data');
    const { status, stderr } = asked('release builds', folder);
    other.kill('SIGKILL');
    expect([status, stderr]).toEqual([69, 'vmmanage-queue: the folder is busy\n']);
    expect(readdirSync(folder)).toEqual(['builds.db7']);
  });

  it('says that a page is not put away when its rename did nothing', () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'builds.db7'), 'grade a = 1\n');
    mkdirSync(join(folder, 'builds.db7.done'));
    expect(asked('release builds', folder).status).toBe(1);
    expect(readdirSync(folder)).toEqual(['builds.db7', 'builds.db7.done']);
  });

  it('claims a page, and no folder', () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'builds'));
    expect(asked('claim builds', folder).status).toBe(75);
    expect(existsSync(join(folder, 'builds'))).toBe(true);
  });
});

it('the options name every way', () => {
  for (const way of ['webdav', 'ssh', 'command']) {
    expect(QUEUE_OPTIONS.claim.type.parse(way)).toEqual({ ok: true, value: way });
  }
});
