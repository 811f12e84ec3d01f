/**
 * `vmmanage host-setup --ec2`: the narrow IAM policy of whoever launches a guest's clones, from the guest's
 * own conf. Printed, never applied: accounts belong to others.
 */
import type { Loaded } from '../../conf/loaded.ts';
import type { Ec2Options } from '../../migrators/clouds/ec2-options.ts';
import { ec2Policy } from '../../migrators/clouds/ec2-policy.ts';
import type { Call } from '../command.ts';
import { needConf } from '../conf.ts';
import { CliError, EXIT } from '../exit.ts';
import { jsonText } from '../render/clean.ts';
import type { Options } from './values.ts';

/** Any account; the policy is put into one of them. */
const WHICHEVER = '*';

/** Prints the policy as IAM takes it. */
export async function printEc2Policy({ options, terminal }: Call<Options>): Promise<number> {
  // Who has the account needn't have the secrets.
  const loaded = await needConf(options.conf ?? [], terminal, 'leave');
  terminal.out(jsonText(policyOf(loaded, options.awsAccount ?? WHICHEVER)));
  return EXIT.done;
}

function policyOf({ rules, migrators }: Loaded, account: string) {
  const [found, another] = migrators.filter(({ kind }) => kind === 'ec2');
  if (!found) throw new CliError(EXIT.failed, 'the conf has no [migrator] of kind ec2');
  if (another) {
    const names = `${found.name} and ${another.name}`;
    throw new CliError(EXIT.failed, `the conf has several of kind ec2 (${names}): give one alone`);
  }
  const options = found.options as Ec2Options;
  return ec2Policy({ ...options, vm: rules.vm, account, role: roleOf(options) });
}

/** The role in an instance profile has its name, unless somebody chose another. */
function roleOf({ instance_profile: profile }: Ec2Options): string | undefined {
  return profile?.split('/').at(-1);
}
