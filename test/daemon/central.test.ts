/** What the daemon makes of [log]: which sink it uses, and when it makes the connection anew. */
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import type { LogSettings } from '../../src/conf/loaded.ts';
import type { Entry } from '../../src/core/entries.ts';
import { INITIAL } from '../../src/core/state.ts';
import { Central } from '../../src/daemon/central.ts';
import { systemClock } from '../../src/system/clock.ts';
import { startServer } from '../sink/sender/help.ts';
import { until } from '../sink/support.ts';
import { freePort } from '../support/program.ts';
import { tempFolder } from '../support/temp.ts';

const CLOCK = systemClock();

function settingsOf(...ports: number[]): LogSettings {
  const sinks = ports.map((port) => ({ scheme: 'tcp' as const, host: '127.0.0.1', port }));
  const tls = { ca: undefined, cert: undefined, key: undefined };
  return { sinks, tls, spoolMaxBytes: 1024 * 1024, level: 'info', cycles: false };
}

/** A sink that ends in order, and a daemon's part that sends to it. */
async function setUp(passing?: string) {
  const server = await startServer((socket) => socket.resume().on('end', () => socket.end()));
  const log = { info: () => undefined } as never;
  const spoolFolder = join(tempFolder(), 'spool');
  const central = new Central({ clock: CLOCK, vm: 'db7', spoolFolder, passing, log });
  onTestFinished(() => central.close());
  const tell = (entry: Entry) => central.tell(entry, CLOCK.now(), INITIAL);
  return { ...server, central, tell };
}

const STARTED: Entry = { type: 'started', version: '1' };

it('says which sink is in use, and instead of which', async () => {
  const away = await freePort();
  const { central, port } = await setUp();
  expect(central.report()).toBeUndefined();
  await central.use(settingsOf(away, port));
  await until(() => central.report()?.connected === true);
  expect(central.report()).toEqual({
    ...{ url: `tcp://127.0.0.1:${port}`, instead_of: `tcp://127.0.0.1:${away}` },
    ...{ connected: true, queued: 0, dropped: 0 },
  });
});

it('says that what waits goes with the machine, and why', async () => {
  const { central, tell } = await setUp('this is a clone, whose disk goes with it');
  await central.use(settingsOf(await freePort()));
  tell(STARTED);
  await until(() => central.report()?.error !== undefined);
  const spool = 'this is a clone, whose disk goes with it';
  expect(central.report()).toMatchObject({ connected: false, queued: 1, spool });
  await central.use(settingsOf());
  expect(central.report()).toBeUndefined();
});

it.each<[Entry, number]>([
  [{ type: 'frozen', frozen_ms: 1500 }, 2],
  [{ type: 'moved-by-other', from: 'xen1', to: 'xen2' }, 2],
  [{ type: 'outcome', request: 'r', outcome: 'confirmed', reason: '', took_ms: 1 }, 2],
  [{ type: 'outcome', request: 'r', outcome: 'failed', reason: '', took_ms: 1 }, 1],
  [STARTED, 1],
])('after %o there were %d connections', async (entry, expected) => {
  const { central, tell, port, connections } = await setUp();
  await central.use(settingsOf(port));
  await until(() => central.report()?.connected === true);
  tell(entry);
  tell(STARTED);
  await until(() => central.report()?.queued === 0 && connections() >= expected);
  await until(() => central.report()?.connected === true);
  expect(connections()).toBe(expected);
});

it('keeps its connection over a reload that changes nothing of it', async () => {
  const { central, port, connections } = await setUp();
  await central.use(settingsOf(port));
  await until(() => connections() === 1);
  await central.use({ ...settingsOf(port), level: 'debug' });
  expect(central.report()?.connected).toBe(true);
  await central.use({ ...settingsOf(port), spoolMaxBytes: 65_536 });
  await until(() => connections() === 2);
});
