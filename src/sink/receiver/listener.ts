/** Where the sink listens. It hands over connections, and reads nothing of what they say. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Tell } from '../notice.ts';

/** One connection as the sink has it. */
export interface Admitted {
  readonly socket: Socket;
  /** The address that it came from, without a port; IPv4 as such, also where an IPv6 socket took it. */
  readonly peer: string;
  /** The client certificate's name, where one was asked for. */
  readonly certificate?: string;
}

/** A port of an address of this machine; 0: any free one. */
export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface Listener {
  /** Of use where 0 was asked for. */
  readonly port: number;
  /** Resolves when connections come in; rejects where the address can't be had. */
  listen(admit: (admitted: Admitted) => void): Promise<void>;
  /** No further connection comes in; those that were admitted stay. */
  close(): void;
}

export interface ListenerParts {
  readonly tell: Tell;
}

const KEEPALIVE_AFTER_MS = 60_000;

export async function openListener(endpoint: Endpoint, parts: ListenerParts): Promise<Listener> {
  return new Door(endpoint, parts.tell);
}

/** A reset, not a FIN: the sender then knows that nothing it wrote was read. */
export function refuse(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.resetAndDestroy();
}

class Door implements Listener {
  readonly #endpoint: Endpoint;
  readonly #tell: Tell;
  readonly #server: Server;
  port = 0;

  constructor(endpoint: Endpoint, tell: Tell) {
    this.#endpoint = endpoint;
    this.#tell = tell;
    this.#server = createServer({
      allowHalfOpen: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_AFTER_MS,
    });
  }

  async listen(admit: (admitted: Admitted) => void): Promise<void> {
    this.#server.on('connection', (socket: Socket) =>
      admit({ socket, peer: peerOf(socket.remoteAddress) }),
    );
    this.#server.listen(this.#endpoint);
    await once(this.#server, 'listening');
    this.port = (this.#server.address() as AddressInfo).port;
    // Running out of descriptors is one connection's failure, not the sink's.
    this.#server.on('error', (error) => {
      const fields = { error: String(error) };
      this.#tell({ level: 'warn', text: 'connection not accepted', fields });
    });
  }

  close(): void {
    this.#server.close();
  }
}

/** `::ffff:192.0.2.7` is 192.0.2.7, seen through a socket of both families. */
function peerOf(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? 'unknown';
}
