/** What a process that logs really writes: to a pipe, and to what JOURNAL_STREAM says is the journal. */
import { spawnSync } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';
import { tempFolder } from '../support/temp.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SAYS = `
const { localLog } = await import('${ROOT}/src/daemon/local-log.ts');
const { systemClock } = await import('${ROOT}/src/system/clock.ts');
const log = localLog('info', systemClock());
log.error('the disk is full', { problem: 'no space left', code: 28 });
log.warn('two\\nlines', { why: undefined });
log.info('Now using xen2');
log.debug('not at this level');
log.info('Now using xen2');
log.cycle('again');
log.cycle('again');
log.setLevel('error');
log.info('no more');
log.end();
`;

/** What came to stderr. \`stream\` makes JOURNAL_STREAM of the file that stderr is. */
function said(stream?: (device: bigint, inode: bigint) => string): string[] {
  const path = join(tempFolder(), 'stderr');
  const file = openSync(path, 'w');
  const { dev, ino } = fstatSync(file, { bigint: true });
  const env = { ...process.env, ...(stream ? { JOURNAL_STREAM: stream(dev, ino) } : {}) };
  if (!stream) delete env.JOURNAL_STREAM;
  const words = ['--import', 'tsx', '--input-type=module', '-e', SAYS];
  const { status, stdout } = spawnSync(process.execPath, words, {
    ...{ cwd: ROOT, env, encoding: 'utf8', stdio: ['ignore', 'pipe', file] },
  });
  closeSync(file);
  expect({ status, stdout }).toEqual({ status: 0, stdout: '' });
  return readFileSync(path, 'utf8').trimEnd().split('\n');
}

const PLAIN = [
  'error: the disk is full problem="no space left" code=28',
  'warn: two\\u{a}lines',
  'info: Now using xen2',
  'info: again',
  'info: again',
  'info: Now using xen2 (once more in the last minute)',
];

it('lines begin with their level on a terminal, in a pipe and in a file', () => {
  expect(said()).toEqual(PLAIN);
});

it('lines begin with their priority in the journal', () => {
  const lines = said((device, inode) => `${device}:${inode}`);
  const priorities = { error: '<3>', warn: '<4>', info: '<6>' };
  expect(lines).toEqual(
    PLAIN.map((line) => line.replace(/^(\w+): /, (_, level: 'error') => priorities[level])),
  );
});

it("a stderr that was turned elsewhere isn't the journal, though the variable is there", () => {
  expect(said((device, inode) => `${device}:${inode + 1n}`)).toEqual(PLAIN);
});
