/** The central log through a stop and a start of the sink: every line, in order. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { apply } from '../../src/core/apply.ts';
import { sentence } from '../../src/core/sentences.ts';
import { INITIAL, type State } from '../../src/core/state.ts';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';
import { restlessConf } from '../support/restless.ts';
import { Rig, Running, until } from '../support/rig.ts';

let database: Mariadb;
beforeAll(async () => {
  database = await startMariadb();
});
afterAll(() => database.remove());

async function startSink(file: string, port = 0): Promise<{ sink: Running; port: number }> {
  const sink = new Running('sink', '--listen', `127.0.0.1:${port}`, '--file', file);
  onTestFinished(async () => void (await sink.end('SIGKILL')));
  const found = await until('the sink to listen', () => /127\.0\.0\.1:(\d+)/.exec(sink.said)?.[1]);
  return { sink, port: Number(found) };
}

const conf = (port: number) =>
  `${restlessConf(database.socket, 'kind = local\ndelay = 50ms')}
[log]
sink = tcp://127.0.0.1:${port}
`;

/** What the journal says the central log must hold, in its order. */
async function expectedTexts(rig: Rig): Promise<string[]> {
  let state: State = INITIAL;
  const texts: string[] = [];
  for (const { entry, at } of await rig.records()) {
    const said = sentence(entry, state.request);
    if (said) texts.push(said.text);
    state = apply(state, entry, at);
  }
  return texts;
}

it('holds every line of the guest in order, though the sink was stopped for a while', async () => {
  const rig = new Rig('');
  const file = join(rig.folder, 'central.log');
  const first = await startSink(file);
  rig.write(conf(first.port));
  await rig.startAndWait();
  const outcomes = async () =>
    (await rig.records()).filter(({ entry }) => entry.type === 'outcome').length;
  await until('some moves', async () => (await outcomes()) >= 3);
  expect(await first.sink.end()).toBe(0);
  const before = await outcomes();
  await until('moves while the sink is away', async () => (await outcomes()) >= before + 3);
  expect((await rig.status())?.sink).toMatchObject({ connected: false });
  const { sink } = await startSink(file, first.port);
  await until('the queue to empty', async () => (await rig.status())?.sink?.queued === 0);
  await until('moves after that', async () => (await outcomes()) >= before + 6);
  await rig.daemon?.end();
  await sink.end();

  const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
  const texts = await expectedTexts(rig);
  expect(lines).toHaveLength(texts.length);
  lines.forEach((line, i) => {
    expect(line).toMatch(/^\d{10} [A-Z][a-z]{2} [A-Z][a-z]{2} .\d \d\d:\d\d:\d\d \S+ \d{4} db7: /);
    expect(line).toContain(`db7: ${texts[i]}`);
  });
});
