/** Several sinks: which is used, when the preferred one is used again, and connections made anew. */
import { expect, test } from 'vitest';
import { freePort } from '../../support/program.ts';
import { texts, textsOf } from '../records.ts';
import { linesIn, sentLinesOf, startSink, until } from '../support.ts';
import { sendAll, startSender, startServer, urlOf } from './help.ts';

test('the first that takes the connection is used, and all problems are told', async () => {
  const [away, alsoAway] = [await freePort(), await freePort()];
  const urls = [urlOf(away), urlOf(alsoAway)];
  const sender = startSender('', { urls });
  sendAll(sender, texts(10));
  await until(() => sender.status().lastError !== undefined);
  expect(sender.status().url).toBe(urls[0]);
  const refused = urls.map((url) => `${url}: connect ECONNREFUSED ${url.slice('tcp://'.length)}`);
  expect(sender.status().lastError).toBe(refused.join('; '));
  const second = await startSink({ listen: { host: '127.0.0.1', port: alsoAway } });
  await until(() => sender.status().queued === 0);
  expect(sender.status()).toMatchObject({ connected: true, url: urls[1], lastError: undefined });
  await until(() => second.status().lines === 10);
});

test('the preferred one is used again when it is back; nothing is lost or comes twice', async () => {
  const port = await freePort();
  const second = await startSink();
  const urls = [urlOf(port), urlOf(second.port)];
  const sender = startSender('', { urls, returnMs: 20 });
  sendAll(sender, texts(10));
  await until(() => second.status().lines === 10);
  const first = await startSink({ listen: { host: '127.0.0.1', port } });
  await until(() => sender.status().url === urls[0]);
  sendAll(sender, texts(10, 10));
  await linesIn(first.file, 10);
  expect(textsOf(sentLinesOf(second.file))).toEqual(texts(10));
  expect(textsOf(sentLinesOf(first.file))).toEqual(texts(10, 10));
});

test('one that takes connections and hangs up is passed over', async () => {
  const { port } = await startServer((socket) => socket.resetAndDestroy());
  const second = await startSink();
  const sender = startSender('', { urls: [urlOf(port), urlOf(second.port)] });
  sendAll(sender, texts(10));
  await until(() => second.status().lines >= 10);
  expect(sender.status().url).toBe(urlOf(second.port));
});

test('a connection is made anew when asked, at once, with nothing lost and nothing twice', async () => {
  const heard: string[] = [];
  const server = await startServer((socket, count) => {
    socket.setEncoding('utf8').on('data', (chunk) => {
      heard[count - 1] = (heard[count - 1] ?? '') + chunk;
    });
    socket.on('end', () => socket.end());
  });
  // A wait would show.
  const retry = { firstMs: 60_000, maxMs: 60_000 };
  const sender = startSender(urlOf(server.port), { retry });
  for (let round = 0; round < 5; round += 1) {
    await until(() => sender.status().connected && server.connections() === round + 1);
    sendAll(sender, texts(500, 500 * round));
    sender.renew();
  }
  await until(() => sender.status().queued === 0);
  await until(() => textsOf(heard.join('').split('\n')).length > 2500);
  expect(textsOf(heard.join('').trimEnd().split('\n'))).toEqual(texts(2500));
  expect(server.connections()).toBe(6);
});

test('a wait for the next try is ended when a connection is asked for', async () => {
  const port = await freePort();
  const sender = startSender(urlOf(port), { retry: { firstMs: 60_000, maxMs: 60_000 } });
  await until(() => sender.status().lastError !== undefined);
  await startSink({ listen: { host: '127.0.0.1', port } });
  sender.renew();
  await until(() => sender.status().connected);
});

test('one that is asked to be made anew soon is made to the same sink', async () => {
  const [first, second] = [await startSink(), await startSink()];
  const sender = startSender('', { urls: [urlOf(first.port), urlOf(second.port)] });
  for (let round = 0; round < 3; round += 1) {
    await until(() => sender.status().connected);
    sendAll(sender, texts(10, 10 * round));
    sender.renew();
    await until(() => first.status().lines === 10 * (round + 1));
  }
  expect(second.status().lines).toBe(0);
});
