/**
 * The daemon on journals that other versions left, with a move under way: the move is ended once and not
 * begun a second time, or the daemon doesn't start.
 */
import { chmodSync, cpSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Rig, until } from '../support/rig.ts';

const STORED = join(import.meta.dirname, '../daemon/journals');

/** A guest whose commands keep a diary of each move that they are asked for. */
function guestAt(host: string, journal: string) {
  const rig = new Rig('');
  const diary = join(rig.folder, 'diary');
  const script = (name: string, line: string) => {
    const path = join(rig.folder, name);
    writeFileSync(path, `#!/bin/sh\n${line}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  rig.write(`[array]
hosts = xen1, xen2, xen3
[probe load]
kind = command
command = /bin/echo 3
[policy db]
kind = threshold-aware
suffering = > 50 for 3
[migrator]
kind = command
migrate = ${script('move', `echo "$*" >>${diary}`)} {request} {to}
locate = ${script('locate', `echo ${host}`)}
`);
  cpSync(join(STORED, journal), rig.state, { recursive: true });
  const moves = () => (existsSync(diary) ? readFileSync(diary, 'utf8') : '');
  return { rig, moves };
}

const VERSIONS = ['before', 'now', 'next'];

describe.each(VERSIONS)('a journal of the version %s', (version) => {
  it.each([
    ['xen3', 'confirmed'],
    ['xen2', 'failed'],
  ])('whose guest is found at %s has its move %s, once', async (host, outcome) => {
    const { rig, moves } = guestAt(host, version);
    const before = rig.journalText();
    const daemon = await rig.startAndWait();
    await until('the outcome', () => rig.isIdle());
    await daemon.end();
    expect(moves()).toBe('');
    expect(rig.journalText().startsWith(before)).toBe(true);
    const numbers = rig
      .journalText()
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line).seq);
    expect(numbers).toEqual(numbers.map((_, index) => numbers[0] + index));
    const entries = (await rig.records()).map(({ entry }) => entry);
    const open = entries.findLast(({ type }) => type === 'intended') as { request: string };
    const ends = entries.filter(({ type }) => type === 'outcome');
    expect(ends.at(-1)).toMatchObject({ request: open.request, outcome, host });
    expect(ends.filter((end) => (end as typeof open).request === open.request)).toHaveLength(1);
  });
});

it.each(['next-of-open-request', 'next-but-one'])('nothing begins with %s', async (version) => {
  const { rig, moves } = guestAt('xen2', version);
  const before = rig.journalText();
  const daemon = rig.start();
  await until('the daemon to end', () => !daemon.running);
  expect(daemon.said).toMatch(/journal\.jsonl:12 is .*; not starting\. Install the version/);
  expect(await daemon.end()).toBe(65);
  expect([rig.journalText(), moves()]).toEqual([before, '']);
});
