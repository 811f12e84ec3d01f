/** The conf of a guest that only watches its database, and has no reason to move. */
import { type Mariadb, TENANT } from './mariadb.ts';

/** Its state and its sockets are in `folder`; it holds a password. */
export function watchingConf(folder: string, { socket }: Pick<Mariadb, 'socket'>): string {
  return `[vm]
state = ${folder}/state
runtime = ${folder}/run
[array]
hosts = h1, h2
[probe]
kind = mysql
socket = ${socket}
user = ${TENANT.user}
password = '${TENANT.password}'
interval = 1s
[policy]
kind = threshold-aware
suffering = > 1000 for 3
[migrator]
kind = local
`;
}
