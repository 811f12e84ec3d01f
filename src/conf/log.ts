/** [log]: where the central log is, what it is shown, and what the daemon keeps for it. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isLoopback } from '../core/option-addresses.ts';
import { isAcknowledged, isTlsScheme, type SinkUrl, sinkUrlText } from '../core/sink-url.ts';
import { quoted } from '../core/text.ts';
import type { Context } from './context.ts';
import { readBounded } from './files.ts';
import { type Findings, placeOf } from './findings.ts';
import type { LogSettings } from './loaded.ts';
import { LOG } from './publishing-tables.ts';
import type { SectionSet } from './section-set.ts';
import type { Section } from './sections.ts';
import { checkKeys, isRead, readSettings } from './settings.ts';

const PEM_MAX_BYTES = 256 * 1024;
const CERTIFICATE = /^-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----\s*$/m;
const TLS_KEYS = ['sink_ca', 'sink_cert', 'sink_key'] as const;

export function buildLog(set: SectionSet, context: Context): LogSettings | undefined {
  const section = checkKeys(set.the('log'), [LOG], context.findings);
  const values = readSettings(section, LOG, context);
  if (!values) return undefined;
  const { sink: sinks = [], sink_ca: ca, sink_cert: cert, sink_key: key } = values;
  if (isRead(section, values)) checkPair(section, context.findings);
  const looked = context.surroundings.secrets !== 'leave';
  if (looked && key !== undefined) {
    checkPrivate(section, key, context.findings);
  }
  if (looked && sinks.some(({ scheme }) => isTlsScheme(scheme))) {
    checkCertificate(section, 'sink_ca', ca, context.findings);
    checkCertificate(section, 'sink_cert', cert, context.findings);
    if (cert !== undefined && key !== undefined) checkFit(section, cert, key, context.findings);
  }
  const { spool_max: spoolMaxBytes, level, log_cycles: cycles } = values;
  return { sinks, tls: { ca, cert, key }, spoolMaxBytes, level, cycles };
}

/** A certificate is shown with its key, or not at all. */
function checkPair(section: Section, findings: Findings): void {
  const { entries } = section;
  const [cert, key] = [entries.get('sink_cert'), entries.get('sink_key')];
  if (cert && !key) findings.problem(placeOf(section, 'sink_cert'), 'needs its sink_key');
  if (key && !cert) findings.problem(placeOf(section, 'sink_key'), 'needs its sink_cert');
}

/** As a conf that holds a secret: whoever reads the key can play the guest. */
function checkPrivate(section: Section, file: string, findings: Findings): void {
  const read = readBounded(file, PEM_MAX_BYTES);
  if (!read.ok) {
    findings.problem(placeOf(section, 'sink_key'), `${quoted(file)} ${read.problem}`);
  } else if (read.value.exposed) {
    findings.problem(placeOf(section, 'sink_key'), `others can read this key: chmod o= ${file}`);
  }
}

/** Only a warning: it is read again for each connection, and records wait till it is there. */
function checkCertificate(
  section: Section,
  key: (typeof TLS_KEYS)[number],
  file: string | undefined,
  findings: Findings,
): void {
  if (file === undefined) return;
  const read = readBounded(file, PEM_MAX_BYTES);
  const problem = read.ok ? problemOf(read.value.bytes) : read.problem;
  if (problem === undefined) return;
  findings.warning(placeOf(section, key), `${quoted(file)} ${problem}; nothing is sent like that`);
}

/** A warning as well: who renews both puts one in its place before the other. */
function checkFit(section: Section, cert: string, key: string, findings: Findings): void {
  const [shown, kept] = [readBounded(cert, PEM_MAX_BYTES), readBounded(key, PEM_MAX_BYTES)];
  if (!shown.ok || !kept.ok || problemOf(shown.value.bytes) !== undefined) return;
  if (belongTogether(shown.value.bytes, kept.value.bytes)) return;
  const text = `${quoted(key)} is not the key of ${quoted(cert)}; nothing is sent like that`;
  findings.warning(placeOf(section, 'sink_key'), text);
}

/** False also where one of them is none. */
function belongTogether(certificate: Uint8Array, key: Uint8Array): boolean {
  try {
    const [shown, kept] = [Buffer.from(certificate), createPrivateKey(Buffer.from(key))];
    return new X509Certificate(shown).checkPrivateKey(kept);
  } catch {
    return false;
  }
}

function problemOf(pem: Uint8Array): string | undefined {
  const holds = CERTIFICATE.test(Buffer.from(pem).toString('latin1'));
  return holds ? undefined : 'holds no certificate (PEM)';
}

/** What is legal, but surely not meant. */
export function lintLog({ sinks }: LogSettings, set: SectionSet, findings: Findings): void {
  const section = set.the('log');
  const lossy = sinks.find((sink) => !isAcknowledged(sink.scheme) && !isLoopback(sink.host));
  if (lossy) findings.warning(placeOf(section, 'sink'), lossText(lossy));
  if (sinks.some(({ scheme }) => isTlsScheme(scheme))) return;
  const unused = TLS_KEYS.find((key) => section.entries.has(key));
  if (unused) findings.warning(placeOf(section, unused), 'no sink is reached over TLS');
}

function lossText(sink: SinkUrl): string {
  const better = isTlsScheme(sink.scheme) ? 'relp+tls' : 'relp';
  const loss = 'loses what is under way when the sink or the network fails';
  return `${sinkUrlText(sink)} ${loss}; ${better}:// does not`;
}
