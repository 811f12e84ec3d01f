/** The examples of the pages on probes of web pages, as they stand there, on the programs that they are for. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { probeKinds } from '../../src/probes/registry.ts';
import { systemClock } from '../../src/system/clock.ts';
import { check, loaded, warnings } from '../conf/help.ts';
import { startApache } from '../support/apache.ts';
import type { WebServer } from '../support/program.ts';
import { startNginx, startNodeExporter, startPrometheus } from '../support/web-servers.ts';
import { blocks } from './support.ts';

const clock = systemClock();
const PAGES = ['apache', 'http', 'prometheus', 'queue'].map((kind) => `docs/probes/${kind}.md`);
const EXAMPLES = PAGES.flatMap((page) => blocks(page, 'ini')).join('');
const CONF = `[array]\nhosts = xen1, xen2\nbase = xen9\n${EXAMPLES}`;

it('the examples are a conf that check finds nothing wrong with', () => {
  const checked = check([CONF]);
  expect(loaded(checked).probes.map(({ name }) => name)).toEqual([
    ...['web', 'requests', 'speed', 'backlog', 'nginx', 'load', 'disk', 'jobs', 'patience'],
  ]);
  // A whole conf has a migrator too.
  expect(warnings(checked)).toEqual([expect.stringMatching(/the migrator is local/)]);
});

/** What the page's example `name` measures where its server is at `url`. */
async function measure(name: string, url: string) {
  const conf = loaded(check([confAt(name, url)]));
  const configured = conf.probes.find((probe) => probe.name === name);
  const kind = probeKinds.find((each) => each.kind === configured?.kind);
  if (!configured || !kind) throw new Error(`the page has no example ${name}`);
  const probe = kind.open(configured.options, { clock, intervalMs: 60_000 });
  const { raw: _, ...measured } = await probe.read(AbortSignal.timeout(20_000));
  await probe.close();
  return measured;
}

/** The examples, with the address of one of them replaced, or added where the default is meant. */
function confAt(name: string, url: string): string {
  const section = new RegExp(`\\[probe ${name}\\]\n[^[]*`).exec(CONF)?.[0] ?? '';
  const given = /https?:\/\/[\w.]+(:\d+)?/.exec(section)?.[0];
  const there =
    given === undefined
      ? section.replace('\n', `\nurl = ${url}/server-status\n`)
      : section.replace(given, url);
  return CONF.replace(section, there);
}

const number = { value: expect.any(Number) };

describe('Apache', () => {
  let server: WebServer;
  beforeAll(async () => {
    server = await startApache('event');
  });
  afterAll(() => server.stop());

  it.each([
    ['web', number],
    ['requests', { missing: 'first reading of a difference' }],
  ])('tells of the example %s', async (name, expected) => {
    expect(await measure(name, server.url)).toMatchObject(expected);
  });
});

describe('nginx', () => {
  let server: WebServer;
  beforeAll(async () => {
    server = await startNginx();
  });
  afterAll(() => server.stop());

  it('tells how many requests it is answering', async () => {
    expect(await measure('nginx', server.url)).toEqual({ value: 1 });
  });

  it('that is gone is a reason', async () => {
    const gone = await startNginx();
    await gone.stop();
    expect(await measure('nginx', gone.url)).toEqual({
      missing: expect.stringMatching(/^no server listens at 127/),
    });
  });
});

describe('a service of your own', () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = createServer((_, answer) => answer.end('{"queue": {"length": 3}}'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => server.close());

  it.each([
    ['speed', number],
    ['backlog', { value: 3 }],
  ])('tells of the example %s', async (name, expected) => {
    expect(await measure(name, url)).toEqual(expected);
  });
});

describe('a queue', () => {
  let server: WebServer;
  beforeAll(async () => {
    server = await startNginx('location / { root site; }');
    mkdirSync(join(server.folder, 'site'));
  });
  afterAll(() => server.stop());

  it('tells of the examples', async () => {
    expect(await measure('jobs', server.url)).toEqual({ value: 0 });
    const job = { grade: 'a', payload: '2+2', added: new Date(clock.now().wallMs).toISOString() };
    const page = `grade b = 6*7\n${JSON.stringify(job)}\n`;
    writeFileSync(join(server.folder, 'site', 'builds'), page, { mode: 0o644 });
    expect(await measure('jobs', server.url)).toEqual({ value: 2 });
    expect(await measure('patience', server.url)).toEqual(number);
  });
});

describe('Prometheus', () => {
  let exporter: WebServer;
  let server: WebServer;
  beforeAll(async () => {
    exporter = await startNodeExporter();
    server = await startPrometheus(exporter);
  });
  afterAll(() => Promise.all([server.stop(), exporter.stop()]));

  it('and its exporter tell of the examples', async () => {
    expect(await measure('disk', exporter.url)).toEqual(number);
    // It looks for its targets each five seconds.
    let measured = await measure('load', server.url);
    while ('missing' in measured) {
      expect(measured.missing).toMatch(/no series answers|answers 503/);
      await clock.sleep(100);
      measured = await measure('load', server.url);
    }
    expect(measured).toEqual(number);
  });
});
