/**
 * One connection to a MySQL or MariaDB server for all probes that ask it, kept between readings and
 * made anew at the next one. It carries the names of status variables there and their rows back;
 * what they mean is the probe's business. Its failures are answers with a reason, without secrets;
 * it never rejects.
 *
 * Probes that ask while a query is under way wait for that one: each query names the variables of
 * all. Sharing makes nobody's reading worse than it would be alone: who gives a query up leaves
 * it to those who still wait, and asks next time on a new connection. The old one, whose late answer
 * must not be taken for another's, is destroyed when nobody waits on it any more.
 */
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { Connection, ConnectionOptions } from 'mysql2';
import type { Clock } from '../core/clock.ts';
import { beforeAbort } from '../system/deadline.ts';
import { oneLine } from '../system/said.ts';

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

/** One connection, from before it is there to its end. */
interface Line {
  readonly session: number;
  readonly opened: Promise<Connection>;
  /** How many wait for an answer on it. */
  waiting: number;
}

/** A query under way. */
interface Flight {
  readonly line: Line;
  readonly variables: ReadonlySet<string>;
  readonly answer: Promise<Answer>;
}

const SQL = 'SHOW GLOBAL STATUS WHERE Variable_name IN (?)';
/** How long the server may take to hear that we leave. */
const GOODBYE_MS = 500;

export class MysqlConnection {
  readonly #server: Server;
  readonly #clock: Clock;
  /** What its probes read, a name once for each of them. */
  readonly #wanted: string[] = [];
  #line: Line | undefined;
  #flight: Flight | undefined;
  #sessions = 0;

  constructor(server: Server, clock: Clock) {
    this.#server = server;
    this.#clock = clock;
  }

  /** From now on queries name this variable too, until it is dropped as often. */
  want(variable: string): void {
    this.#wanted.push(variable);
  }

  drop(variable: string): void {
    const at = this.#wanted.indexOf(variable);
    if (at !== -1) this.#wanted.splice(at, 1);
  }

  /** The rows of all variables that are wanted. Settles when `signal` aborts at the latest. */
  async ask(variable: string, signal: AbortSignal): Promise<Answer> {
    const { line, answer } = this.#flightWith(variable);
    line.waiting += 1;
    const answered = await beforeAbort(answer, signal);
    line.waiting -= 1;
    if (answered === undefined) this.#forsake(line);
    this.#destroyForsaken(line);
    return answered ?? { failed: 'no answer in time' };
  }

  /** Takes leave of the server, as far as it listens. */
  async close(): Promise<void> {
    const line = this.#line;
    if (line === undefined) return;
    this.#forsake(line);
    const left = new AbortController();
    line.opened.then(
      (connection) => connection.end(() => left.abort()),
      () => left.abort(),
    );
    await this.#clock.sleep(GOODBYE_MS, left.signal);
    this.#destroyForsaken(line);
  }

  #flightWith(variable: string): Flight {
    if (this.#flight?.variables.has(variable)) return this.#flight;
    this.#line ??= this.#openLine();
    const line = this.#line;
    const variables = new Set([...this.#wanted, variable]);
    const flight = { line, variables, answer: this.#fly(line, [...variables]) };
    this.#flight = flight;
    void flight.answer.then(() => {
      if (this.#flight === flight) this.#flight = undefined;
    });
    return flight;
  }

  async #fly(line: Line, variables: readonly string[]): Promise<Answer> {
    try {
      const connection = await line.opened;
      const rows = await query(connection, [...variables, 'Uptime']);
      return { rows, session: line.session };
    } catch (error) {
      this.#forsake(line);
      return { failed: whyFailed(error, this.#server) };
    }
  }

  #openLine(): Line {
    this.#sessions += 1;
    const line = { session: this.#sessions, opened: this.#connect(), waiting: 0 };
    // Also lost between two readings; without a listener that would end the process.
    const lost = () => {
      this.#forsake(line);
      this.#destroyForsaken(line);
    };
    line.opened.then((connection) => connection.on('error', lost), lost);
    return line;
  }

  async #connect(): Promise<Connection> {
    const options = await connectionOptions(this.#server);
    // Imported at the first reading: it takes longer than all the rest of the start-up.
    const { default: mysql } = await import('mysql2');
    return mysql.createConnection(options);
  }

  /** Nothing more is asked on `line`. */
  #forsake(line: Line): void {
    if (this.#line === line) this.#line = undefined;
    if (this.#flight?.line === line) this.#flight = undefined;
  }

  #destroyForsaken(line: Line): void {
    if (line === this.#line || line.waiting > 0) return;
    line.opened.then(
      (connection) => connection.destroy(),
      () => undefined,
    );
  }
}

function query(connection: Connection, variables: readonly string[]): Promise<unknown[][]> {
  return new Promise((resolve, reject) => {
    connection.query({ sql: SQL, values: [variables], rowsAsArray: true }, (error, rows) => {
      if (error) reject(error);
      else if (isTable(rows)) resolve(rows);
      else reject(new Failure('the server answers without rows'));
    });
  });
}

/** A statement that gives no rows, which a garbled answer may look like, has something else. */
function isTable(rows: unknown): rows is unknown[][] {
  return Array.isArray(rows) && rows.every((row) => Array.isArray(row));
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
