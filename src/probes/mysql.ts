/**
 * Any variable of `SHOW GLOBAL STATUS`, as it stands or as its difference from one reading to the
 * next. Reading is one query; `parseStatus` takes its rows and is what the fixtures test. Whatever
 * is odd is a missing measurement: no number is ever made up here.
 */
import { isIP } from 'node:net';
import type { Clock } from '../core/clock.ts';
import {
  text as anyText,
  bad,
  good,
  hostName,
  integer,
  path,
  yesNo,
} from '../core/option-types.ts';
import { type OptionsOf, type OptionType, option, optional } from '../core/options.ts';
import { oneLine } from '../system/said.ts';
import { Backoff } from './backoff.ts';
import { Growth, PER, perUnit, valueOr } from './growth.ts';
import { type Answer, MysqlConnection } from './mysql-connection.ts';
import { parseNumber } from './number.ts';
import {
  type Measurement,
  type Probe,
  type ProbeContext,
  type ProbeKind,
  withRaw,
} from './probe.ts';
import { Shared } from './shared.ts';

/** It goes into a query, and is sent as a value there; still nothing but a name is let through. */
const variableName: OptionType<string> = {
  name: 'name of a status variable',
  parse(text) {
    if (/^[A-Za-z0-9_]{1,64}$/.test(text)) return good(text);
    return bad('is not the name of a status variable (letters, digits and _)');
  },
};

const serverAddress: OptionType<string> = {
  name: 'host name or address',
  parse: (text) => (isIP(text) === 0 ? hostName.parse(text) : good(text)),
};

const options = {
  variable: option(variableName, 'Slow_queries', {
    help: 'Which variable of SHOW GLOBAL STATUS is read.',
  }),
  as: valueOr('delta'),
  per: PER,
  socket: option(path, '/run/mysqld/mysqld.sock', {
    help: "The server's unix socket; not used where a host is given.",
  }),
  host: optional(serverAddress, {
    example: 'db.example.org',
    help: 'The server, where it is reached over TCP.',
  }),
  port: option(integer({ min: 1, max: 65_535 }), '3306', { help: "The server's TCP port." }),
  tls: option(yesNo, 'no', {
    help: 'Whether TLS is demanded over TCP; the certificate must fit the host.',
  }),
  ca: optional(path, {
    example: '/etc/ssl/certs/db-ca.pem',
    help: "Where the server's certificate comes from; the system's authorities by default.",
  }),
  user: option(anyText, 'vmmanage', {
    help: 'Who asks; SHOW GLOBAL STATUS needs no privilege.',
  }),
  password: optional(anyText, {
    secret: true,
    help: 'Left out where the socket alone tells who asks (unix_socket).',
  }),
};

type Options = OptionsOf<typeof options>;
type Row = readonly unknown[];

export const mysql: ProbeKind<typeof options> = {
  kind: 'mysql',
  help: 'A status variable of MySQL or MariaDB, such as its slow queries.',
  worse: () => 'high',
  options,
  unit: ({ as, per }, intervalMs) => (as === 'delta' ? perUnit(per ?? intervalMs) : ''),
  setup,
  open: (chosen, context) => new MysqlProbe(chosen, context),
};

/** Whoever may log in may read the status: no GRANT is needed (tried on MariaDB 10.11). */
function setup({ user, host, password }: Options): readonly string[] {
  const name = `'${user.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
  const head = 'Once, in the database as its root; no GRANT is needed:';
  if (host !== undefined) return [head, `  CREATE USER ${name}@'%' IDENTIFIED BY 'its password';`];
  if (password !== undefined) {
    return [head, `  CREATE USER ${name}@'localhost' IDENTIFIED BY 'its password';`];
  }
  return [
    head,
    `  CREATE USER ${name}@'localhost' IDENTIFIED VIA unix_socket;`,
    'MySQL, which is not MariaDB, has the plugin auth_socket for that: IDENTIFIED WITH auth_socket.',
  ];
}

class MysqlProbe implements Probe {
  readonly #options: Options;
  readonly #clock: Clock;
  readonly #growth: Growth;
  readonly #backoff: Backoff;
  readonly #shared: Shared;
  readonly #server: string;
  readonly #connection: MysqlConnection;
  #lastFailure = '';

  constructor(chosen: Options, context: ProbeContext) {
    const { clock, intervalMs, shared = new Shared() } = context;
    this.#options = chosen;
    this.#clock = clock;
    this.#growth = new Growth(context, chosen.per);
    this.#backoff = new Backoff(intervalMs);
    this.#shared = shared;
    this.#server = serverKey(chosen);
    this.#connection = shared.borrow(this.#server, () => new MysqlConnection(chosen, clock));
    this.#connection.want(chosen.variable);
  }

  async read(signal: AbortSignal): Promise<Measurement> {
    const { variable, as } = this.#options;
    const answer = await this.#ask(variable, signal);
    if ('failed' in answer) return { missing: answer.failed };
    const { rows, session } = answer;
    const raw = () => rawText(rows, variable);
    const status = parseStatus(rows, variable);
    if ('missing' in status) return withRaw(status, raw);
    const { value, uptimeS } = status;
    if (as === 'value') return withRaw({ value }, raw);
    return withRaw(this.#growth.since({ count: value, uptimeS, session }), raw);
  }

  close(): Promise<void> {
    this.#connection.drop(this.#options.variable);
    return this.#shared.giveBack(this.#server);
  }

  /** At a pace of its own when the server doesn't answer, whoever else asks it. */
  async #ask(variable: string, signal: AbortSignal): Promise<Answer> {
    const beganMs = this.#clock.monotonicMs();
    if (!this.#backoff.ready(beganMs)) return { failed: this.#lastFailure };
    const answer = await this.#connection.ask(variable, signal);
    if ('failed' in answer) {
      this.#lastFailure = answer.failed;
      this.#backoff.failed(beganMs);
    } else {
      this.#backoff.succeeded();
    }
    return answer;
  }
}

/** Probes whose options name the same server and the same user use one connection. */
function serverKey({ socket, host, port, tls, ca, user, password }: Options): string {
  const place = host === undefined ? { socket } : { host, port, tls, ca };
  return `mysql ${JSON.stringify({ ...place, user, password })}`;
}

interface Status {
  readonly value: number;
  readonly uptimeS: number;
}

/** `rows` are names and values as the server gave them: text, in any order. */
export function parseStatus(
  rows: readonly Row[],
  variable: string,
): Status | { readonly missing: string } {
  const values = valuesOf(rows, variable);
  const [value] = values;
  if (value === undefined) return { missing: `the server has no variable ${variable}` };
  if (values.length > 1) return { missing: `the server has ${variable} more than once` };
  const number = parseNumber(value);
  if (number === undefined)
    return { missing: `${variable} is not a number: ${oneLine(value, 40)}` };
  const [uptime = '', second] = valuesOf(rows, 'Uptime');
  const uptimeS = second === undefined ? parseNumber(uptime) : undefined;
  if (uptimeS === undefined) return { missing: 'the server does not tell its uptime' };
  return { value: number, uptimeS };
}

/** The server compares names without regard to case, and so do we. */
function valuesOf(rows: readonly Row[], name: string): string[] {
  const same = (given: unknown) => text(given).toLowerCase() === name.toLowerCase();
  return rows.filter(([given]) => same(given)).map((row) => text(row[1]));
}

/** The columns of SHOW STATUS are texts; anything else is none. */
function text(column: unknown): string {
  return typeof column === 'string' ? column : '';
}

/** The rows that are this probe's own. */
function rawText(rows: readonly Row[], variable: string): string {
  const own = [variable, 'Uptime'].map((name) => name.toLowerCase());
  const named = rows.filter(([name]) => own.includes(text(name).toLowerCase()));
  return named.map((row) => oneLine(row.map(text).join(' '))).join('\n');
}
