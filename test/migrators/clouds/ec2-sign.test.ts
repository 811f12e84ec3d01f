/**
 * Signatures against those that AWS publishes (the Signature Version 4 test suite, and the example
 * of the General Reference), and the double's own check of them against the same.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Credentials, signed } from '../../../src/migrators/clouds/ec2-sign.ts';
import type { Exchange } from '../../../src/migrators/clouds/http.ts';
import { signatureFault } from '../../support/clouds/sigv4.ts';
import { RUNS } from '../../support/runs.ts';

const wallMs = Date.UTC(2015, 7, 30, 12, 36);
const KEY = {
  accessKey: 'AKIDEXAMPLE',
  secretKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY',
};
const URL_ = 'https://example.amazonaws.com/';
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

function authorization({ headers }: Exchange): string {
  return headers['authorization'] ?? '';
}

const VECTORS: [string, string, Exchange, string][] = [
  [
    'get-vanilla',
    'service',
    { method: 'GET', url: URL_, headers: {} },
    '5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31',
  ],
  [
    'get-vanilla-query-order-key-case',
    'service',
    { method: 'GET', url: `${URL_}?Param2=value2&Param1=value1`, headers: {} },
    'b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500',
  ],
  [
    'post-vanilla',
    'service',
    { method: 'POST', url: URL_, headers: {} },
    '5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b',
  ],
  [
    'post-x-www-form-urlencoded',
    'service',
    { method: 'POST', url: URL_, headers: FORM, body: 'Param1=value1' },
    'ff11897932ad3f4e8b18135d722051e5ac45fc38421b1da7b9d196a0fe09473a',
  ],
  [
    "the General Reference's ListUsers",
    'iam',
    {
      method: 'GET',
      url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08',
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
    },
    '5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
  ],
];

describe.each(VECTORS)('%s', (_, service, asked, signature) => {
  it('is signed as AWS says', async () => {
    const call = await signed(asked, KEY, { region: 'us-east-1', service, wallMs });
    expect(authorization(call)).toContain(`Signature=${signature}`);
    expect(call.headers['x-amz-date']).toBe('20150830T123600Z');
  });

  it("passes the double's check, and no other signature does", async () => {
    const call = await signed(asked, KEY, { region: 'us-east-1', service, wallMs });
    const scope = { region: 'us-east-1', service, nowMs: wallMs };
    expect(signatureFault(received(call), [KEY], scope)).toBeUndefined();
    const other = { ...call.headers, authorization: authorization(call).replace(/.$/, 'x') };
    const forged = received({ ...call, headers: other });
    expect(signatureFault(forged, [KEY], scope)).toBeDefined();
  });
});

/** As a server sees it. */
function received({ method, url, headers, body = '' }: Exchange) {
  const { host, pathname, search } = new URL(url);
  return { method, target: pathname + search, headers: { ...headers, host }, body };
}

describe('any form, signed with any key', () => {
  const credentials: fc.Arbitrary<Credentials & { sessionToken?: string }> = fc.record(
    {
      accessKey: fc.stringMatching(/^[A-Z0-9]{16,20}$/),
      secretKey: fc.stringMatching(/^[A-Za-z0-9/+]{40}$/),
      sessionToken: fc.stringMatching(/^[A-Za-z0-9/+=]{8,60}$/),
    },
    { requiredKeys: ['accessKey', 'secretKey'] },
  );
  const body = fc
    .dictionary(fc.string(), fc.string({ unit: 'grapheme' }))
    .map((form) => new URLSearchParams(form).toString());

  it('passes as it is, and not with another body, key, region or time', async () => {
    const check = async (key: Credentials & { sessionToken?: string }, text: string) => {
      const asked = { method: 'POST', url: URL_, headers: FORM, body: text } as const;
      const call = received(
        await signed(asked, key, { region: 'eu-north-1', service: 'ec2', wallMs }),
      );
      const scope = { region: 'eu-north-1', service: 'ec2', nowMs: wallMs };
      expect(signatureFault(call, [key], scope)).toBeUndefined();
      expect(signatureFault({ ...call, body: `${text}&a=b` }, [key], scope)).toBeDefined();
      const otherKey = { ...key, secretKey: `${key.secretKey}x` };
      expect(signatureFault(call, [otherKey], scope)).toBeDefined();
      expect(signatureFault(call, [key], { ...scope, region: 'eu-west-1' })).toBeDefined();
      expect(signatureFault(call, [key], { ...scope, nowMs: wallMs + 301_000 })).toBe(
        'RequestExpired',
      );
    };
    await fc.assert(fc.asyncProperty(credentials, body, check), { numRuns: RUNS });
  });
});
