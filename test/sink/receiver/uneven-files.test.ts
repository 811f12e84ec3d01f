/** A folder of which one guest's file takes nothing for a while: nobody else may pay for it, nor it for them. */
import { mkdirSync, rmdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { relpClient } from '../relp-client.ts';
import { connectTo, linesIn, startSink, temporaryFolder, until } from '../support.ts';

const RETRY = { firstMs: 1, maxMs: 5 };

/** A sink whose file for `bad` is a folder until `mend`. */
async function sinkWithBadFile(pendingBytes = 1_000_000) {
  const folder = join(temporaryFolder(), 'guests');
  const bad = join(folder, 'bad.log');
  mkdirSync(bad, { recursive: true });
  const disk = { retry: RETRY };
  const sink = await startSink({ store: { to: { folder }, disk }, limits: { pendingBytes } });
  return {
    sink,
    fileOf: (name: string) => join(folder, `${name}.log`),
    mend: () => rmdirSync(bad),
  };
}

const record = (name: string, seq: number) =>
  `<30>1 - ${name} vmmanage - - [vmmanage@32473 boot="6f" seq="${seq}"] text`;

test('a record sent again is answered only when its own file has it', async () => {
  const { sink, fileOf, mend } = await sinkWithBadFile();
  const first = await relpClient(sink.port);
  void first.send(record('bad', 1)).catch(() => undefined);
  await until(() => sink.status().lines === 1);
  first.cut();
  const other = await relpClient(sink.port);
  await other.send(record('good', 1));
  const second = await relpClient(sink.port);
  const answer = second.send(record('bad', 1));
  await until(() => sink.status().again === 1);
  await other.send(record('good', 2));
  expect(second.answered).toEqual([1]);
  mend();
  expect(await answer).toBe('200 OK');
  expect(await linesIn(fileOf('bad'), 1)).toHaveLength(1);
});

test('one connection is answered in order, whoever its records are of', async () => {
  const { sink, fileOf, mend } = await sinkWithBadFile();
  const relay = await relpClient(sink.port);
  const bad = relay.send(record('bad', 1));
  await until(() => sink.status().lines === 1);
  const good = relay.send(record('good', 1));
  await linesIn(fileOf('good'), 1);
  // What is answered to others now was due to it before.
  await (await relpClient(sink.port)).send(record('good', 2));
  expect(relay.answered).toEqual([1]);
  mend();
  await Promise.all([bad, good]);
  expect(relay.answered).toEqual([1, 2, 3]);
});

test('senders that wait for room go on when the bad file makes it', async () => {
  const { sink, fileOf, mend } = await sinkWithBadFile(1000);
  const [bad, good] = [await connectTo(sink.port), await connectTo(sink.port)];
  bad.write(`bad: ${'x'.repeat(700)}\n`);
  await until(() => sink.status().pendingBytes > 500);
  good.write(`good: ${'x'.repeat(700)}\n`);
  await linesIn(fileOf('good'), 1);
  await until(() => sink.status().pendingBytes < 1000);
  good.write('good: more\n');
  mend();
  await linesIn(fileOf('good'), 2);
});
