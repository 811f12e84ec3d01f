/**
 * The central sink: takes records from many guests and hands them to a store. It decides nothing about
 * what they say, runs nothing, and logs nothing itself: what whoever runs it should know goes to
 * `tell`.
 */
import type { Clock } from '../../core/clock.ts';
import type { SpreadSeen } from '../../system/metrics/spread.ts';
import type { Tell } from '../notice.ts';
import { Client, type ClientContext } from './client.ts';
import { Counts, type Protocol } from './counts.ts';
import { Intake } from './intake.ts';
import { type Admitted, type Endpoint, type Listener, openListener, refuse } from './listener.ts';
import { Rates } from './rates.ts';
import { Seen } from './seen.ts';
import type { ForwardStatus } from './store/forward.ts';
import { openStore, type RecallingStore, type StoreOptions } from './store/store.ts';
import { Telling } from './telling.ts';
import type { TlsLimits } from './tls-gate.ts';

export interface SinkLimits {
  /** A longer line is cut and marked. */
  readonly lineBytes: number;
  /** Over it, a new connection is refused. */
  readonly connections: number;
  /** Accepted and not yet safe, in all; over it, senders wait. */
  readonly pendingBytes: number;
  /** Received from one connection and not yet safe, or not yet answered; over it, this one waits. */
  readonly unackedBytes: number;
  /** How long it may take until it is clear what a client speaks. */
  readonly openingMs: number;
  /** A client that sends nothing for so long is let go; 0: never. */
  readonly idleMs: number;
  /** Lines a second, of all and of each guest; over it, the sender waits. 0: as many as come. */
  readonly totalRate: number;
  readonly guestRate: number;
  /** How long a stopping sink reads on until its clients have ended. */
  readonly graceMs: number;
  /** How long a stopping sink tries to write what it has to a disk that fails. */
  readonly flushMs: number;
}

export const SINK_LIMITS: SinkLimits = {
  lineBytes: 8192,
  connections: 1000,
  pendingBytes: 8 * 1024 * 1024,
  unackedBytes: 4 * 1024 * 1024,
  openingMs: 10_000,
  idleMs: 24 * 60 * 60 * 1000,
  totalRate: 1_000_000,
  guestRate: 500_000,
  graceMs: 2000,
  flushMs: 10_000,
};

/** Where and how it writes. */
export type StoreSettings = Omit<StoreOptions, 'clock' | 'tell'>;

export interface SinkOptions {
  /** Where to listen; one or several. */
  readonly listen: Endpoint | readonly Endpoint[];
  readonly store: StoreSettings;
  readonly clock: Clock;
  readonly tell: Tell;
  readonly limits?: Partial<SinkLimits>;
  readonly tlsLimits?: Partial<TlsLimits>;
}

export interface SinkStatus {
  readonly connections: number;
  /** Connections refused since the start. */
  readonly refused: number;
  /** Records received since the start. */
  readonly lines: number;
  /** The same by protocol, and the bytes in which they came. */
  readonly records: Readonly<Record<Protocol, number>>;
  readonly bytes: Readonly<Record<Protocol, number>>;
  /** Records whose sender was told that they are safe. */
  readonly acknowledged: number;
  /** Records that had been stored before, and were not stored again. */
  readonly again: number;
  /** Records that were stored with a mark. */
  readonly marked: number;
  /** Records whose senders had to wait, since they were too many. */
  readonly delayed: number;
  readonly pendingBytes: number;
  /** Why the disk doesn't take what came in, while it doesn't. */
  readonly failing: string | undefined;
  readonly stopping: boolean;
  /** Seconds that syncs took; undefined where none are made. */
  readonly syncs: SpreadSeen | undefined;
  /** Of what is passed on; undefined where nothing is. */
  readonly forward: ForwardStatus | undefined;
}

export interface Sink {
  /** The port that it listens on first; of use where 0 was asked for. */
  readonly port: number;
  /** In the order of `listen`. */
  readonly listeners: readonly Listener[];
  status(): SinkStatus;
  /** Opens its files and reads what TLS needs anew (SIGHUP). */
  reopen(): Promise<void>;
  /**
   * Stops in order: what clients have sent is read, written and answered, and only then it ends.
   * Resolves to the number of records that were lost, since a disk didn't take them in time.
   */
  close(): Promise<number>;
}

/** A client that is silent or opening for too long is noticed at most this part of its time too late. */
const LOOKS_PER_TIME = 4;
/** Below this part of the limit a crowd is over; at the limit itself it would be said all the time. */
const ROOM_AGAIN = 0.9;

/** Rejects where a file can't be opened or an address can't be listened on. */
export async function openSink(options: SinkOptions): Promise<Sink> {
  const { clock, tell } = options;
  const listeners = await openListeners(options);
  const store = await openStore({ ...options.store, clock, tell });
  try {
    const seen = new Seen();
    await seen.learn(store.recent());
    const receiver = new Receiver(options, { listeners, store, seen });
    await receiver.listen();
    return receiver;
  } catch (error) {
    for (const listener of listeners) listener.close();
    await store.close(0);
    throw error;
  }
}

async function openListeners(options: SinkOptions): Promise<readonly Listener[]> {
  const { clock, tell, limits, tlsLimits } = options;
  const handshakes = limits?.connections ?? SINK_LIMITS.connections;
  const parts = { clock, tell, limits: { handshakes, ...tlsLimits } };
  const endpoints = [options.listen].flat();
  return Promise.all(endpoints.map((endpoint) => openListener(endpoint, parts)));
}

interface Parts {
  readonly listeners: readonly Listener[];
  readonly store: RecallingStore;
  readonly seen: Seen;
}

class Receiver implements Sink {
  readonly #options: SinkOptions;
  readonly #limits: SinkLimits;
  readonly #store: RecallingStore;
  readonly #rates: Rates;
  readonly #counts = new Counts();
  readonly #intake: Intake;
  readonly #clients = new Set<Client>();
  readonly #stopped = new AbortController();
  readonly listeners: readonly Listener[];
  #crowded = false;
  #refused = 0;
  #refusedAtOnce = 0;

  constructor(options: SinkOptions, { listeners, store, seen }: Parts) {
    const { clock, tell } = options;
    this.listeners = listeners;
    this.#options = options;
    this.#limits = { ...SINK_LIMITS, ...options.limits };
    this.#store = store;
    const { totalRate: total, guestRate: perGuest } = this.#limits;
    this.#rates = new Rates({ total, perGuest }, { clock, tell, signal: this.#stopped.signal });
    this.#intake = new Intake({
      clock,
      store,
      seen,
      rates: this.#rates,
      counts: this.#counts,
    });
  }

  get port(): number {
    return this.listeners[0]?.port ?? 0;
  }

  status(): SinkStatus {
    const { records, bytes, acknowledged, again, marked } = this.#counts;
    return {
      connections: this.#clients.size,
      refused: this.#refused,
      lines: Object.values(records).reduce((sum, each) => sum + each, 0),
      records: { ...records },
      bytes: { ...bytes },
      acknowledged,
      again,
      marked,
      delayed: this.#rates.delayed,
      pendingBytes: this.#store.pendingBytes,
      failing: this.#store.failing,
      syncs: this.#store.syncs,
      forward: this.#store.forward,
      stopping: this.#stopped.signal.aborted,
    };
  }

  async listen(): Promise<void> {
    for (const listener of this.listeners) await listener.listen((each) => this.#admit(each));
    void this.#lookAfterClients();
  }

  async reopen(): Promise<void> {
    const reloads = this.listeners.map((listener) => listener.reload());
    await Promise.all([this.#store.reopen(), ...reloads]);
  }

  async close(): Promise<number> {
    this.#stopped.abort();
    for (const listener of this.listeners) listener.close();
    await Promise.all([...this.#clients].map((client) => client.stop()));
    const lost = await this.#store.close(this.#limits.flushMs);
    if (lost > 0) this.#tell('error', 'lines lost: the disk did not take them', { lines: lost });
    return lost;
  }

  #admit(admitted: Admitted): void {
    const { socket } = admitted;
    if (!this.#hasOrMakesRoom()) {
      this.#refuse(admitted);
      return;
    }
    const client = new Client(socket, new Telling(this.#limits.lineBytes), this.#context(admitted));
    this.#clients.add(client);
    if (this.#crowded) client.hold('crowd');
    void client.closed.then(() => this.#forget(client));
  }

  /** Where there is none, one that never said anything makes some. */
  #hasOrMakesRoom(): boolean {
    if (this.#clients.size < this.#limits.connections) return true;
    const mute = [...this.#clients].find((client) => client.isMute);
    void mute?.stop();
    return mute !== undefined;
  }

  #context({ peer, certificate }: Admitted): ClientContext {
    const sender = certificate === undefined ? { peer } : { peer, certificate };
    return {
      clock: this.#options.clock,
      limits: this.#limits,
      counts: this.#counts,
      take: (received, awaited) => {
        const taken = this.#intake.take(received, sender, awaited);
        if (this.#store.pendingBytes > this.#limits.pendingBytes) this.#holdAll();
        void taken.safe.then(() => this.#releaseIfRoom());
        return taken;
      },
    };
  }

  #refuse(admitted: Admitted): void {
    refuse(admitted);
    this.#refused += 1;
    this.#refusedAtOnce += 1;
    const limit = this.#limits.connections;
    if (this.#refusedAtOnce === 1) this.#tell('warn', 'too many connections', { limit });
  }

  #forget(client: Client): void {
    this.#clients.delete(client);
    const room = this.#clients.size < this.#limits.connections * ROOM_AGAIN;
    if (this.#refusedAtOnce === 0 || !room) return;
    this.#tell('info', 'room for connections again', { refused: this.#refusedAtOnce });
    this.#refusedAtOnce = 0;
  }

  /** Nobody is read until the disk took half of what waits. */
  #holdAll(): void {
    if (!this.#crowded) for (const client of this.#clients) client.hold('crowd');
    this.#crowded = true;
  }

  #releaseIfRoom(): void {
    if (!this.#crowded || this.#store.pendingBytes > this.#limits.pendingBytes / 2) return;
    this.#crowded = false;
    for (const client of this.#clients) client.release('crowd');
  }

  async #lookAfterClients(): Promise<void> {
    const { idleMs, openingMs } = this.#limits;
    const { signal } = this.#stopped;
    const everyMs = Math.min(openingMs, idleMs > 0 ? idleMs : openingMs) / LOOKS_PER_TIME;
    while (!signal.aborted) {
      await this.#options.clock.sleep(everyMs, signal);
      for (const client of this.#clients) client.look();
    }
  }

  #tell(level: 'info' | 'warn' | 'error', text: string, fields: Record<string, number>): void {
    this.#options.tell({ level, text, fields });
  }
}
