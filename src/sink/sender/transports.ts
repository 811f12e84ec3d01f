/** Which transport a scheme means. */
import { counted, rfc5424 } from '../formats/rfc5424.ts';
import { plainLine } from './plain-text.ts';
import { type RelpReach, relpTransport } from './relp-transport.ts';
import { type Form, streamTransport } from './stream-transport.ts';
import type { Transport } from './transport.ts';

const line: Form = (record, nowMs) => `${plainLine(record, nowMs)}\n`;
const message: Form = (record) => counted(rfc5424(record));

export function transportOf(reach: RelpReach): Transport {
  switch (reach.url.scheme) {
    case 'tcp':
      return streamTransport(reach, line);
    case 'syslog+tcp':
    case 'syslog+tls':
      return streamTransport(reach, message);
    case 'relp':
    case 'relp+tls':
      return relpTransport(reach);
  }
}
