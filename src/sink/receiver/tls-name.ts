/**
 * The name that a certificate gives its client, by one rule: the first DNS name of its
 * subjectAltName; where that holds none, the CN of its subject. Also the list of names that may
 * come in. Pure.
 */
import type { PeerCertificate } from 'node:tls';
import type { Parsed } from '../../core/options.ts';
import { isGuestName } from '../guest-name.ts';

/** One entry as Node writes it: `DNS:nii3`; in quotes where there is anything odd in it. */
const ENTRY = /(?:^|, )([A-Za-z ]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?=, |$)/y;
/** More than that many names are a mistake. */
const NAMES_MAX = 100_000;

/** The name, or undefined where the rule leads to none that is a host's. */
export function certificateName(certificate: Partial<PeerCertificate>): string | undefined {
  const dns = dnsNames(certificate.subjectaltname ?? '');
  // Several CNs come as a list, whatever the types say: then none of them is the name.
  const name: unknown = dns.length > 0 ? dns[0] : certificate.subject?.CN;
  return typeof name === 'string' && isGuestName(name) ? name : undefined;
}

/** What stands behind `DNS:`, quotes and all. Where the text isn't understood, one that is none. */
function dnsNames(text: string): string[] {
  const names: string[] = [];
  for (let at = 0; at < text.length; at = ENTRY.lastIndex) {
    ENTRY.lastIndex = at;
    const [, kind, value = ''] = ENTRY.exec(text) ?? [];
    if (kind === undefined) return [''];
    if (kind === 'DNS') names.push(value);
  }
  return names;
}

/** A name a line; what stands behind `#`, and empty lines, say nothing. */
export function parseAllowList(text: string): Parsed<ReadonlySet<string>> {
  const lines = text.split('\n').map((line) => line.replace(/#.*/, '').trim());
  const odd = lines.findIndex((line) => line !== '' && !isGuestName(line));
  if (odd >= 0) return { ok: false, problem: `line ${odd + 1} is no host's name` };
  const names = new Set(lines.filter((line) => line !== ''));
  if (names.size <= NAMES_MAX) return { ok: true, value: names };
  return { ok: false, problem: `holds more than ${NAMES_MAX} names` };
}

/** `nii3,nii4`: the names of an option. */
export function parseNames(text: string): Parsed<ReadonlySet<string>> {
  const names = text.split(',').map((name) => name.trim());
  if (names.every((name) => isGuestName(name))) return { ok: true, value: new Set(names) };
  return { ok: false, problem: 'expected names of hosts, as nii3,nii4' };
}
