/**
 * Checks signatures as AWS says they are made (Signature Version 4, signing process in the General
 * Reference), with node:crypto alone: written apart from what makes them.
 */
import { createHash, createHmac } from 'node:crypto';
import type { Asked } from './faulty-server.ts';

export interface Key {
  readonly accessKey: string;
  readonly secretKey: string;
  readonly sessionToken?: string;
}

const AUTHORIZATION =
  /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, ?SignedHeaders=([a-z0-9;-]+), ?Signature=([0-9a-f]{64})$/;
/** What a call is refused for when its clock is further off. */
const SKEW_MS = 5 * 60_000;

/** EC2's code for what is wrong, or undefined where the signature is right. */
export function signatureFault(
  asked: Asked,
  keys: readonly Key[],
  scope: { readonly region: string; readonly service: string; readonly nowMs: number },
): string | undefined {
  const [, access, day, region, service, names = '', signature] =
    AUTHORIZATION.exec(asked.headers.authorization ?? '') ?? [];
  if (signature === undefined) return 'MissingAuthenticationToken';
  const key = keys.find(({ accessKey }) => accessKey === access);
  if (key === undefined) return 'AuthFailure';
  if (asked.headers['x-amz-security-token'] !== key.sessionToken) return 'AuthFailure';
  if (region !== scope.region || service !== scope.service) return 'SignatureDoesNotMatch';
  const signed = names.split(';');
  const needed = ['host', 'x-amz-date', ...(key.sessionToken ? ['x-amz-security-token'] : [])];
  if (needed.some((name) => !signed.includes(name))) return 'SignatureDoesNotMatch';
  const stamp = String(asked.headers['x-amz-date']);
  const iso = stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  if (!(Math.abs(Date.parse(iso) - scope.nowMs) <= SKEW_MS)) return 'RequestExpired';
  if (stamp.slice(0, 8) !== day) return 'SignatureDoesNotMatch';
  const text = [
    'AWS4-HMAC-SHA256',
    stamp,
    `${day}/${region}/${service}/aws4_request`,
    sha256(canonical(asked, signed)),
  ].join('\n');
  const path = [day, region, service, 'aws4_request'];
  const seed: string | Buffer = `AWS4${key.secretKey}`;
  const signing = path.reduce<string | Buffer>((last, each) => hmac(last, each ?? ''), seed);
  return hmac(signing, text).toString('hex') === signature ? undefined : 'SignatureDoesNotMatch';
}

function canonical({ method, target, headers, body }: Asked, signed: readonly string[]): string {
  const [path = '/', query = ''] = target.split('?');
  const lines = signed.map((name) => {
    const value = String(headers[name] ?? '')
      .trim()
      .replace(/ +/g, ' ');
    return `${name}:${value}\n`;
  });
  const sorted = query.split('&').sort().join('&');
  return [method, path, sorted, lines.join(''), signed.join(';'), sha256(body)].join('\n');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
