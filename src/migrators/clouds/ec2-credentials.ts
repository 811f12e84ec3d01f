/**
 * Who asks EC2: the access key of the conf, or the role of the instance that this guest is. A
 * role's credentials live for hours; they are asked for again before they end.
 */
import type { Clock } from '../../core/clock.ts';
import type { Ec2Options } from './ec2-options.ts';
import type { Credentials } from './ec2-sign.ts';
import { CloudFailure } from './failure.ts';
import type { Imds, RoleCredentials } from './imds.ts';
import type { Secrets } from './secrets.ts';

/** New ones are there five minutes before the old ones end, says EC2's guide. */
const EARLY_MS = 5 * 60_000;

export interface Asker {
  credentials(signal: AbortSignal): Promise<Credentials>;
}

interface Parts {
  readonly clock: Clock;
  readonly imds: Imds;
  readonly secrets: Secrets;
}

export function askerOf(options: Ec2Options, { clock, imds, secrets }: Parts): Asker {
  const { access_key: accessKey, secret_key: secretKey } = options;
  if (accessKey !== undefined) {
    if (secretKey === undefined) return { credentials: noSecret };
    secrets.set('secret key', secretKey);
    return { credentials: async () => ({ accessKey, secretKey }) };
  }
  let kept: RoleCredentials | undefined;
  return {
    async credentials(signal) {
      if (kept && clock.now().wallMs < kept.expiresMs - EARLY_MS) return kept;
      kept = await ofRole(imds, signal);
      secrets.set('secret key', kept.secretKey);
      secrets.set('session token', kept.sessionToken);
      return kept;
    },
  };
}

async function noSecret(): Promise<never> {
  throw new CloudFailure('EC2: access_key has no secret_key (secret_key_file)', 'refused');
}

async function ofRole(imds: Imds, signal: AbortSignal): Promise<RoleCredentials> {
  const role = await imds.roleCredentials(signal);
  if ('value' in role) return role.value;
  const why = 'none' in role ? 'this instance has no role' : role.failed;
  throw new CloudFailure(`EC2: no access_key in the conf, and ${why}`, 'refused');
}
