/** The conf of the main job: a tenant's, with times so short that the whole takes a minute. */

export const FIRST_HOST = 'host1';
export const BASE = 'base';
/** Seconds above which the database calls a query slow. */
export const LONG_QUERY_S = 0.1;
/** After an arrival readings don't count for so long. */
export const SETTLE_S = 5;

export interface Places {
  /** The folder of everything the job keeps. */
  readonly folder: string;
  /** The database's socket. */
  readonly database: string;
  readonly sinkPort: number;
}

export function confText({ folder, database, sinkPort }: Places): string {
  return `[array]
hosts = ${FIRST_HOST}, host2, host3     ; tried in this order, round and round
base  = ${BASE}                    ; the cheap one, never chosen by a move

[probe slow]
kind     = mysql                ; slow queries since the last reading
socket   = ${database}
interval = 1s

[policy db]
kind      = base-aware
suffering = > 5 for 3           ; three readings in a row: to the next host
idle      = < 1 for 8           ; eight in a row: to the base

[migrator]
kind  = local                   ; hosts in a file: moves nothing
delay = 3s

[constraints]
settle   = ${SETTLE_S}s                   ; after an arrival readings don't count
cooldown = 20s                  ; and nothing is asked for

[log]
sink = tcp://127.0.0.1:${sinkPort}

[vm]
name    = shop
state   = ${folder}/state
runtime = ${folder}/run
`;
}
