/** A network that breaks: passes bytes on, and cuts each connection after a random number of them. */
import { connect, createServer, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';

export interface CuttingProxy {
  readonly port: number;
  /** Connections that were cut in the middle. */
  readonly cuts: number;
  /** From now on none is cut. */
  mend(): void;
}

/** Each direction of a connection gets `mostBytes` at most. */
export async function startCuttingProxy(to: number, mostBytes: number): Promise<CuttingProxy> {
  let [cuts, mended] = [0, false];
  const server = createServer((client) => {
    const sink = connect(to, '127.0.0.1');
    const cut = () => {
      cuts += 1;
      client.resetAndDestroy();
      sink.resetAndDestroy();
    };
    for (const [from, into] of [
      [client, sink],
      [sink, client],
    ] as const) {
      const budget = mended ? Number.POSITIVE_INFINITY : Math.floor(Math.random() * mostBytes);
      passOn(from, into, budget, cut);
    }
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  onTestFinished(() => void server.close());
  const address = server.address();
  return {
    port: typeof address === 'object' ? (address?.port ?? 0) : 0,
    get cuts() {
      return cuts;
    },
    mend: () => {
      mended = true;
    },
  };
}

function passOn(from: Socket, into: Socket, budget: number, cut: () => void): void {
  let left = budget;
  from.on('data', (bytes) => {
    const whole = bytes.length <= left;
    left -= bytes.length;
    if (whole) return void into.write(bytes);
    // The bytes before the cut arrive.
    from.pause();
    into.write(bytes.subarray(0, bytes.length + left), cut);
  });
  from.on('end', () => into.end());
  from.on('error', () => into.destroy());
}
