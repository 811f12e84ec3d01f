/** The apache probe against Debian's Apache, with both kinds of workers, under load and behind locks. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apache } from '../../src/probes/apache.ts';
import type { Measurement, Probe } from '../../src/probes/probe.ts';
import { systemClock } from '../../src/system/clock.ts';
import { loadModules, SLOW_PAGE, startApache, WORKERS } from '../support/apache.ts';
import { optionsFrom } from '../support/options.ts';
import { mustFind, type WebServer } from '../support/program.ts';

const clock = systemClock();
/** Long, so that no reading counts as one after a gap; read as often as a test likes. */
const INTERVAL_MS = 60_000;

type Given = Parameters<typeof optionsFrom<typeof apache.options>>[1];

const opened: Probe[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((probe) => probe.close()));
});

function open(given: Given): Probe {
  const probe = apache.open(optionsFrom(apache.options, given), { clock, intervalMs: INTERVAL_MS });
  opened.push(probe);
  return probe;
}

async function read(probe: Probe): Promise<Omit<Measurement, 'raw'>> {
  const { raw: _, ...measured } = await probe.read(AbortSignal.timeout(20_000));
  return measured;
}

/** On a connection that isn't kept: a kept one would be a busy worker at the next reading. */
async function once(given: Given): Promise<Omit<Measurement, 'raw'>> {
  const probe = open(given);
  const measured = await read(probe);
  await probe.close();
  return measured;
}

/** Waits for a value; the test's time-out is the bound. */
async function untilRead(given: Given, value: number): Promise<void> {
  let measured = await once(given);
  while (!('value' in measured && measured.value === value)) {
    await clock.sleep(20);
    measured = await once(given);
  }
}

describe.each(['prefork', 'event'] as const)('an Apache of MPM %s', (mpm) => {
  let server: WebServer;
  let url: string;
  beforeAll(async () => {
    server = await startApache(mpm);
    url = `${server.url}/server-status`;
    await untilRead({ url }, WORKERS - 1);
  });
  afterAll(() => server.stop());

  it('has one busy worker, which answers us', async () => {
    await untilRead({ url, key: 'BusyWorkers' }, 1);
    await untilRead({ url, key: 'idle%' }, ((WORKERS - 1) / WORKERS) * 100);
  });

  it('has fewer idle workers under load, and all of them again afterwards', async () => {
    const clients = 5;
    const load = askSlowly(server, clients);
    try {
      await untilRead({ url }, WORKERS - 1 - clients);
      await untilRead({ url, key: 'BusyWorkers' }, clients + 1);
      await untilRead({ url, key: 'idle%' }, ((WORKERS - 1 - clients) / WORKERS) * 100);
    } finally {
      load.kill();
    }
    await untilRead({ url }, WORKERS - 1);
  });

  it('shows what it answered', async () => {
    const { raw } = await open({ url }).read(AbortSignal.timeout(20_000));
    expect(raw).toMatch(new RegExp(`^ServerMPM: ${mpm}$`, 'm'));
  });

  it('says which keys there are', async () => {
    expect(await read(open({ url, key: 'Threads' }))).toEqual({
      missing: expect.stringMatching(/^the page has no Threads; it has .*ServerUptimeSeconds/),
    });
    expect(await read(open({ url, key: 'IdleWorker' }))).toEqual({
      missing: 'the page has no IdleWorker (did you mean IdleWorkers?)',
    });
  });
});

/** Ended by the caller: the page takes a minute. */
function askSlowly(server: WebServer, clients: number): ChildProcess {
  const words = ['-q', '-c', String(clients), '-n', String(clients), `${server.url}${SLOW_PAGE}`];
  return spawn(mustFind('ab'), words, { stdio: 'ignore' });
}

describe('a difference', () => {
  let server: WebServer;
  beforeAll(async () => {
    server = await startApache('event');
  });
  afterAll(() => server.stop());

  it('counts the requests since the last reading, until the server is restarted', async () => {
    const url = `${server.url}/server-status?auto`;
    const probe = open({ url, key: 'Total Accesses', as: 'delta', per: '1h' });
    // A younger one can't be told from one that was just restarted.
    await untilRead({ url, key: 'ServerUptimeSeconds' }, 2);
    const earliestMs = clock.monotonicMs();
    expect(await read(probe)).toMatchObject({ missing: 'first reading of a difference' });
    const fromMs = clock.monotonicMs();
    execFileSync(mustFind('ab'), ['-q', '-n', '50', url]);
    const toMs = clock.monotonicMs();
    const { value } = (await read(probe)) as { value: number };
    const latestMs = clock.monotonicMs();
    const counted = (ms: number) => (value * ms) / 3_600_000;
    // Those of ab and one of our own, between two moments that lie outside of these and inside of those.
    expect(counted(toMs - fromMs)).toBeLessThan(52);
    expect(counted(latestMs - earliestMs)).toBeGreaterThan(50);
    server.signal('SIGHUP');
    await untilRead({ url, key: 'ServerUptimeSeconds' }, 1);
    expect(await read(probe)).toEqual({ missing: 'the server was restarted' });
  });
});

describe('an Apache that asks who is there', () => {
  const NAME = 'status.example.org';
  let server: WebServer;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vmmanage-tls-'));
    execFileSync('chmod', ['755', folder]);
    const [key, cert] = certificate(folder, NAME);
    const users = join(folder, 'users');
    const hash = execFileSync(mustFind('htpasswd'), ['-nbB', 'ops', 'right']).toString();
    writeFileSync(users, hash);
    server = await startApache(
      'event',
      `
${loadModules('ssl', 'auth_basic', 'authn_core', 'authn_file', 'authz_user')}
SSLEngine on
SSLCertificateFile ${cert}
SSLCertificateKeyFile ${key}
<VirtualHost *>
  ServerName www.example.org
  SSLEngine on
  SSLCertificateFile ${cert}
  SSLCertificateKeyFile ${key}
  <Location /server-status>
    SetHandler none
  </Location>
</VirtualHost>
<VirtualHost *>
  ServerName ${NAME}
  SSLEngine on
  SSLCertificateFile ${cert}
  SSLCertificateKeyFile ${key}
  <Location /server-status>
    AuthType Basic
    AuthName status
    AuthUserFile ${users}
    Require valid-user
  </Location>
</VirtualHost>
`,
    );
  });
  afterAll(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const given = () => ({
    ...{ url: `https://127.0.0.1:${server.port}/server-status`, ca: join(folder, 'cert.pem') },
    ...{ host: NAME, user: 'ops', password: 'right' },
  });

  it('is read with TLS, its name and a password', async () => {
    expect(await read(open(given()))).toEqual({ value: expect.any(Number) });
  });

  it('says no to a wrong password', async () => {
    expect(await read(open({ ...given(), password: 'wrong' }))).toEqual({
      missing: expect.stringMatching(/^the server answers 401/),
    });
  });

  it('has no such page on its other site', async () => {
    const { ca: _, ...elsewhere } = given();
    expect(await read(open({ ...given(), host: 'www.example.org' }))).toEqual({
      missing: expect.stringMatching(/certificate|altnames|answers 404/i),
    });
    expect(await read(open(elsewhere))).toEqual({
      missing: expect.stringMatching(/self.signed certificate/),
    });
  });
});

/** A key and a certificate that signs itself. */
function certificate(into: string, name: string): readonly [string, string] {
  const [key, cert] = [join(into, 'key.pem'), join(into, 'cert.pem')];
  const request = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  const subject = ['-subj', `/CN=${name}`, '-addext', `subjectAltName=DNS:${name}`];
  const files = ['-nodes', '-days', '2', '-keyout', key, '-out', cert];
  execFileSync('openssl', [...request, ...subject, ...files], { stdio: 'ignore' });
  return [key, cert];
}
