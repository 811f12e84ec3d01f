/** What a `[migrator NAME]` of kind openstack says of the servers that it creates, and who asks. */
import { listOf } from '../../core/option-shapes.ts';
import { choice, path, pattern, text } from '../../core/option-types.ts';
import { type OptionsOf, option, optional, required } from '../../core/options.ts';
import { apiUrl, CALL_OPTIONS } from './options.ts';

export const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

const uuid = pattern(UUID, 'an id such as d8e02d56-2648-49a3-bf97-6be8f1204f38');
const name = pattern(/^[\x20-\x7e]{1,255}$/, 'a name');
const credentialId = pattern(/^[A-Za-z0-9]{16,64}$/, 'the id of an application credential');

export const OPENSTACK_OPTIONS = {
  image: required(name, {
    example: 'vmmanage-clone',
    help: 'The prepared image that a clone starts from: its id or its name; self: one is made of the guest, which is a server itself.',
  }),
  flavor: required(name, { example: 'm1.small', help: 'How big a clone is: an id or a name.' }),
  networks: optional(listOf(uuid, 'list of networks'), {
    example: 'd8e02d56-2648-49a3-bf97-6be8f1204f38',
    help: 'The networks of a clone; the only one of the project by default.',
  }),
  security_groups: optional(listOf(name, 'list of security groups'), {
    example: 'clones',
    help: "What may reach a clone and what it may reach; the project's default group by default.",
  }),
  key_name: optional(text, {
    example: 'admin',
    help: 'The key pair that opens a clone to its administrator; none by default.',
  }),
  zone: optional(name, { example: 'nova', help: 'The availability zone of a clone.' }),
  cloud: optional(name, {
    example: 'mycloud',
    help: 'The cloud of this name in clouds_file says where Keystone is and who asks.',
  }),
  clouds_file: option(path, '/etc/openstack/clouds.yaml', {
    help: 'With cloud: the clouds.yaml; a secure.yaml beside it is read too.',
  }),
  auth_url: optional(apiUrl, {
    example: 'https://keystone.example.org:5000/v3',
    help: 'Instead of cloud: where Keystone is.',
  }),
  application_credential_id: optional(credentialId, {
    example: 'd8e02d56264849a3bf976be8f1204f38',
    help: 'Instead of cloud: who asks. No other kind of credential is taken.',
  }),
  application_credential_secret: optional(text, {
    secret: true,
    help: 'Of the application credential.',
  }),
  region: optional(name, { example: 'RegionOne', help: 'Where clones run, if there are several.' }),
  interface: optional(choice('public', 'internal', 'admin'), {
    example: 'internal',
    help: 'Which addresses of the services are called; public by default.',
  }),
  ...CALL_OPTIONS,
};

export type OpenstackOptions = OptionsOf<typeof OPENSTACK_OPTIONS>;

/** What doesn't go together; the secret can't be seen where a conf is only checked. */
export function openstackConflict(
  options: OpenstackOptions,
): { key: string; problem: string } | undefined {
  const { cloud, auth_url, application_credential_id: id } = options;
  const own = [auth_url, id].filter((each) => each !== undefined).length;
  if (cloud !== undefined && own > 0) {
    return { key: 'cloud', problem: 'says who asks; auth_url and its credential do so too' };
  }
  if (cloud === undefined && own < 2) {
    const problem = 'is needed, or else auth_url and application_credential_id';
    return { key: 'cloud', problem };
  }
  return undefined;
}
