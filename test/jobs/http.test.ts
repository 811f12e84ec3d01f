/** What is said of a server that can't be used. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, it, onTestFinished } from 'vitest';
import { exchange, statusText } from '../../src/system/exchange.ts';

it('that it speaks no TLS', async () => {
  const server = createServer((_, answer) => answer.end('x'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const asked = {
    method: 'GET',
    url: `https://${host}/builds`,
    maxBytes: 100,
    access: {},
  } as const;
  expect(await exchange(asked, AbortSignal.timeout(5_000))).toEqual({
    failed: `${host}: no TLS is spoken there; http://?`,
  });
});

it.each([
  ['nobody', {}, ': it asks who you are (a user with a password, or a token)'],
  ['a user', { user: 'ci', password: 'x' }, ": it doesn't accept user ci with this password"],
  ['a token', { token: 'x' }, ": it doesn't accept this token"],
])('that it answers 401 to %s', (_, access, hint) => {
  expect(statusText(401, access)).toBe(`the server answers 401${hint}`);
});
