/**
 * The thesis's three guests, run by the built daemon with the very files of etc/examples and the real programs
 * that they measure: a database, a web server, a worker's queue. A second conf puts in where these are here,
 * and intervals that a test can wait for; nothing of a policy but the hours of the clock is changed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { SLOW_PAGE, startApache, WORKERS } from '../support/apache.ts';
import { Endpoint } from '../support/endpoint.ts';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';
import type { WebServer } from '../support/program.ts';
import { Rig, Running, until, vmmanage } from '../support/rig.ts';
import { Webdav } from '../support/webdav.ts';

const QUICK =
  '[constraints]\nsettle = 300ms\ncooldown = off\nretry = 1s\nlook = 300ms\nmax_moves = 99/24h\n';
/** Of a query that the server counts as slow. */
const SLOW_S = 0.02;

class Example extends Rig {
  readonly #example: string;

  /** `here`: what is different on this machine. */
  constructor(name: string, here: string) {
    super(`${QUICK}${here}`);
    this.#example = resolve('etc/examples', `${name}.conf`);
  }

  override start(): Running {
    this.daemon = new Running('run', '-c', this.#example, '-c', this.conf);
    return this.daemon;
  }

  /** What it asked for, and what became of it. */
  async story(): Promise<string[]> {
    const entries = (await this.records()).map(({ entry }) => entry);
    return entries.flatMap((entry) => {
      if (entry.type === 'intended') return [`${entry.verdict} to ${entry.to}`];
      return entry.type === 'outcome' ? [`${entry.outcome} at ${entry.host}`] : [];
    });
  }

  async told(what: string): Promise<void> {
    await until(what, async () => (await this.story()).includes(what), 40_000);
  }
}

describe('the database', () => {
  let database: Mariadb;
  beforeAll(async () => {
    database = await startMariadb({ flags: [`--long-query-time=${SLOW_S / 2}`] });
  });
  afterAll(() => database?.remove());

  it('moves when its queries are slow, and goes to the base when nobody asks any', async () => {
    const example = new Example(
      'database',
      `[probe slow]\nsocket = ${database.socket}\nuser = root\ninterval = 300ms\nper = 1m\n`,
    );
    await example.startAndWait();
    let loaded = true;
    const load = (async () => {
      while (loaded) await database.query(`SELECT SLEEP(${SLOW_S})`);
    })();
    onTestFinished(async () => {
      loaded = false;
      await load;
    });
    await example.told('confirmed at xen2');
    loaded = false;
    await load;
    await example.told('confirmed at xen9');
    expect((await example.story()).slice(0, 2)).toEqual(['move to xen2', 'confirmed at xen2']);
    expect((await example.story()).slice(-2)).toEqual(['base to xen9', 'confirmed at xen9']);
  });
});

describe('the web server', () => {
  let server: WebServer;
  beforeAll(async () => {
    server = await startApache('event');
  });
  afterAll(() => server?.stop());

  /** Keeps workers busy with pages that take their time; ends them when it is called. */
  function keepBusy(): () => void {
    const asked = Array.from({ length: WORKERS - 2 }, () =>
      request(`${server.url}${SLOW_PAGE}`, { agent: false }, (answer) => answer.resume())
        .on('error', () => undefined)
        .end(),
    );
    const stop = () => asked.forEach((each) => void each.destroy());
    onTestFinished(stop);
    return stop;
  }

  it('moves when its workers are busy in working hours, and goes to the base outside them', async () => {
    const probe = `[probe workers]\nurl = ${server.url}/server-status\ninterval = 300ms\n`;
    const notToday = new Date().getMonth() < 6 ? '12-24' : '02-03';
    const day = `${probe}[policy web]\nworkhours = 00:00-24:00\nclosed = ${notToday}\n`;
    const example = new Example('web', day);
    keepBusy();
    await example.startAndWait();
    await example.told('confirmed at xen2');
    // Now every day is closed.
    example.write(`${QUICK}${probe}[policy web]\nclosed = 01-01..12-31\n`);
    await vmmanage('reload', '--runtime', example.runtime);
    await example.told('confirmed at xen9');
    const asked = (await example.records()).flatMap(({ entry }) =>
      entry.type === 'intended' ? [`${entry.verdict}: ${entry.reason}`] : [],
    );
    expect(asked[0]).toMatch(/^move: suffering/);
    expect(asked.at(-1)).toBe('base: outside workhours');
  });
});

describe('the builder', () => {
  let pages: Webdav;
  let taker: Endpoint;
  beforeAll(async () => {
    pages = await Webdav.start();
    taker = await Endpoint.start();
  });
  afterAll(async () => {
    await taker?.close();
    await pages?.remove();
  });

  it('goes away for big jobs with the conf’s own commands, does them, and comes home', async () => {
    pages.publish('builds', `grade b = 1\n${'grade a = 6*7\n'.repeat(4)}grade b = 2^10\n`);
    const example = new Example('build', '');
    const bin = join(example.folder, 'bin');
    const place = join(example.folder, 'place');
    mkdirSync(bin);
    writeFileSync(place, 'xen1\n');
    const script = (name: string, text: string) =>
      writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    script('move-guest', `echo "$3" >${place}`);
    script('where-is', `cat ${place}`);
    example.write(`${QUICK}
[queue builds]
url = ${pages.url('builds')}
results = ${taker.url}
interval = 300ms
[migrator]
migrate = ${bin}/move-guest {vm} {from} {to}
locate = ${bin}/where-is {vm}
`);
    await example.startAndWait();
    const worker = new Running('work', '--runtime', example.runtime);
    onTestFinished(async () => void (await worker.end('SIGKILL')));
    await example.told('confirmed at xen1');
    expect(await example.story()).toEqual([
      ...['away to aws', 'confirmed at aws', 'home to xen1', 'confirmed at xen1'],
    ]);
    await until('all results', () => taker.results.length === 6);
    const outputs = taker.results.map(({ output }) => output).sort();
    expect(outputs).toEqual(['1\n', '1024\n', ...Array(4).fill('42\n')]);
  });
});
