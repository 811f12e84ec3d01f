/** Where servers of ours listen, as a conf says it. Pure, bounded, and never throwing. */
import { bad, good, integer, path } from './option-types.ts';
import type { OptionType, Parsed } from './options.ts';
import { quoted } from './text.ts';

/** Where a server of ours listens: a port of an address of this machine, or a unix socket. */
export type ListenAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/** unix(7): 108 bytes with the one that ends it. */
const SOCKET_PATH_MAX = 107;

/** `127.0.0.1:9464`, `[::1]:9464`, `/run/vmmanage/metrics.sock`. */
export const listenAddress: OptionType<ListenAddress> = {
  name: 'ADDRESS:PORT or the path of a socket',
  parse(text) {
    if (text.startsWith('/')) return socketPath(text);
    const match =
      /^(?:\[([0-9A-Fa-f:.]{2,45})\]|([A-Za-z0-9][A-Za-z0-9.-]{0,252})):(\d{1,5})$/.exec(text);
    const host = match?.[1] ?? match?.[2];
    if (host === undefined) return bad(`${quoted(text)} is neither ADDRESS:PORT nor a path (/…)`);
    const port = integer({ min: 1, max: 65_535 }).parse(match?.[3] ?? '');
    return port.ok ? good({ host, port: port.value }) : bad(`port ${port.problem}`);
  },
};

function socketPath(text: string): Parsed<ListenAddress> {
  const parsed = path.parse(text);
  if (!parsed.ok) return parsed;
  const fits = /^[\x21-\x7e]+$/.test(text) && text.length <= SOCKET_PATH_MAX;
  if (fits) return good({ path: text });
  return bad(`is no path of a socket: ${SOCKET_PATH_MAX} characters at most, none of them a blank`);
}

export function listenText(address: ListenAddress): string {
  if ('path' in address) return address.path;
  const { host, port } = address;
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** Whether only this machine reaches it. `host` as in an URL or in `listenAddress`. */
export function isLoopback(host: string): boolean {
  return /^(127(\.\d{1,3}){3}|\[?::1\]?|localhost)$/i.test(host);
}
