/**
 * The sockets that systemd opened for the sink (sd_listen_fds(3)): descriptors from 3 on, each with
 * the name that its socket unit gives it. Pure.
 */
import type { Parsed } from '../../core/options.ts';

/** Descriptors, by what is spoken on them. */
export interface Activated {
  readonly plain: readonly number[];
  readonly tls: readonly number[];
}

const FIRST = 3;
/** More than a person would ever configure. */
const SOCKETS_MAX = 64;
const NONE: Activated = { plain: [], tls: [] };

/** None where they are another process's, as systemd says by `LISTEN_PID`. */
export function activatedSockets(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): Parsed<Activated> {
  const { LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES = '' } = env as Record<string, string>;
  if (LISTEN_PID !== String(pid) || LISTEN_FDS === undefined) return { ok: true, value: NONE };
  const count = /^\d{1,4}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : Number.NaN;
  if (!(count <= SOCKETS_MAX)) return bad(`LISTEN_FDS is no number up to ${SOCKETS_MAX}`);
  const names = LISTEN_FDNAMES.split(':').slice(0, count);
  const odd = Array.from({ length: count }, (_, index) => names[index] ?? '').find(
    (name) => name !== 'plain' && name !== 'tls',
  );
  if (odd !== undefined) return bad(`a socket is named “${odd}”`);
  const named = (name: string) =>
    names.flatMap((each, index) => (each === name ? [FIRST + index] : []));
  return { ok: true, value: { plain: named('plain'), tls: named('tls') } };
}

function bad(problem: string): Parsed<never> {
  return { ok: false, problem };
}
