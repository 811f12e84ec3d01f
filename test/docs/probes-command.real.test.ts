/** The examples of docs/probes/command.md, as they stand there, on the programs they are for. */
import { execFile } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openProbe } from '../../src/daemon/probing.ts';
import { probeKinds } from '../../src/probes/registry.ts';
import { Shared } from '../../src/probes/shared.ts';
import { systemClock } from '../../src/system/clock.ts';
import { check, loaded } from '../conf/help.ts';
import { type Store, startPostgres, startRedis } from '../support/stores.ts';
import { tempFolder } from '../support/temp.ts';

const clock = systemClock();
const PAGE = readFileSync('docs/probes/command.md', 'utf8');
const EXAMPLES = [...PAGE.matchAll(/^```ini\n([\s\S]*?)^```$/gm)].map(([, text]) => text).join('');

/** What the page's example `name` measures; `change` puts a test's own server into its text. */
async function measure(name: string, change: (text: string) => string = (text) => text) {
  const policy = `[policy p]\nkind = threshold-aware\nprobe = ${name}\nsuffering = > 50 for 3\n`;
  const conf = loaded(check([`[array]\nhosts = a, b\n${change(EXAMPLES)}\n${policy}`]));
  const configured = conf.probes.find((each) => each.name === name);
  if (!configured) throw new Error(`the page has no example ${name}`);
  const surroundings = { kinds: probeKinds, clock, shared: new Shared() };
  const probe = openProbe(configured, conf, surroundings);
  const { raw: _, ...measured } = await probe.read(AbortSignal.timeout(20_000));
  await probe.close();
  return measured;
}

it('a monitoring plugin', async () => {
  expect(await measure('root')).toEqual({ value: expect.any(Number) });
});

describe('PostgreSQL', () => {
  let store: Store;
  beforeAll(async () => {
    store = await startPostgres();
    store.ask(`CREATE ROLE "${userInfo().username}" LOGIN`);
  });
  afterAll(() => store.remove());

  const here = (text: string) => text.replaceAll('/run/postgresql', store.folder);

  it('tells how many sessions are at work', async () => {
    expect(await measure('sessions', here)).toEqual({ value: 0 });
  });

  it('tells how old the oldest transaction is', async () => {
    expect(await measure('oldest', here)).toEqual({ value: expect.any(Number) });
  });

  it('never tells of a transaction that is yet to begin', async () => {
    const [, query = ''] = /-c "(SELECT coalesce[^"]*)"/.exec(EXAMPLES) ?? [];
    const psql = (sql: string) =>
      promisify(execFile)('psql', [
        ...['-XAtqw', '-h', store.folder, '-U', 'postgres', '-d', 'postgres', '-c', sql],
      ]);
    // It begins, another begins, and then it looks.
    const looking = psql(`BEGIN; SELECT pg_sleep(1.5); ${query}`);
    await clock.sleep(500);
    const other = psql('BEGIN; SELECT pg_sleep(3)');
    const { stdout } = await looking;
    const age = Number(stdout.trim().split('\n').at(-1));
    await other;
    expect(age).toBeGreaterThan(0);
    expect(age).toBeLessThan(30);
  });

  it('that is not there is a reason', async () => {
    const gone = (text: string) => text.replaceAll('/run/postgresql', '/nonexistent');
    expect(await measure('sessions', gone)).toEqual({
      missing: expect.stringMatching(
        /^exit 2: psql: error: connection to server .* failed: No such file/,
      ),
    });
  });
});

describe('Redis', () => {
  let store: Store;
  beforeAll(async () => {
    store = await startRedis();
  });
  afterAll(() => store.remove());

  const at =
    ({ folder }: Store) =>
    (text: string) =>
      text.replaceAll('-p 6379', `-s ${join(folder, 'redis.sock')}`);

  it('tells how many jobs wait', async () => {
    expect(await measure('jobs', at(store))).toEqual({ value: 0 });
    store.ask('RPUSH', 'jobs', 'a', 'b', 'c');
    expect(await measure('jobs', at(store))).toEqual({ value: 3 });
  });

  it('tells how many clients are connected', async () => {
    expect(await measure('clients', at(store))).toEqual({ value: 1 });
  });

  it('whose key is no list is a reason', async () => {
    store.ask('SET', 'jobs', 'x');
    expect(await measure('jobs', at(store))).toEqual({
      missing: expect.stringMatching(/^exit 1: .*WRONGTYPE/),
    });
  });

  it('that wants a password gets it, and without it is a reason', async () => {
    const closed = await startRedis('--requirepass', 's3cret');
    const file = join(tempFolder(), 'redis');
    writeFileSync(file, 's3cret\n', { mode: 0o600 });
    const keys = `password_file = ${file}\npassword_in = REDISCLI_AUTH\n`;
    const here = at(closed);
    try {
      const open = (text: string) => here(text.replaceAll('unit    = jobs\n', keys));
      expect(await measure('jobs', open)).toEqual({ value: 0 });
      expect(await measure('jobs', here)).toEqual({ missing: expect.stringMatching(/NOAUTH/) });
    } finally {
      await closed.remove();
    }
  });
});
