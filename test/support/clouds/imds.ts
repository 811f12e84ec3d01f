/**
 * The instance metadata of EC2 (with tokens that end) and of OpenStack (without), over real HTTP.
 * The token's rules are those of EC2's user guide: PUT with a time to live, 401 without a valid one.
 */
import { type Asked, FaultyServer, type Reply } from './faulty-server.ts';

export class ImdsDouble extends FaultyServer {
  /** Path below `latest/meta-data/` to what stands there. */
  readonly entries = new Map<string, string>([
    ['instance-id', 'i-0fedcba9876543210'],
    ['placement/availability-zone', 'eu-north-1a'],
  ]);
  /** OpenStack's meta_data.json; undefined where there is none. */
  openstack: string | undefined;
  /** Tokens that are good. */
  readonly tokens = new Set<string>();
  readonly ttls: string[] = [];
  #made = 0;

  constructor() {
    super((asked) => this.#answer(asked));
  }

  static async start(): Promise<ImdsDouble> {
    const double = new ImdsDouble();
    await double.start();
    return double;
  }

  /** Makes `role` the instance's, with credentials that end at `expires`. */
  giveRole(
    key: { accessKey: string; secretKey: string; sessionToken?: string },
    expires: string,
  ): void {
    const folder = 'iam/security-credentials/';
    this.entries.set(folder, 'vmmanage-clone');
    const body = {
      ...{ Code: 'Success', Type: 'AWS-HMAC', LastUpdated: '2026-11-21T14:00:00Z' },
      ...{ AccessKeyId: key.accessKey, SecretAccessKey: key.secretKey },
      ...{ Token: key.sessionToken, Expiration: expires },
    };
    this.entries.set(`${folder}vmmanage-clone`, JSON.stringify(body));
  }

  #answer({ method, target, headers }: Asked): Reply {
    if (target === '/openstack/latest/meta_data.json' && this.openstack !== undefined) {
      return { status: 200, body: this.openstack };
    }
    if (target === '/latest/api/token') return this.#token(method, headers);
    const token = headers['x-aws-ec2-metadata-token'];
    if (typeof token !== 'string' || !this.tokens.has(token)) return { status: 401, body: '' };
    const entry = this.entries.get(target.replace('/latest/meta-data/', ''));
    if (method !== 'GET' || entry === undefined) return { status: 404, body: 'Not Found' };
    return { status: 200, body: entry };
  }

  #token(method: string, headers: Asked['headers']): Reply {
    const ttl = headers['x-aws-ec2-metadata-token-ttl-seconds'];
    if (method !== 'PUT') return { status: 405, body: '' };
    if (typeof ttl !== 'string' || !/^\d{1,5}$/.test(ttl) || Number(ttl) > 21_600 || ttl === '0') {
      return { status: 400, body: '' };
    }
    this.#made += 1;
    const token = `AQAEA${this.#made}token==`;
    this.tokens.add(token);
    this.ttls.push(ttl);
    return { status: 200, body: token };
  }
}
