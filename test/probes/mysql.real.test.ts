/** The mysql probe against a real MariaDB: every answer it gives and every way in which it fails. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { mysql } from '../../src/probes/mysql.ts';
import type { Measurement, Probe } from '../../src/probes/probe.ts';
import { systemClock } from '../../src/system/clock.ts';
import { type Mariadb, startMariadb, TENANT } from '../support/mariadb.ts';
import { optionsFrom } from '../support/options.ts';

const clock = systemClock();
/** Long, so that no reading counts as one after a gap; read as often as a test likes. */
const INTERVAL_MS = 60_000;
const FIRST = { missing: 'first reading of a difference', first: true };

type Given = Parameters<typeof optionsFrom<typeof mysql.options>>[1];

let folder: string;
let server: Mariadb;
const opened: Probe[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vmmanage-tls-'));
  server = await startMariadb({ tcp: true, flags: certificate(folder) });
}, 60_000);

afterEach(async () => {
  server.thaw();
  await Promise.all(opened.splice(0).map((probe) => probe.close()));
});

afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A certificate that signs itself, for `localhost`. */
function certificate(into: string): string[] {
  const [key, cert] = [join(into, 'key.pem'), join(into, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
  const files = ['-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...request, ...name, ...files], { stdio: 'ignore' });
  return [`--ssl-key=${key}`, `--ssl-cert=${cert}`];
}

function open(given: Given = {}, intervalMs = INTERVAL_MS): Probe {
  const chosen = optionsFrom(mysql.options, { socket: server.socket, ...TENANT, ...given });
  const probe = mysql.open(chosen, { clock, intervalMs });
  opened.push(probe);
  return probe;
}

async function read(probe: Probe, timeoutMs = 20_000): Promise<Omit<Measurement, 'raw'>> {
  const { raw: _, ...measured } = await probe.read(AbortSignal.timeout(timeoutMs));
  return measured;
}

const number = { value: expect.any(Number) };

describe('a value', () => {
  it('is read as it stands', async () => {
    expect(await read(open({ as: 'value', variable: 'Threads_running' }))).toEqual({ value: 1 });
  });

  it('comes with what the server said', async () => {
    const { raw } = await open({ as: 'value' }).read(AbortSignal.timeout(20_000));
    expect(raw).toMatch(/^Slow_queries \d+\nUptime \d+$/);
  });

  it('is read over one connection, kept between readings', async () => {
    const probe = open({ as: 'value', variable: 'Connections' });
    expect(await read(probe)).toEqual(await read(probe));
  });

  it('leaves no connection behind when the probe is closed', async () => {
    const probe = open({ as: 'value' });
    await read(probe);
    await probe.close();
    const aborted = await server.query("SHOW GLOBAL STATUS LIKE 'Aborted_clients'");
    await read(open({ as: 'value' }));
    expect(await server.query("SHOW GLOBAL STATUS LIKE 'Aborted_clients'")).toEqual(aborted);
  });

  it('is missing where the server has no such variable', async () => {
    const missing = 'the server has no variable Slow_querys';
    expect(await read(open({ variable: 'Slow_querys' }))).toEqual({ missing });
  });

  it('is missing where it is not a number', async () => {
    expect(await read(open({ variable: 'Innodb_buffer_pool_load_status' }))).toEqual({
      missing: expect.stringMatching(/^Innodb_buffer_pool_load_status is not a number/),
    });
  });
});

describe('a difference', () => {
  it('counts the slow queries since the last reading', async () => {
    const probe = open({ per: '1h' });
    await server.query('SET GLOBAL long_query_time = 0.01');
    expect(await read(probe)).toEqual(FIRST);
    const fromMs = clock.monotonicMs();
    await Promise.all([1, 2, 3].map(() => server.query('SELECT SLEEP(0.05)')));
    const { value } = (await read(probe)) as { value: number };
    const passedMs = clock.monotonicMs() - fromMs;
    // Three in a time that is a little longer than the one measured here.
    expect(value).toBeGreaterThan(0);
    expect((value * passedMs) / 3_600_000).toBeLessThanOrEqual(3.001);
    expect((value * passedMs) / 3_600_000).toBeGreaterThan(1);
  });

  it('is zero where nothing was slow', async () => {
    const probe = open();
    await read(probe);
    expect(await read(probe)).toEqual({ value: 0 });
  });

  it('is missing after the counters were reset', async () => {
    const probe = open({ variable: 'Max_used_connections' });
    await Promise.all([1, 2, 3].map(() => server.query('SELECT SLEEP(0.05)')));
    await read(probe);
    await server.query('FLUSH STATUS');
    expect(await read(probe)).toEqual({ missing: 'the counter went back' });
  });
});

describe('a server that stops', () => {
  it('is a reason; when it is back the first difference is missing, then there is a number', async () => {
    const probe = open({}, 1_000);
    expect(await read(probe)).toEqual(FIRST);
    expect(await read(probe)).toEqual(number);
    await server.stop();
    expect(await read(probe)).toEqual({
      missing: expect.stringMatching(/^no server listens at .*mysqld\.sock$/),
    });
    await server.start();
    const readings = await readUntilNumber(probe);
    expect(readings.at(-2)).toEqual({
      missing: expect.stringMatching(/^the server was restarted$/),
    });
    expect(readings.at(-1)).toEqual(number);
  });

  it('and starts again between two readings is noticed', async () => {
    const probe = open();
    await read(probe);
    await server.restart();
    expect(await read(probe)).toEqual({ missing: 'the server was restarted' });
    expect(await read(probe)).toEqual(number);
  });

  it('by being killed is noticed as well', async () => {
    const probe = open();
    await read(probe);
    await server.kill();
    await server.start();
    expect(await read(probe)).toEqual({ missing: 'the server was restarted' });
  });

  it('answering is given up in time, and its late answer is never taken', async () => {
    const probe = open({ as: 'value' }, 0);
    expect(await read(probe)).toEqual(number);
    await server.freeze();
    expect(await read(probe, 50)).toEqual({ missing: 'no answer in time' });
    expect(await read(probe, 50)).toEqual({ missing: 'no answer in time' });
    server.thaw();
    expect(await read(probe)).toEqual(number);
  });

  async function readUntilNumber(probe: Probe) {
    const readings = [await read(probe)];
    while ('missing' in (readings.at(-1) ?? {})) {
      await clock.sleep(20);
      readings.push(await read(probe));
    }
    return readings;
  }
});

describe('who asks', () => {
  const denied = {
    missing: "the server says: Access denied for user 'tenant'@'localhost' (using password: YES)",
  };

  it('is refused with a wrong password, which is not told', async () => {
    const measured = await open({ password: 'wr0ng' }).read(AbortSignal.timeout(20_000));
    expect(measured).toEqual(denied);
  });

  it('is refused without one', async () => {
    const { user } = TENANT;
    const chosen = optionsFrom(mysql.options, { socket: server.socket, user });
    const probe = mysql.open(chosen, { clock, intervalMs: INTERVAL_MS });
    opened.push(probe);
    expect(await read(probe)).toEqual({ missing: denied.missing.replace('YES', 'NO') });
  });

  it('is known by the socket alone where the server does so', async () => {
    const { username: name } = userInfo();
    await server.query(`CREATE OR REPLACE USER '${name}'@'localhost' IDENTIFIED VIA unix_socket`);
    const chosen = optionsFrom(mysql.options, { socket: server.socket, user: name, as: 'value' });
    const probe = mysql.open(chosen, { clock, intervalMs: INTERVAL_MS });
    opened.push(probe);
    expect(await read(probe)).toEqual(number);
  });
});

describe('over TCP', () => {
  const tcp = () => ({ as: 'value', host: 'localhost', port: String(server.port) });

  it('is read', async () => {
    expect(await read(open({ ...tcp(), host: '127.0.0.1' }))).toEqual(number);
  });

  it('with TLS is read where the certificate fits', async () => {
    const ca = join(folder, 'cert.pem');
    const probe = open({ ...tcp(), tls: 'yes', ca, variable: 'Ssl_accepts' });
    expect(await read(probe)).toEqual(number);
  });

  it.each([
    ['comes from nobody we trust', {}, /self.signed certificate/],
    ['can only be held against an address', { host: '127.0.0.1' }, /needs the name/],
    [
      'is to come from a file that is not there',
      { ca: '/nonexistent' },
      /can't be read \(ENOENT\)/,
    ],
  ])('with TLS is a reason where the certificate %s', async (_, given, missing) => {
    const probe = open({ ...tcp(), tls: 'yes', ...given });
    expect(await read(probe)).toEqual({ missing: expect.stringMatching(missing) });
  });

  it('is a reason where nobody listens', async () => {
    const probe = open({ ...tcp(), host: '127.0.0.1', port: '1' });
    expect(await read(probe)).toEqual({ missing: 'no server listens at 127.0.0.1:1' });
  });

  it('is a reason where the host is not known', async () => {
    const probe = open({ ...tcp(), host: 'no-such-host.invalid' });
    expect(await read(probe)).toEqual({ missing: 'host no-such-host.invalid is not known' });
  });
});
