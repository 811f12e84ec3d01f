/** Where a central log is, and how records go there: `relp://HOST:PORT`. Pure; it connects nowhere. */
import { didYouMean } from './nearest.ts';
import { bad, good, integer } from './option-types.ts';
import type { OptionType, Parsed } from './options.ts';
import { quoted } from './text.ts';

/** DESIGN.md §8, on the wire. */
const SCHEMES = ['tcp', 'syslog+tcp', 'syslog+tls', 'relp', 'relp+tls'] as const;

export type SinkScheme = (typeof SCHEMES)[number];

export interface SinkUrl {
  readonly scheme: SinkScheme;
  /** A name or an address; an IPv6 address without its brackets. */
  readonly host: string;
  readonly port: number;
}

const LIST = `${SCHEMES.slice(0, -1).join('://, ')}:// and ${SCHEMES.at(-1)}://`;
const PARTS = /^([^:/\s]{1,40}):\/\/(.{0,300})$/;
const PLACE = /^(\[[0-9A-Fa-f:.]{2,45}\]|[^\s:/?#@[\],]{1,253})(?::(\d{1,5}))?\/?$/;

export function parseSinkUrl(text: string): Parsed<SinkUrl> {
  const [, scheme = '', rest = ''] = PARTS.exec(text) ?? [];
  if (scheme === '') return bad(`${quoted(text)} is not of the form relp://HOST:PORT`);
  if (!isScheme(scheme)) return bad(unknown(scheme));
  if (/^[:/]?$/.test(rest.replace(/:\d*/, ''))) {
    return bad(`the host is missing: ${scheme}://HOST:PORT`);
  }
  const [, written = '', digits] = PLACE.exec(rest) ?? [];
  if (!isHost(written)) return bad(`${quoted(text)} is not of the form ${scheme}://HOST:PORT`);
  if (digits === undefined) return bad(`the port is missing: ${scheme}://${written}:31000, say`);
  const port = integer({ min: 1, max: 65_535 }).parse(digits);
  if (!port.ok) return bad(`port ${port.problem}`);
  return good({ scheme, host: written.replace(/^\[(.*)\]$/, '$1'), port: port.value });
}

export function sinkUrlText({ scheme, host, port }: SinkUrl): string {
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** Whether what is sent can't be read on the way, and who takes it is known. */
export function isTlsScheme(scheme: SinkScheme): boolean {
  return scheme === 'syslog+tls' || scheme === 'relp+tls';
}

/** Whether the sink says what it has. */
export function isAcknowledged(scheme: SinkScheme): boolean {
  return scheme === 'relp' || scheme === 'relp+tls';
}

export const sinkUrl: OptionType<SinkUrl> = { name: 'SCHEME://HOST:PORT', parse: parseSinkUrl };

function isScheme(text: string): text is SinkScheme {
  return (SCHEMES as readonly string[]).includes(text);
}

function isHost(written: string): boolean {
  return written !== '' && (!written.startsWith('[') || URL.canParse(`http://${written}/`));
}

function unknown(scheme: string): string {
  const near = didYouMean(scheme, SCHEMES);
  return `there is no ${quoted(scheme)}://${near === '' ? `; there are ${LIST}` : near}`;
}
