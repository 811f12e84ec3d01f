/** The report as another program reads it, and the built command as a tenant runs it. */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../../support/temp.ts';
import { CONF, fileOf } from './support.ts';

const FAILS = '[test fails]\nseries = 76x2\nexpect = nothing\n';

function run(program: string, ...args: string[]) {
  return spawnSync(program, args, { encoding: 'utf8' });
}

it('the built program writes a report that xmllint reads', () => {
  const folder = tempFolder();
  const report = join(folder, 'report.xml');
  const file = fileOf(`${CONF}${FAILS}`, `"<&>".test`, folder);
  const { status, stdout } = run('bin/vmmanage', 'test', file, '--junit', report);
  expect([status, stdout]).toEqual([1, expect.stringContaining('happened  move h1 -> h2 by db')]);
  const path = 'concat(//testsuite/@name, " ", count(//failure), " ", //testcase/@name)';
  const read = run('xmllint', '--xpath', path, report);
  expect([read.status, read.stdout.trim()]).toEqual([0, `${file} 1 fails`]);
});

it('the examples pass as they are installed', () => {
  const { status, stdout } = run('bin/vmmanage', 'test', 'etc/examples');
  expect(stdout).toMatch(/\d+ tests in 4 files: \d+ passed, 0 failed\n$/);
  expect(status).toBe(0);
});
