/** The double of Keystone, Glance and Nova as one of the clouds. */
import type { CloudDouble, LaunchedInstance } from './double.ts';
import type { Asked } from './faulty-server.ts';
import type { ImdsDouble } from './imds.ts';
import { CREDENTIAL, type DoubleServer, IMAGE, OpenstackDouble } from './openstack.ts';

export class OpenstackCloud implements CloudDouble {
  readonly kind = 'openstack';
  readonly api = new OpenstackDouble();

  options(image: 'prepared' | 'self', api = this.api.url): Record<string, string> {
    return {
      ...{ kind: 'openstack', auth_url: `${api}identity/v3`, image, flavor: 'm1.small' },
      application_credential_id: CREDENTIAL.id,
      application_credential_secret: CREDENTIAL.secret,
    };
  }

  isLaunch({ method, target }: Asked): boolean {
    return method === 'POST' && target === '/compute/servers';
  }

  get launched(): readonly LaunchedInstance[] {
    return this.api.servers.filter(({ body }) => body['user_data'] !== undefined).map(asLaunched);
  }

  get made(): number {
    return this.api.images.filter(({ properties }) => properties !== undefined).length;
  }

  onImage(take: (image: string) => void): void {
    this.api.onImage = ({ id }) => take(id);
  }

  makeImagesAtOnce(): void {
    this.api.imageStatus = 'active';
  }

  addGuest(): string {
    const guest = this.api.add({ imageRef: { id: IMAGE }, metadata: {} });
    guest.status = 'ACTIVE';
    return guest.id;
  }

  tell(metadata: ImdsDouble, id: string): void {
    metadata.openstack = JSON.stringify({ uuid: id, availability_zone: 'nova' });
  }

  advance(): void {
    this.api.advance();
  }
}

function stateOf({ status, task }: DoubleServer): LaunchedInstance['state'] {
  if (status === 'DELETED') return 'gone';
  if (task === 'deleting') return 'ending';
  if (status === 'SHUTOFF') return 'off';
  return status === 'BUILD' ? 'starting' : 'running';
}

function asLaunched(server: DoubleServer): LaunchedInstance {
  const become = (status: string, task: string | null = null) => {
    server.status = status;
    server.task = task;
  };
  const { id, body, metadata } = server;
  return {
    ...{ id, state: stateOf(server), image: String(body['imageRef']), tags: metadata },
    userData: Buffer.from(String(body['user_data']), 'base64').toString(),
    run: () => become('ACTIVE'),
    // Nova keeps what has shut itself down.
    shutDown: () => become('SHUTOFF'),
    lose: () => become('DELETED'),
  };
}
