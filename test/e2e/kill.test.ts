/**
 * The daemon killed with -9 at random moments, with moves under way: whatever the moment, every
 * request ends in exactly one outcome, never two moves at once, no journal line is lost but a torn
 * last one (DESIGN.md §7, §11).
 */
import { appendFileSync, chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readJournal } from '../../src/daemon/journal.ts';
import { parseJournalLine } from '../../src/wire/journal.ts';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';
import { restlessConf } from '../support/restless.ts';
import { Rig, until } from '../support/rig.ts';

const KILLS = process.env['LONG'] ? 100 : 10;
/** So many requests must have been made meanwhile; a slow machine is given more lives for them. */
const REQUESTS_MIN = KILLS / 2 + 1;
const KILLS_MAX = 5 * KILLS;

let database: Mariadb;
beforeAll(async () => {
  database = await startMariadb();
});
afterAll(() => database.remove());

const conf = (migrator: string) => restlessConf(database.socket, migrator);

/**
 * Lets the daemon live for a random while, again and again; every line it wrote is kept aside.
 * Resolves with where the guest is seen in the end.
 */
async function killAgainAndAgain(rig: Rig): Promise<unknown> {
  const seen = new Set<string>();
  const requests = () => [...seen].filter((line) => line.includes('"type":"intended"')).length;
  for (let i = 0; i < KILLS || (i < KILLS_MAX && requests() < REQUESTS_MIN); i += 1) {
    const daemon = await rig.startAndWait();
    await sleep(Math.random() * 900);
    const before = rig.journalText().split('\n').slice(0, -1);
    for (const line of before) seen.add(line);
    await daemon.end('SIGKILL');
    expect(parseJournalLine(before.at(-1) ?? '')).toBeDefined();
  }
  const daemon = await rig.startAndWait();
  await rig.act('/v1/pause');
  await until('the last request to end', () => rig.isIdle());
  const where = await rig.look('/v1/where');
  await daemon.end();
  const after = new Set(rig.journalText().split('\n'));
  for (const line of seen) expect(after).toContain(line);
  return where.body;
}

/** Every request ends in exactly one outcome, and none begins while another is open. */
async function expectWholeRequests(rig: Rig): Promise<number> {
  const { records, warnings } = await readJournal(rig.state);
  expect(warnings).toEqual([]);
  expect(records.map(({ seq }) => seq)).toEqual(records.map((_, i) => i + 1));
  let open: string | undefined;
  const outcomes = new Map<string, number>();
  for (const { entry } of records) {
    if (entry.type === 'intended') {
      expect(open).toBeUndefined();
      expect(outcomes.has(entry.request)).toBe(false);
      open = entry.request;
      outcomes.set(open, 0);
    } else if (entry.type === 'outcome') {
      expect(entry.request).toBe(open);
      outcomes.set(entry.request, (outcomes.get(entry.request) ?? 0) + 1);
      open = undefined;
    }
  }
  expect(open).toBeUndefined();
  expect([...outcomes.values()].every((n) => n === 1)).toBe(true);
  return outcomes.size;
}

describe('killed at any moment', () => {
  it('with `local` moves under way', async () => {
    const rig = new Rig(conf('kind = local\ndelay = 150ms'));
    const where = await killAgainAndAgain(rig);
    expect(await expectWholeRequests(rig)).toBeGreaterThanOrEqual(REQUESTS_MIN);
    const last = (await rig.records()).findLast(({ entry }) => entry.type === 'outcome')?.entry;
    expect(where).toMatchObject({ kind: 'at', host: (last as { host?: string }).host });
  });

  it('with commands of the tenant’s own under way, which go on', async () => {
    const rig = new Rig('');
    const diary = join(rig.folder, 'diary');
    const place = join(rig.folder, 'place');
    writeFileSync(place, 'h1\n');
    const script = (name: string, text: string) => {
      const path = join(rig.folder, name);
      writeFileSync(path, `#!/bin/sh\n${text}\n`);
      chmodSync(path, 0o755);
      return path;
    };
    const move = script(
      'move',
      `echo "begin $2" >>${diary}\nsleep 0.2\necho "$1" >${place}\necho "end $2" >>${diary}`,
    );
    const locate = script('locate', `cat ${place}`);
    rig.write(conf(`kind = command\nmigrate = ${move} {to} {request}\nlocate = ${locate}`));
    await killAgainAndAgain(rig);
    const requests = await expectWholeRequests(rig);
    expect(requests).toBeGreaterThanOrEqual(REQUESTS_MIN);
    const lines = readFileSync(diary, 'utf8').trim().split('\n');
    for (let i = 0; i < lines.length; i += 2) {
      const id = lines[i]?.replace('begin ', '');
      expect(lines.slice(i, i + 2)).toEqual([`begin ${id}`, `end ${id}`]);
    }
    expect(new Set(lines).size).toBe(lines.length);
  });

  it('a line torn by the kill is dropped, and nothing else', async () => {
    const rig = new Rig(conf('kind = local\ndelay = 50ms'));
    const daemon = await rig.startAndWait();
    await until('a move', async () =>
      (await rig.records()).some((r) => r.entry.type === 'outcome'),
    );
    await daemon.end('SIGKILL');
    const path = join(rig.state, 'journal.jsonl');
    const whole = readFileSync(path, 'utf8');
    appendFileSync(path, '{"v":1,"seq":');
    await (await rig.startAndWait()).end();
    expect(readFileSync(path, 'utf8').startsWith(whole)).toBe(true);
    expect(rig.daemon?.said).toContain('torn last line');
    expect((await readJournal(rig.state)).warnings).toEqual([]);
  });
});
