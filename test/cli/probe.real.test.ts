/** `vmmanage probe` against a real MariaDB: a difference needs two readings, and says so. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { type Mariadb, startMariadb, TENANT } from '../support/mariadb.ts';
import { tempFolder } from '../support/temp.ts';
import { fakeTerminal } from './support/terminal.ts';

let server: Mariadb;
beforeAll(async () => {
  server = await startMariadb();
});
afterAll(() => server.remove());

async function probe(as: 'delta' | 'value', ...args: string[]) {
  const path = join(tempFolder(), 'vmmanage.conf');
  const conf = `
[array]
hosts = xen1, xen2
[probe q]
kind = mysql
variable = Questions
as = ${as}
interval = 300ms
socket = ${server.socket}
user = ${TENANT.user}
password = '${TENANT.password}'
[policy p]
kind = threshold-aware
suffering = > 50 for 3
`;
  writeFileSync(path, conf, { mode: 0o600 });
  const terminal = fakeTerminal();
  const status = await runCli(['probe', '-c', path, ...args], terminal);
  return { status, ...terminal.printed };
}

describe('probe', () => {
  it('reads a difference twice, an interval apart', async () => {
    const { status, out, err } = await probe('delta');
    expect(err).toBe('q: a difference; reading again in 0.3 s\n');
    expect(out).toMatch(/^q \(mysql\) {2}\d+(\.\d+)?\/300ms, in [\d.]+ ms\n$/);
    expect(status).toBe(0);
  });

  it('reads a value once, and shows what the server answered', async () => {
    const { status, out, err } = await probe('value', '-v');
    expect([status, err]).toEqual([0, '']);
    expect(out).toMatch(/^q \(mysql\) {2}\d+, in [\d.]+ ms\n.*Questions \d+/s);
  });
});
