/** Real load: several connections that keep the database busy with queries that it calls slow. */
import { type Connection, createConnection } from 'mysql2/promise';
import { LONG_QUERY_S } from './conf.ts';

export const CONNECTIONS = 6;
const QUERY = `SELECT SLEEP(${LONG_QUERY_S * 2.5})`;

export interface Load {
  readonly text: string;
  /** Rejects when the database refused or broke a query. */
  stop(): Promise<void>;
}

export async function startLoad(socketPath: string): Promise<Load> {
  const open = () => createConnection({ socketPath, user: 'vmmanage' });
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, open));
  let stopped = false;
  const workers = connections.map((connection) => work(connection, () => stopped));
  const all = Promise.all(workers);
  // Told by stop(); until then a failure isn't unhandled.
  all.catch(() => undefined);
  const stop = async () => {
    stopped = true;
    await all;
  };
  return { text: `${CONNECTIONS} connections, each ${QUERY} again and again`, stop };
}

async function work(connection: Connection, stopped: () => boolean): Promise<void> {
  try {
    while (!stopped()) await connection.query(QUERY);
  } finally {
    connection.destroy();
  }
}
