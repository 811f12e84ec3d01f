/** What an error of a connection means, in the same words wherever one was tried. */
import { isNoTls } from './tls.ts';

/** Nothing was sent where these are the reason. */
const UNREACHED = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
]);
/** The other side has hung up, or a machine between. */
const LOST = new Set(['ECONNRESET', 'EPIPE']);

export function isUnreached(code: string): boolean {
  return UNREACHED.has(code);
}

export function isLost(code: string): boolean {
  return LOST.has(code);
}

/** A sentence for people; undefined where the error's own words say more. */
export function connectionProblem(
  { code = '', message = '' }: Partial<NodeJS.ErrnoException>,
  { host, hostname }: Pick<URL, 'host' | 'hostname'>,
): string | undefined {
  if (code === 'ECONNREFUSED') return `no server listens at ${host}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `host ${hostname} is not known`;
  if (isUnreached(code)) return `${host} can't be reached`;
  if (isLost(code)) return `connection to ${host} lost`;
  if (isNoTls({ code, message })) return `${host}: no TLS is spoken there; http://?`;
  return undefined;
}
