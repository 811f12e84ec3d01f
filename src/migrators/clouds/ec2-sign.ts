/**
 * The signature of a call (AWS Signature Version 4) by aws4fetch. Everything that is sent on
 * purpose is signed: the body and each header given here.
 */
import type { Exchange } from './http.ts';

export interface Credentials {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Comes with those of a role. */
  readonly sessionToken?: string | undefined;
}

interface Scope {
  readonly region: string;
  readonly service: string;
  /** Signatures are good for five minutes around it. */
  readonly wallMs: number;
}

export async function signed(
  asked: Exchange,
  { accessKey, secretKey, sessionToken }: Credentials,
  { region, service, wallMs }: Scope,
): Promise<Exchange> {
  const { AwsV4Signer } = await import('aws4fetch');
  const signer = new AwsV4Signer({
    ...{ ...asked, headers: { ...asked.headers } },
    ...{ region, service, allHeaders: true, datetime: datetimeOf(wallMs) },
    ...{ accessKeyId: accessKey, secretAccessKey: secretKey },
    ...(sessionToken === undefined ? {} : { sessionToken }),
  });
  const { headers } = await signer.sign();
  return { ...asked, headers: Object.fromEntries(headers) };
}

/** `20150830T123600Z`. */
function datetimeOf(wallMs: number): string {
  return new Date(wallMs).toISOString().replace(/[:-]|\.\d{3}/g, '');
}
