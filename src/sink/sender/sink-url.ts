/**
 * Where the central log is: `tcp://HOST:PORT`. It only reads the address; it connects nowhere.
 */
import type { Parsed } from '../../core/options.ts';

export interface SinkUrl {
  readonly scheme: 'tcp';
  readonly host: string;
  readonly port: number;
}

/** The sink's port since the thesis. */
const DEFAULT_PORT = 31000;

/** DESIGN.md §8, on the wire. */
const NOT_YET: readonly string[] = ['syslog+tcp', 'syslog+tls', 'relp', 'relp+tls'];

export function parseSinkUrl(text: string): Parsed<SinkUrl> {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const scheme = url?.protocol.slice(0, -1) ?? '';
  if (NOT_YET.includes(scheme))
    return problem(`${scheme}:// is not in this version yet; use tcp://`);
  if (!url || scheme !== 'tcp') return problem('a sink is tcp://HOST:PORT');
  if (url.hostname === '') return problem('the host is missing: a sink is tcp://HOST:PORT');
  if (url.username !== '' || !/^\/?$/.test(url.pathname + url.search + url.hash)) {
    return problem('only a host and a port may stand in it: tcp://HOST:PORT');
  }
  const port = url.port === '' ? DEFAULT_PORT : Number(url.port);
  if (port === 0) return problem('a port is a number from 1 to 65535');
  // An IPv6 address stands in brackets in a URL, and without them everywhere else.
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return { ok: true, value: { scheme, host, port } };
}

function problem(text: string): Parsed<SinkUrl> {
  return { ok: false, problem: text };
}
