/** `vmmanage init` by somebody at a real terminal, who has a real database and a real web server. */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mysql } from '../../../src/probes/mysql.ts';
import { startApache, WORKERS } from '../../support/apache.ts';
import { type Mariadb, startMariadb, TENANT } from '../../support/mariadb.ts';
import type { WebServer } from '../../support/program.ts';
import { vmmanage } from '../../support/rig.ts';
import { tempFolder } from '../../support/temp.ts';
import { CTRL_C, CTRL_D, Typist } from '../../support/typist.ts';

const PROGRAM = resolve(import.meta.dirname, '../../../bin/vmmanage');
const KEY = 'key = value: ';

let database: Mariadb;
let apache: WebServer;
beforeAll(async () => {
  [database, apache] = await Promise.all([startMariadb(), startApache('event')]);
});
afterAll(() => Promise.all([database?.remove(), apache?.stop()]));

/** `former`: what stands where the conf is to be; `as`: what runs it as somebody else. */
function begin(words = '', former?: string, as = '') {
  const folder = tempFolder();
  const file = join(folder, 'vmmanage.conf');
  if (former !== undefined) writeFileSync(file, former);
  const typist = new Typist(`${as} ${PROGRAM} init -o ${file} ${words}`);
  return { folder, file, typist };
}

function trialFolders(): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith('vmmanage-init-'));
}

/** From the policy to the end. */
async function finish(typist: Typist, suffering: string): Promise<void> {
  await typist.answer('policy: ', 'threshold-aware');
  await typist.answer(`suffering [${suffering}]: `, '');
  await typist.answer(KEY, '');
  await typist.answer('hosts: ', 'xen1, xen2');
  await typist.answer('migrator: ', 'local');
  await typist.answer(KEY, '');
  await typist.answer('[Y/n] ', '');
  expect(await typist.status()).toBe(0);
}

describe('a database', () => {
  it('is read with a password that nobody sees, and bounds are proposed from it', async () => {
    const { folder, file, typist } = begin();
    await typist.answer('probe: ', 'mysql');
    for (const line of [`socket = ${database.socket}`, `user = ${TENANT.user}`]) {
      await typist.answer(KEY, line);
    }
    for (const line of ['variable = Threads_connected', 'as = value']) {
      await typist.answer(KEY, line);
    }
    await typist.answer(KEY, 'password');
    await typist.answer('password (not shown): ', TENANT.password);
    await typist.answer(KEY, '');
    await finish(typist, '> 2 for 3');
    expect(typist.said).toMatch(/It reads 1, in [\d.]+ ms\./);
    expect(typist.said).not.toContain(TENANT.password.slice(0, 5));
    expect(readFileSync(join(folder, 'probe-password'), 'utf8')).toBe(`${TENANT.password}\n`);
    expect(statSync(file).mode & 0o777).toBe(0o640);
    expect(readFileSync(file, 'utf8')).toMatch(
      /a guess \(from one reading, 1\)[^[]*suffering = > 2 for 3$/m,
    );
    const read = await vmmanage('probe', '-c', file);
    expect([read.status, read.stdout]).toEqual([
      0,
      expect.stringMatching(/^mysql \(mysql\) {2}1, /),
    ]);
  });

  it('that can’t be read is told why, and what its administrator does; the answers can be changed', async () => {
    const { typist, file } = begin();
    await typist.answer('probe: ', '1');
    await typist.answer(KEY, 'socket = /nonexistent/mysqld.sock');
    await typist.answer(KEY, '');
    await typist.answer('g goes on without: ', 'c');
    expect(typist.said).toContain(
      "It can't be read: no server listens at /nonexistent/mysqld.sock",
    );
    await typist.answer('probe [mysql]: ', '');
    await typist.answer(KEY, `socket = ${database.socket}`);
    await typist.answer(KEY, '');
    await typist.answer('g goes on without: ', 'g');
    expect(typist.said).toMatch(
      /It can't be read: the server says: Access denied for user 'vmmanage'/,
    );
    await finish(typist, '> 50 for 3');
    const line = "CREATE USER 'vmmanage'@'localhost' IDENTIFIED VIA unix_socket;";
    expect(typist.said).toContain(`  ${line}`);
    expect(readFileSync(file, 'utf8')).toContain(`socket = ${database.socket}`);
  });

  it('takes the line that is printed, and it grants nothing', async () => {
    const options = { user: 'vmmanage', host: undefined, password: undefined };
    const lines = mysql.setup?.(options as never) ?? [];
    const statement = lines.find((line) => line.startsWith('  CREATE USER')) ?? '';
    await database.query(statement);
    const grants = await database.query("SHOW GRANTS FOR 'vmmanage'@'localhost'");
    expect(grants.flatMap((row) => Object.values(row))).toEqual([
      expect.stringMatching(
        /^GRANT USAGE ON \*\.\* TO `vmmanage`@`localhost` IDENTIFIED VIA unix_socket$/,
      ),
    ]);
    await database.query("DROP USER 'vmmanage'@'localhost'");
  });
});

it('a web server is read, and suffers when its idle workers are few', async () => {
  const { typist, file } = begin(`--probe apache --set probe.url=${apache.url}/server-status`);
  await typist.answer(KEY, '');
  await finish(typist, `< ${(WORKERS - 1) / 2} for 3`);
  expect(typist.said).toContain(`It reads ${WORKERS - 1} workers`);
  expect((await vmmanage('check', '-c', file)).status).toBe(0);
});

describe('a database that was asked for nothing slow', () => {
  it('gives no guess, and an example is not said to be from it', async () => {
    const { typist } = begin(`--probe mysql --set probe.socket=${database.socket}`);
    await typist.answer(KEY, `user = ${TENANT.user}`);
    await typist.answer(KEY, 'interval = 1s');
    await typist.answer(KEY, 'password');
    await typist.answer('password (not shown): ', TENANT.password);
    await typist.answer(KEY, '');
    await typist.answer('policy: ', 'threshold-aware');
    await typist.type('suffering [> 50 for 3]: ', CTRL_C);
    expect(typist.said).toContain('It reads 0/s');
    expect(typist.said).toContain('> 50 for 3 is a guess (an example)');
  });
});

describe('who may not write there', () => {
  const NOBODY = 'setpriv --reuid=65534 --regid=65534 --clear-groups --';

  it('is told so before anything is asked', async () => {
    const { folder, typist } = begin('', undefined, NOBODY);
    expect(await typist.status()).toBe(1);
    expect(typist.said).toContain(`vmmanage.conf can't be written: EACCES at ${folder}`);
    expect(typist.said).toMatch(/become root; or say -o FILE/);
    expect(typist.said).not.toContain('probe');
  });
});

describe('a name without its folder', () => {
  it('is taken for one in the present folder, also by a password beside it', async () => {
    const folder = tempFolder();
    const typist = new Typist(
      `cd ${folder} && ${PROGRAM} init -o mine.conf --no-try --probe mysql`,
    );
    await typist.answer(KEY, 'password');
    await typist.answer('password (not shown): ', 'secret');
    await typist.answer(KEY, '');
    await finish(typist, '> 50 for 3');
    expect(readdirSync(folder).sort()).toEqual(['mine.conf', 'probe-password']);
  });
});

describe('who leaves', () => {
  it.each([
    ['by Ctrl-C at a question', CTRL_C],
    ['by Ctrl-D at a question', CTRL_D],
  ])('%s leaves nothing behind', async (_, key) => {
    const { folder, typist } = begin('--probe mysql');
    await typist.answer(KEY, 'password');
    await typist.answer('password (not shown): ', 'secret');
    await typist.type(KEY, key);
    expect(await typist.status()).toBe(130);
    expect(typist.said).toContain('interrupted; nothing was written');
    expect(readdirSync(folder)).toEqual([]);
  });

  it('while the service is read doesn’t wait for it, and leaves nothing behind', async () => {
    const { folder, typist } = begin("--probe command --set 'probe.command=sleep 321'");
    const before = trialFolders();
    await typist.answer(KEY, '');
    await typist.type('Reading it once', CTRL_C);
    expect(await typist.status()).toBe(130);
    expect([readdirSync(folder), trialFolders().filter((name) => !before.includes(name))]).toEqual([
      [],
      [],
    ]);
  });

  it('after agreeing to replace a conf leaves it as it was', async () => {
    const { folder, file, typist } = begin('--probe system --set probe.measure=load', '; mine\n');
    await typist.answer('[y/N] ', 'y');
    await typist.answer(KEY, '');
    await typist.type('policy: ', CTRL_C);
    expect(await typist.status()).toBe(130);
    expect([readFileSync(file, 'utf8'), readdirSync(folder)]).toEqual([
      '; mine\n',
      ['vmmanage.conf'],
    ]);
  });
});
