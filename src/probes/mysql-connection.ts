/**
 * One connection to a MySQL or MariaDB server, kept between readings and made anew with backoff.
 * It carries a query there and its rows back; what they mean is the probe's business. Its failures
 * are answers with a reason, without secrets; it never rejects.
 *
 * A connection whose query was given up is destroyed: its late answer must not be taken for the
 * next one's.
 */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Connection, ConnectionOptions } from 'mysql2';
import type { Clock } from '../core/clock.ts';
import { oneLine } from '../system/said.ts';
import { Backoff } from './backoff.ts';

/** Where the server is and who asks. With a `host`, `socket` isn't used. */
export interface Server {
  readonly socket: string;
  readonly host: string | undefined;
  readonly port: number;
  readonly tls: boolean;
  /** File with the authorities that the server's certificate must come from. */
  readonly ca: string | undefined;
  readonly user: string;
  readonly password: string | undefined;
}

/** Each row is its columns in order. `session` is another number for each connection made. */
export type Answer =
  | { readonly rows: readonly (readonly unknown[])[]; readonly session: number }
  | { readonly failed: string };

/** How long the server may take to hear that we leave. */
const GOODBYE_MS = 500;

export class MysqlConnection {
  readonly #server: Server;
  readonly #clock: Clock;
  readonly #backoff: Backoff;
  #connection: Connection | undefined;
  #session = 0;
  #lastFailure = '';

  constructor(server: Server, clock: Clock, intervalMs: number) {
    this.#server = server;
    this.#clock = clock;
    this.#backoff = new Backoff(intervalMs);
  }

  /** Asks once; settles when `signal` aborts at the latest. */
  async ask(sql: string, values: readonly string[], signal: AbortSignal): Promise<Answer> {
    const beganMs = this.#clock.monotonicMs();
    if (!this.#backoff.ready(beganMs)) return { failed: this.#lastFailure };
    const answer = await this.#askNow(sql, values, signal);
    if ('failed' in answer) this.#note(answer.failed, beganMs);
    else this.#backoff.succeeded();
    return answer;
  }

  /** Takes leave of the server, as far as it listens. */
  async close(): Promise<void> {
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection === undefined) return;
    const left = new AbortController();
    connection.end(() => left.abort());
    await this.#clock.sleep(GOODBYE_MS, left.signal);
    connection.destroy();
  }

  async #askNow(sql: string, values: readonly string[], signal: AbortSignal): Promise<Answer> {
    try {
      const connection = this.#connection ?? (await this.#connect());
      return { rows: await query(connection, sql, values, signal), session: this.#session };
    } catch (error) {
      this.#forget();
      return { failed: whyFailed(error, this.#server) };
    }
  }

  async #connect(): Promise<Connection> {
    const options = await connectionOptions(this.#server);
    // Imported at the first reading: it takes longer than all the rest of the start-up.
    const { createConnection } = await import('mysql2');
    const connection = createConnection(options);
    // Also lost between two readings; without a listener that would end the process.
    connection.on('error', () => this.#forget(connection));
    this.#connection = connection;
    this.#session += 1;
    return connection;
  }

  #forget(connection = this.#connection): void {
    connection?.destroy();
    if (connection === this.#connection) this.#connection = undefined;
  }

  #note(failure: string, beganMs: number): void {
    this.#lastFailure = failure;
    this.#backoff.failed(beganMs);
  }
}

function query(
  connection: Connection,
  sql: string,
  values: readonly string[],
  signal: AbortSignal,
): Promise<unknown[][]> {
  return new Promise((resolve, reject) => {
    const giveUp = () => reject(new Failure('no answer in time'));
    if (signal.aborted) return giveUp();
    signal.addEventListener('abort', giveUp, { once: true });
    connection.query({ sql, values: [...values], rowsAsArray: true }, (error, rows) => {
      signal.removeEventListener('abort', giveUp);
      if (error) reject(error);
      else resolve(rows as unknown[][]);
    });
  });
}

/** A failure whose message was written by us, for people. */
class Failure extends Error {}

async function connectionOptions(server: Server): Promise<ConnectionOptions> {
  const { user, password, host, port, socket } = server;
  const place = host === undefined ? { socketPath: socket } : { host, port };
  const tls = host !== undefined && server.tls ? { ssl: await tlsOptions(host, server.ca) } : {};
  return {
    ...place,
    ...tls,
    user,
    ...(password !== undefined && { password }),
    // Bounded by each reading's signal instead.
    connectTimeout: 0,
  };
}

async function tlsOptions(host: string, ca: string | undefined) {
  // mysql2 compares the certificate with `localhost` when it is given an address.
  if (isIP(host) !== 0) throw new Failure('tls needs the name of the server, not its address');
  const authorities = ca === undefined ? {} : { ca: await readAuthorities(ca) };
  return { ...authorities, rejectUnauthorized: true, verifyIdentity: true };
}

async function readAuthorities(file: string): Promise<string> {
  return readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new Failure(`ca file ${oneLine(file)} can't be read (${error.code})`);
  });
}

const GONE = new Set(['PROTOCOL_CONNECTION_LOST', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT']);

/** A sentence for people; the server's own words where it said some. */
function whyFailed(error: unknown, server: Server): string {
  if (error instanceof Failure) return error.message;
  const { code = '', message = '', sqlMessage } = error as QueryProblem;
  const place = server.host === undefined ? server.socket : `${server.host}:${server.port}`;
  if (code === 'ENOENT' || code === 'ECONNREFUSED') return `no server listens at ${place}`;
  if (code === 'EACCES') return `no permission to open ${place}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `host ${server.host} is not known`;
  if (code === 'HANDSHAKE_NO_SSL_SUPPORT') return `the server at ${place} offers no TLS`;
  if (GONE.has(code)) return `connection to ${place} lost`;
  if (sqlMessage !== undefined) return `the server says: ${oneLine(sqlMessage)}`;
  return `${place}: ${oneLine(message || code || String(error))}`;
}

interface QueryProblem {
  readonly code?: string;
  readonly message?: string;
  readonly sqlMessage?: string;
}
