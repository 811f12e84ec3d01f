/**
 * No secret of a conf can be seen anywhere but where it is kept: not in what the daemon writes, says or
 * answers, nor in the words of any process. The servers that it would be told to are not there, or refuse it.
 */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';
import { Rig, until, vmmanage } from '../support/rig.ts';

const PASSWORD = 'pw-7Qm2xKd9';
const TOKEN = 'tok-4Vn8rTz1';
const ADDRESS = 'hook-9Lb3wYc5';
const IN_PROGRAM = 'env-6Hs0jPf2';
const SECRETS = [PASSWORD, TOKEN, ADDRESS, IN_PROGRAM];

let database: Mariadb;
beforeAll(async () => {
  database = await startMariadb({ tcp: true });
});
afterAll(() => database?.remove());

const conf = () => `
[array]
hosts = h1, h2
[probe slow]
kind = mysql
host = 127.0.0.1
port = ${database.port}
user = nobody-known
password = ${PASSWORD}
interval = 300ms
max_errors = 1
[probe program]
kind = command
command = false
password = ${IN_PROGRAM}
interval = 300ms
max_errors = 1
[policy db]
kind = threshold-aware
probe = slow
suffering = > 5 for 3
[provider]
url = http://127.0.0.1:9/
token = ${TOKEN}
push = 1s
[alert]
url = http://127.0.0.1:9/${ADDRESS}
tries = 1
[log]
level = debug
[migrator]
kind = local
`;

/** Of the state folder, with all that lies below it. */
function written(folder: string): string {
  const names = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  const files = names.filter((name) => statSync(name).isFile());
  return files.map((name) => readFileSync(name, 'latin1')).join('\n');
}

/** The words of all processes, as `ps` shows them to everybody. */
function shownByPs(): string {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(wordsOf).join('\n');
}

function wordsOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return '';
  }
}

it('no secret stands in the state folder, in what is said, in an answer, or in ps', async () => {
  const rig = new Rig(conf());
  const daemon = await rig.startAndWait();
  await until('the failures to be told', async () => {
    const types = (await rig.records()).map(({ entry }) => entry.type);
    return types.includes('probe-failing') && types.includes('alert-sent');
  });
  const atWork = shownByPs();
  const commands = [
    ['status'],
    ['status', '--json'],
    ['explain'],
    ['where', '--json'],
    ['hosts', '--json'],
  ];
  const answers = await Promise.all(
    commands.map((words) => vmmanage(...words, '--runtime', rig.runtime)),
  );
  const checks = await Promise.all([
    vmmanage('check', '-c', rig.conf, '--print'),
    vmmanage('check', '-c', rig.conf, '--json'),
    vmmanage('probe', '-c', rig.conf, '--all', '-v'),
    vmmanage('history', '-c', rig.conf, '--json'),
  ]);
  await daemon.end();
  const said = [...answers, ...checks].map(({ stdout, stderr }) => stdout + stderr);
  // Each was really asked, and had something to say of what holds a secret.
  expect(said[0]).toContain('Access denied');
  expect(checks[0]?.stdout).toContain('(secret)');
  const everything = [written(rig.state), daemon.said, atWork, ...said];
  for (const text of everything) {
    expect(text.length).toBeGreaterThan(0);
    for (const secret of SECRETS) expect(text).not.toContain(secret);
  }
});
