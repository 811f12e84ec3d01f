/**
 * Several probes on one connection to a real MariaDB, through a socket between them that can hold
 * queries back: who gives up, what is killed, and who hears whose answer.
 */
import { once } from 'node:events';
import { createConnection as connect, createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { mysql } from '../../src/probes/mysql.ts';
import type { Measurement, Probe } from '../../src/probes/probe.ts';
import { Shared } from '../../src/probes/shared.ts';
import { systemClock } from '../../src/system/clock.ts';
import { type Mariadb, startMariadb, TENANT } from '../support/mariadb.ts';
import { optionsFrom } from '../support/options.ts';
import { until } from '../support/rig.ts';
import { tempFolder } from '../support/temp.ts';

const clock = systemClock();
const INTERVAL_MS = 60_000;

let server: Mariadb;
beforeAll(async () => {
  server = await startMariadb();
}, 60_000);
afterAll(() => server.remove());

/** Carries bytes both ways; `hold` keeps what is asked, on the connections of that time. */
class Between {
  readonly path = join(tempFolder(), 's');
  readonly #server: Server;
  readonly #pairs: [Socket, Socket][] = [];

  constructor() {
    this.#server = createServer((client) => {
      const upstream = connect(server.socket);
      this.#pairs.push([client, upstream]);
      client.pipe(upstream).pipe(client);
      for (const each of [client, upstream]) each.on('error', () => undefined);
    });
  }

  get connections(): number {
    return this.#pairs.filter(([client]) => !client.destroyed).length;
  }

  async listen(): Promise<void> {
    this.#server.listen(this.path);
    await once(this.#server, 'listening');
    onTestFinished(() => {
      for (const each of this.#pairs.flat()) each.destroy();
      this.#server.close();
    });
  }

  hold(): () => void {
    const held = [...this.#pairs];
    for (const [client, upstream] of held) client.unpipe(upstream).pause();
    return () => {
      for (const [client, upstream] of held) if (!client.destroyed) client.pipe(upstream);
    };
  }
}

let between: Between;
let shared: Shared;
beforeEach(async () => {
  between = new Between();
  shared = new Shared();
  await between.listen();
});

type Given = Parameters<typeof optionsFrom<typeof mysql.options>>[1];

function open(variable: string, given: Given = {}, intervalMs = INTERVAL_MS): Probe {
  const where = { socket: between.path, ...TENANT, as: 'value' };
  const chosen = optionsFrom(mysql.options, { ...where, variable, ...given });
  const probe = mysql.open(chosen, { clock, intervalMs, shared });
  onTestFinished(() => probe.close());
  return probe;
}

async function read(probe: Probe, timeoutMs = 20_000): Promise<Measurement> {
  const { raw: _, ...measured } = await probe.read(AbortSignal.timeout(timeoutMs));
  return measured;
}

/** How many connections the server itself has of the tenant. */
async function seenByServer(): Promise<number> {
  const rows = await server.query('SHOW PROCESSLIST');
  return rows.filter((row) => row['User'] === TENANT.user).length;
}

async function questions(): Promise<number> {
  const [row] = await server.query("SHOW GLOBAL STATUS LIKE 'Com_show_status'");
  return Number(row?.['Value']);
}

const number = { value: expect.any(Number) };

describe('probes of one server', () => {
  it('use one connection, and the last one closes it', async () => {
    const [first, second] = [open('Threads_connected'), open('Open_tables')];
    expect(await read(first)).toEqual(number);
    expect(await read(second)).toEqual(number);
    expect(await seenByServer()).toBe(1);
    await first.close();
    expect(await read(second)).toEqual(number);
    expect(await seenByServer()).toBe(1);
    await second.close();
    await until('the server to notice', async () => (await seenByServer()) === 0);
  });

  it('that are read at one moment ask once, and each shows its own', async () => {
    const probes = ['Threads_connected', 'Open_tables', 'Uptime'].map((each) => open(each));
    await Promise.all(probes.map((probe) => read(probe)));
    const before = await questions();
    const all = await Promise.all(probes.map((probe) => probe.read(AbortSignal.timeout(20_000))));
    // One of the probes, and one of our own.
    expect((await questions()) - before).toBe(2);
    expect(all.map(({ raw }) => raw?.replace(/\d+/g, 'N'))).toEqual([
      'Threads_connected N\nUptime N',
      'Open_tables N\nUptime N',
      'Uptime N',
    ]);
  });

  it('are told apart by who asks', async () => {
    const mine = open('Threads_connected');
    const wrong = open('Threads_connected', { password: 'wr0ng' });
    const [read1, read2] = await Promise.all([read(mine), read(wrong)]);
    expect(read1).toEqual(number);
    expect(read2).toEqual({ missing: expect.stringMatching(/Access denied/) });
  });

  it('do not harm each other by asking for what is not there', async () => {
    const [right, wrong] = [open('Threads_connected'), open('Thread_connected')];
    const both = await Promise.all([read(right), read(wrong)]);
    expect(both).toEqual([number, { missing: 'the server has no variable Thread_connected' }]);
  });

  it('one of which joins while a query is under way still gets what it wants', async () => {
    const early = open('Threads_connected');
    await read(early);
    const release = between.hold();
    const waiting = read(early);
    const late = open('Open_tables');
    const joined = read(late);
    release();
    expect(await Promise.all([waiting, joined])).toEqual([number, number]);
    expect(await seenByServer()).toBe(1);
  });
});

describe('a query that one gives up', () => {
  it('is answered to the one who still waits, and never to anybody else', async () => {
    const [hasty, patient] = [open('Threads_connected'), open('Innodb_page_size')];
    await Promise.all([read(hasty), read(patient)]);
    const release = between.hold();
    const waiting = read(patient);
    expect(await read(hasty, 50)).toEqual({ missing: 'no answer in time' });
    // Gone past its backoff, on a new connection, while the old answer still hangs.
    const again = await readPastBackoff('Threads_connected');
    expect(again).toEqual(number);
    expect(between.connections).toBe(2);
    release();
    expect(await waiting).toEqual({ value: 16_384 });
    await until('the old connection to go', () => between.connections === 1);
  });

  it('by all takes its connection with it', async () => {
    const probes = [open('Threads_connected'), open('Open_tables')];
    await Promise.all(probes.map((probe) => read(probe)));
    const release = between.hold();
    const late = { missing: 'no answer in time' };
    expect(await Promise.all(probes.map((probe) => read(probe, 50)))).toEqual([late, late]);
    release();
    await until('the connection to go', () => between.connections === 0);
    expect(await readPastBackoff('Uptime')).toEqual(number);
  });

  /** As the same probe an interval later, without waiting for that. */
  function readPastBackoff(variable: string) {
    return read(open(variable));
  }
});

describe('a connection that the server kills in the middle of a query', () => {
  it('is missing for all who waited, and there again at the next reading', async () => {
    const probes = [open('Threads_connected', {}, 0), open('Open_tables', {}, 0)];
    await Promise.all(probes.map((probe) => read(probe)));
    between.hold();
    const waiting = Promise.all(probes.map((probe) => read(probe)));
    const rows = await server.query('SHOW PROCESSLIST');
    const id = rows.find((row) => row['User'] === TENANT.user)?.['Id'];
    await server.query(`KILL ${id}`);
    const lost = { missing: `connection to ${between.path} lost` };
    expect(await waiting).toEqual([lost, lost]);
    const next = await Promise.all(probes.map((probe) => read(probe)));
    expect(next).toEqual([number, number]);
    expect(await seenByServer()).toBe(1);
  });
});
