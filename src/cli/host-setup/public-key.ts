/**
 * A guest's public key, as ssh-keygen writes it in a `.pub` file: one line, no options before it. Read strictly, since
 * it becomes a line of authorized_keys: the blob must be what its type says (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4),
 * to the last byte.
 */
import { createHash } from 'node:crypto';

export interface PublicKey {
  readonly kind: string;
  /** The key itself, in base64. */
  readonly blob: string;
  /** As `ssh-keygen -l` shows it. */
  readonly fingerprint: string;
}

/** Bytes of a `.pub` file that are looked at; an RSA key of 16,384 bits takes less than 3 KiB. */
export const KEY_FILE_MAX = 16 * 1024;
const RSA_MIN_BITS = 2048;
const ED25519_BYTES = 32;

/** What follows the type's name in a blob: why it can't be that, or nothing. */
type Judge = (fields: readonly Buffer[]) => string | undefined;

const KINDS: Readonly<Record<string, Judge>> = {
  'ssh-ed25519': ([point, ...more]) =>
    point?.length === ED25519_BYTES && more.length === 0 ? undefined : 'it is damaged',
  'ssh-rsa': ([exponent, modulus, ...more]) => {
    if (exponent === undefined || modulus === undefined || more.length > 0) return 'it is damaged';
    const bits = bitsOf(modulus);
    return bits >= RSA_MIN_BITS ? undefined : `it has ${bits} bits, ${RSA_MIN_BITS} are needed`;
  },
  'ecdsa-sha2-nistp256': curve('nistp256', 32),
  'ecdsa-sha2-nistp384': curve('nistp384', 48),
  'ecdsa-sha2-nistp521': curve('nistp521', 66),
};

/** An uncompressed point: 4, and both coordinates. */
function curve(name: string, bytes: number): Judge {
  return ([curveName, point, ...more]) =>
    curveName?.toString('latin1') === name &&
    point?.length === 1 + 2 * bytes &&
    point[0] === 4 &&
    more.length === 0
      ? undefined
      : 'it is damaged';
}

/** The key, or what is wrong with the text. */
export function parsePublicKey(text: string): PublicKey | string {
  if (/PRIVATE KEY/.test(text))
    return 'it is a private key, which stays in the guest: give the .pub file';
  const line = text.endsWith('\n') ? text.slice(0, -1) : text;
  if (line.includes('\n')) return 'it has more than one line';
  const match = /^([a-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: [^\p{C}]*)?$/u.exec(line);
  if (!match) return 'it is no line “TYPE KEY COMMENT”, without options';
  const [, kind = '', blob = ''] = match;
  const judge = Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  if (judge === undefined) return `the type is none of ${Object.keys(KINDS).join(', ')}`;
  const bytes = Buffer.from(blob, 'base64');
  const [named, ...fields] = fieldsOf(bytes) ?? [];
  const whole = bytes.toString('base64') === blob && named?.toString('latin1') === kind;
  const wrong = whole ? judge(fields) : 'it is damaged';
  return wrong ?? { kind, blob, fingerprint: fingerprintOf(bytes) };
}

/** Strings with their length in front, as RFC 4251 §5 has them; undefined where they don't fill the blob. */
function fieldsOf(blob: Buffer): readonly Buffer[] | undefined {
  const fields: Buffer[] = [];
  for (let at = 0; at < blob.length; ) {
    if (at + 4 > blob.length) return undefined;
    const end = at + 4 + blob.readUInt32BE(at);
    if (end > blob.length) return undefined;
    fields.push(blob.subarray(at + 4, end));
    at = end;
  }
  return fields;
}

/** Of a number that has a zero byte in front where its first bit is set. */
function bitsOf(number: Buffer): number {
  const hex = number.toString('hex').replace(/^0+/, '');
  return hex === '' ? 0 : hex.length * 4 - Math.clz32(Number.parseInt(hex[0] ?? '0', 16)) + 28;
}

function fingerprintOf(blob: Buffer): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`;
}
