/**
 * Where servers of ours listen, and where hosts and the provider's server are, as a conf says it. Pure, bounded, and
 * never throwing.
 */
import { httpUrl } from './option-shapes.ts';
import { bad, good, integer, path, pattern } from './option-types.ts';
import type { OptionType, Parsed } from './options.ts';
import { quoted } from './text.ts';

/** Where a server of ours listens: a port of an address of this machine, or a unix socket. */
export type ListenAddress =
  | { readonly host: string; readonly port: number }
  | { readonly path: string };

/** unix(7): 108 bytes with the one that ends it. */
const SOCKET_PATH_MAX = 107;

const OCTET = '(?:25[0-5]|2[0-4]\\d|1\\d\\d|[1-9]?\\d)';
/** No other name than localhost: a slow name server would delay the daemon's start. */
const LISTEN = new RegExp(
  `^(?:\\[([0-9A-Fa-f:.]{2,45})\\]|(localhost|${OCTET}(?:\\.${OCTET}){3})):(\\d{1,5})$`,
);

/** `192.0.2.255` */
export const address4 = pattern(new RegExp(`^${OCTET}(?:\\.${OCTET}){3}$`), 'an IPv4 address');

/** `192.0.2.0/24`, `2001:db8::/32`. */
export const network: OptionType<string> = {
  name: 'network',
  parse(text) {
    const [, address = '', digits = ''] = /^([0-9A-Fa-f:.]{2,45})\/(\d{1,3})$/.exec(text) ?? [];
    const is4 = address4.parse(address).ok;
    const is6 = address.includes(':') && URL.canParse(`http://[${address}]/`);
    const bits = integer({ min: 0, max: is4 ? 32 : 128 }).parse(digits);
    if ((is4 || is6) && bits.ok) return good(`${address}/${bits.value}`);
    return bad(`${quoted(text)} is not a network such as 192.0.2.0/24`);
  },
};

/** How a host is reached by ssh: a name or an address, with a port of its own where it has one. */
export const hostAddress: OptionType<string> = {
  name: 'an address',
  parse(text) {
    if (!/^[A-Za-z0-9_:][A-Za-z0-9.:_-]{0,252}$/.test(text)) {
      return bad(`${quoted(text)} is not an address`);
    }
    const [host = '', port, ...more] = text.split(':');
    if (port === undefined) return good(text);
    if (more.length > 0) {
      const is6 = URL.canParse(`http://[${text}]/`);
      return is6 ? good(text) : bad(`${quoted(text)} is no IPv6 address`);
    }
    const parsed = integer({ min: 1, max: 65_535 }).parse(port);
    if (host === '') return bad(`${quoted(text)} names no host`);
    return parsed.ok ? good(text) : bad(`port ${parsed.problem}`);
  },
};

/** `127.0.0.1:9464`, `[::1]:9464`, `/run/vmmanage/metrics.sock`. */
export const listenAddress: OptionType<ListenAddress> = {
  name: 'ADDRESS:PORT or the path of a socket',
  parse(text) {
    if (text.startsWith('/')) return socketPath(text);
    const match = LISTEN.exec(text);
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

/** The provider's address: calls are made below it. Nothing secret crosses a network in the open. */
export const providerUrl: OptionType<string> = {
  name: 'https:// URL',
  parse(text) {
    if (/^https?:\/\/[^/]*@/i.test(text))
      return bad('holds a user: the token stands in token_file');
    const parsed = httpUrl.parse(text);
    if (!parsed.ok) return parsed;
    const { protocol, hostname, search } = new URL(parsed.value);
    if (search !== '') return bad('holds a ?, which the calls below it have no place for');
    if (protocol === 'https:' || isLoopback(hostname)) return parsed;
    return bad('would send the token in the open: write https:// (http:// only to this machine)');
  },
};
