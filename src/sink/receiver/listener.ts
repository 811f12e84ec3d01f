/**
 * Where the sink listens: a port of its own or a socket that systemd opened, plain or with TLS. It hands
 * over connections that may come in, and reads nothing of what they say. What it refuses it counts
 * and tells of; a socket that can't be had is the caller's error.
 */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import type { Clock } from '../../core/clock.ts';
import type { Tell } from '../notice.ts';
import type { TlsFiles } from './tls-files.ts';
import { openGate, type TlsGate, type TlsLimits } from './tls-gate.ts';

/** One connection as the sink has it. */
export interface Admitted {
  readonly socket: Socket;
  /** What it goes through where that is another one: the connection underneath TLS. */
  readonly carrier?: Socket;
  /** The address that it came from, without a port; IPv4 as such, also where an IPv6 socket took it. */
  readonly peer: string;
  /** The client certificate's name, where one was asked for; see tls-name.ts. */
  readonly certificate?: string;
}

/** A port of an address of this machine (0: any free one), or a descriptor that systemd handed over. */
export type Place = { readonly host: string; readonly port: number } | { readonly fd: number };

export type Endpoint = Place & { readonly tls?: TlsFiles };

/** What came in vain since the start. */
export interface Turned {
  /** The handshake failed, took too long, or was one of too many. */
  readonly handshake: number;
  /** No certificate of a client, or one that isn't trusted. */
  readonly certificate: number;
  /** A trusted one whose name isn't allowed. */
  readonly name: number;
}

export interface Listener {
  /** Of use where 0 was asked for; 0 for a unix socket. */
  readonly port: number;
  /** How many came in vain since the start; none without TLS. */
  readonly turned: Turned;
  /** When the sink's own certificate ends, in milliseconds since 1970; undefined without TLS. */
  readonly certificateEndsMs: number | undefined;
  /** Resolves when connections come in; rejects where the address or descriptor can't be had. */
  listen(admit: (admitted: Admitted) => void): Promise<void>;
  /** Reads certificates, key and names anew. What can't be read leaves the old in use, and is told. */
  reload(): Promise<void>;
  /** No further connection comes in; those that were admitted stay. */
  close(): void;
}

export interface ListenerParts {
  readonly clock: Clock;
  readonly tell: Tell;
  readonly limits?: Partial<TlsLimits>;
}

const KEEPALIVE_AFTER_MS = 60_000;
/** Who is on this machine and came by a unix socket, and who went before being asked. */
const LOCAL = 'local';
const GONE = 'unknown';
const NONE: Turned = { handshake: 0, certificate: 0, name: 0 };

/** Rejects where a file of its TLS can't be used. It listens only when it is told to. */
export async function openListener(endpoint: Endpoint, parts: ListenerParts): Promise<Listener> {
  const { tls, ...place } = endpoint;
  const gate = tls === undefined ? undefined : await openGate(tls, parts);
  return new Door(place, gate, parts.tell);
}

/**
 * Ends a connection at once: by a reset, not a FIN, so that the sender knows that nothing it wrote was
 * read. Of TLS it is the connection underneath that is reset: with TLS 1.3 a client takes itself for let
 * in before it is judged. Unix sockets know no reset; Node throws there.
 */
export function refuse({ socket, carrier = socket }: Pick<Admitted, 'socket' | 'carrier'>): void {
  socket.on('error', () => undefined);
  if (carrier.remoteAddress === undefined) socket.destroy();
  else carrier.resetAndDestroy();
}

class Door implements Listener {
  readonly #place: Place;
  readonly #gate: TlsGate | undefined;
  readonly #tell: Tell;
  readonly #server: Server;
  port = 0;
  #unix = false;

  constructor(place: Place, gate: TlsGate | undefined, tell: Tell) {
    this.#place = place;
    this.#gate = gate;
    this.#tell = tell;
    this.#server = createServer({
      allowHalfOpen: true,
      // An acknowledgement is short, and must not wait for that of an earlier one (Nagle).
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEPALIVE_AFTER_MS,
    });
  }

  get turned(): Turned {
    return this.#gate?.turned ?? NONE;
  }

  get certificateEndsMs(): number | undefined {
    return this.#gate?.certificateEndsMs;
  }

  async listen(admit: (admitted: Admitted) => void): Promise<void> {
    this.#server.on('connection', (socket: Socket) => this.#take(socket, admit));
    this.#server.listen(this.#place);
    await once(this.#server, 'listening');
    const address = this.#server.address() as AddressInfo | string | null;
    this.#unix = typeof address !== 'object';
    if (typeof address === 'object' && address !== null) this.port = address.port;
    // Running out of descriptors is one connection's failure, not the sink's.
    this.#server.on('error', (error) => this.#notAccepted(error));
  }

  async reload(): Promise<void> {
    await this.#gate?.reload();
  }

  close(): void {
    this.#server.close();
    this.#gate?.close();
  }

  #take(socket: Socket, admit: (admitted: Admitted) => void): void {
    const peer = this.#unix ? LOCAL : peerOf(socket.remoteAddress);
    if (!this.#gate) return admit({ socket, peer });
    this.#gate.enter(socket, peer, (inner, certificate) => {
      const named = certificate === undefined ? {} : { certificate };
      admit({ socket: inner, carrier: socket, peer, ...named });
    });
  }

  #notAccepted(error: Error): void {
    const fields = { error: String(error) };
    this.#tell({ level: 'warn', text: 'connection not accepted', fields });
  }
}

/** `::ffff:192.0.2.7` is 192.0.2.7, seen through a socket of both families. */
export function peerOf(address: string | undefined): string {
  return address?.replace(/^::ffff:(?=\d+\.)/i, '') ?? GONE;
}
