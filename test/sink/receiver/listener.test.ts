/** What a listener hands over: who it is that came, and that a refusal harms nobody. */
import { once } from 'node:events';
import { connect, type NetConnectOpts, type Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  type Admitted,
  type Listener,
  openListener,
  peerOf,
  refuse,
} from '../../../src/sink/receiver/listener.ts';
import { manualClock } from '../../support/manual-clock.ts';

async function open(host: string, admit: (admitted: Admitted) => void): Promise<Listener> {
  const parts = { clock: manualClock(), tell: () => undefined };
  const listener = await openListener({ host, port: 0 }, parts);
  onTestFinished(() => listener.close());
  await listener.listen(admit);
  return listener;
}

/** What comes of a client of this address at a listener of that one. */
async function admitted(at: string, from: string): Promise<Omit<Admitted, 'socket'>> {
  const all: Omit<Admitted, 'socket'>[] = [];
  const listener = await open(at, ({ socket, ...about }) => {
    all.push(about);
    socket.destroy();
  });
  await once(client({ port: listener.port, host: from }), 'close');
  expect(all.length).toBe(1);
  return all[0] ?? { peer: '' };
}

function client(to: NetConnectOpts): Socket {
  const socket = connect(to).on('error', () => undefined);
  onTestFinished(() => void socket.destroy());
  return socket;
}

describe('a peer', () => {
  it.each([
    ['by IPv4', '127.0.0.1', '127.0.0.1', '127.0.0.1'],
    ['by IPv6', '::1', '::1', '::1'],
    ['by IPv4 through a socket of both', '::', '127.0.0.1', '127.0.0.1'],
    ['by IPv6 through a socket of both', '::', '::1', '::1'],
  ])('%s is its address without a port', async (_, at, from, peer) => {
    expect(await admitted(at, from)).toEqual({ peer });
  });

  it.each([
    ['::ffff:192.0.2.7', '192.0.2.7'],
    ['::FFFF:192.0.2.7', '192.0.2.7'],
    ['::ffff:c000:207', '::ffff:c000:207'],
    ['2001:db8::7', '2001:db8::7'],
    [undefined, 'unknown'],
  ])('%s is %s', (address, peer) => {
    expect(peerOf(address)).toBe(peer);
  });
});

describe('a listener', () => {
  it('says its port, and nothing of TLS where there is none', async () => {
    const listener = await open('127.0.0.1', ({ socket }) => socket.destroy());
    expect(listener.port).toBeGreaterThan(0);
    expect(listener.turned).toEqual({ handshake: 0, certificate: 0, name: 0 });
    expect(listener.certificateEndsMs).toBeUndefined();
    await listener.reload();
  });

  it('refuses by a reset', async () => {
    const listener = await open('127.0.0.1', refuse);
    const refused = client({ port: listener.port, host: '127.0.0.1' });
    const [error] = await once(refused, 'error');
    expect(error).toMatchObject({ code: 'ECONNRESET' });
  });

  it('rejects where an address or a descriptor can not be had', async () => {
    const parts = { clock: manualClock(), tell: () => undefined };
    const at = async (place: { host: string; port: number } | { fd: number }) => {
      const listener = await openListener(place, parts);
      await listener.listen(() => undefined);
    };
    const { port } = await open('127.0.0.1', () => undefined);
    await expect(at({ host: '127.0.0.1', port })).rejects.toThrow('EADDRINUSE');
    await expect(at({ fd: 9999 })).rejects.toThrow(/EBADF|EINVAL/);
  });
});
