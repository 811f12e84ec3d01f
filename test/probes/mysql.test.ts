/** The mysql probe without a server, and with ones that misbehave as no MariaDB would. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { mysql, parseStatus } from '../../src/probes/mysql.ts';
import type { Measurement, Probe } from '../../src/probes/probe.ts';
import { systemClock } from '../../src/system/clock.ts';
import { optionsFrom } from '../support/options.ts';
import { RUNS } from '../support/runs.ts';

const clock = systemClock();

interface Fixture {
  readonly program: string;
  readonly version: string;
  readonly rows: readonly (readonly string[])[];
}

/** Rows as mysql2 gives them, captured from the program and version that the file names. */
const fixture = JSON.parse(
  readFileSync(new URL('./fixtures/mysql-status.json', import.meta.url), 'utf8'),
) as Fixture;

describe(`rows of ${fixture.program} ${fixture.version}`, () => {
  it.each([
    ['Slow_queries', 0],
    ['slow_QUERIES', 0],
    ['Threads_running', 1],
    ['Bytes_sent', 514],
    ['Uptime', 0],
  ])('give %s', (variable, value) => {
    expect(parseStatus(fixture.rows, variable)).toEqual({ value, uptimeS: 0 });
  });

  it.each([
    ['Ssl_version', 'Ssl_version is not a number: '],
    ['wsrep_cluster_status', 'wsrep_cluster_status is not a number: Disconnected'],
    [
      'Innodb_buffer_pool_load_status',
      'Innodb_buffer_pool_load_status is not a number: Buffer pool(s) load completed at 261121…',
    ],
    ['Slow_querys', 'the server has no variable Slow_querys'],
  ])('give a reason instead of %s', (variable, missing) => {
    expect(parseStatus(fixture.rows, variable)).toEqual({ missing });
  });
});

describe('made-up rows', () => {
  it.each([
    ['a decimal', '12.5', 12.5],
    ['a negative number', '-3', -3],
    ['the largest number that is exact', '1000000000000000', 1e15],
    ['an exponent', '1e3', 1000],
  ])('with %s give a number', (_, text, value) => {
    const rows = [
      ['V', text],
      ['Uptime', '7'],
    ];
    expect(parseStatus(rows, 'V')).toEqual({ value, uptimeS: 7 });
  });

  it.each([
    '',
    ' ',
    'NaN',
    'Infinity',
    '0x10',
    '1 2',
    '1;',
    'null',
    '9007199254740993',
    '9'.repeat(21),
  ])('with %j give none', (text) => {
    const rows = [
      ['V', text],
      ['Uptime', '7'],
    ];
    expect(parseStatus(rows, 'V')).toEqual({ missing: expect.stringMatching(/^V is not a/) });
  });

  it.each([
    [['V', 'v'], 'the server has V more than once'],
    [['Uptime', 'UPTIME', 'V'], 'the server does not tell its uptime'],
  ])('that name a variable twice give none: %j', (names, missing) => {
    const rows = [...new Set([...names, 'Uptime', 'V'])].map((name) => [name, '1']);
    expect(parseStatus(rows, 'V')).toEqual({ missing });
  });

  it('without an uptime give none', () => {
    expect(parseStatus([['V', '1']], 'V')).toEqual({
      missing: 'the server does not tell its uptime',
    });
  });

  it('of any shape never throw, and give a number only where one row alone says it', () => {
    const name = fc.constantFrom('V', 'v', 'Uptime', 'uptime', 'W');
    const value = fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String));
    const column = fc.oneof(name, value, fc.anything());
    const rows = fc.array(fc.oneof(fc.tuple(name, value), fc.array(column)), { maxLength: 6 });
    let numbers = 0;
    fc.assert(
      fc.property(rows, (all) => {
        const status = parseStatus(all, 'V');
        if ('missing' in status) return;
        numbers += 1;
        const said = (wanted: string) =>
          all.filter(([given]) => String(given).toLowerCase() === wanted).map((row) => row[1]);
        expect(said('v').map(Number)).toEqual([status.value]);
        expect(said('uptime').map(Number)).toEqual([status.uptimeS]);
      }),
      { numRuns: RUNS },
    );
    expect(numbers).toBeGreaterThan(0);
  });
});

describe('the options', () => {
  it.each([
    ['a quote', "o'neil", "'o''neil'@"],
    ['a backslash', 'sales\\', "'sales\\\\'@"],
  ])('with %s in the user: it stays one word of the line to be typed', (_, user, written) => {
    const lines = mysql.setup?.(optionsFrom(mysql.options, { user })) ?? [];
    expect(lines.join()).toContain(`CREATE USER ${written}`);
  });

  it.each(['Slow_queries', 'Com_select', 'wsrep_local_state'])('take %s as a variable', (name) => {
    expect(optionsFrom(mysql.options, { variable: name }).variable).toBe(name);
  });

  it.each(['', "x' OR 1=1", 'Slow queries', 'a-b', 'é', 'x'.repeat(65)])(
    'refuse %j as a variable',
    (name) => {
      expect(() => optionsFrom(mysql.options, { variable: name })).toThrow(/status variable/);
    },
  );

  it.each(['db.example.org', '10.0.0.7', '::1'])('take %s as a host', (host) => {
    expect(optionsFrom(mysql.options, { host }).host).toBe(host);
  });

  it.each(['no such host', '-x', 'a/b'])('refuse %j as a host', (host) => {
    expect(() => optionsFrom(mysql.options, { host })).toThrow(/not the name of a host/);
  });

  it('keep the password secret', () => {
    expect(mysql.options.password.secret).toBe(true);
  });

  it.each([
    ['a delta per interval', {}, 10_000, '/10s'],
    ['a delta per minute', { per: '1m' }, 10_000, '/min'],
    ['a delta each minute', {}, 60_000, '/min'],
    ['a delta per second', { per: '1' }, 10_000, '/s'],
    ['a value', { as: 'value' }, 10_000, ''],
  ])('give the unit of %s', (_, given, intervalMs, unit) => {
    expect(mysql.unit(optionsFrom(mysql.options, given), intervalMs)).toBe(unit);
  });
});

describe('a server', () => {
  let folder: string;
  let socket: string;
  let server: Server | undefined;
  let probe: Probe | undefined;
  const clients = new Set<Socket>();

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vmmanage-mysql-'));
    socket = join(folder, 's');
  });

  afterEach(async () => {
    await probe?.close();
    probe = undefined;
    for (const client of clients) client.destroy();
    await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
    server = undefined;
    rmSync(folder, { recursive: true, force: true });
  });

  async function serve(onClient: (client: Socket) => void): Promise<void> {
    server = createServer((client) => {
      clients.add(client);
      client.on('error', () => undefined);
      onClient(client);
    });
    await new Promise<void>((resolve) => server?.listen(socket, resolve));
  }

  async function read(timeoutMs = 20_000): Promise<Measurement> {
    const options = optionsFrom(mysql.options, { socket });
    // An interval of no length: it never backs off.
    probe ??= mysql.open(options, { clock, intervalMs: 0 });
    return probe.read(AbortSignal.timeout(timeoutMs));
  }

  it('that is not there is a reason', async () => {
    expect(await read()).toEqual({ missing: `no server listens at ${socket}` });
  });

  it('that never answers is given up in time', async () => {
    await serve(() => undefined);
    expect(await read(50)).toEqual({ missing: 'no answer in time' });
  });

  it('that was given up is not listened to any longer', async () => {
    let ended = 0;
    await serve((client) => client.resume().on('close', () => (ended += 1)));
    await read(50);
    await read(50);
    while (ended < 2) await clock.sleep(5);
  });

  it('that hangs up is a reason', async () => {
    await serve((client) => client.end());
    expect(await read()).toEqual({ missing: `connection to ${socket} lost` });
  });

  it('that says it is full is a reason', async () => {
    // MySQL's error packet: length, sequence, 0xff, code 1040, text.
    const text = Buffer.from('Too many connections');
    const head = Buffer.from([text.length + 3, 0, 0, 0, 0xff, 0x10, 0x04]);
    await serve((client) => client.end(Buffer.concat([head, text])));
    expect(await read()).toEqual({ missing: 'the server says: Too many connections' });
  });

  it('that speaks another language is a reason', async () => {
    await serve((client) => client.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    expect(await read(200)).toEqual({ missing: expect.any(String) });
  });

  it('is not tried again at once, and the reason stands', async () => {
    let asked = 0;
    await serve((client) => {
      asked += 1;
      client.end();
    });
    const options = optionsFrom(mysql.options, { socket });
    probe = mysql.open(options, { clock, intervalMs: 60_000 });
    const first = await probe.read(AbortSignal.timeout(20_000));
    expect(await probe.read(AbortSignal.timeout(20_000))).toEqual(first);
    expect(asked).toBe(1);
  });
});
