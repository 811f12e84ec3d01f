/** The double of EC2 as one of the clouds. */
import type { CloudDouble, LaunchedInstance } from './double.ts';
import { type DoubleInstance, Ec2Double, IMAGE, KEY, REGION } from './ec2.ts';
import type { Asked } from './faulty-server.ts';
import type { ImdsDouble } from './imds.ts';

export class Ec2Cloud implements CloudDouble {
  readonly kind = 'ec2';
  readonly api = new Ec2Double();

  options(image: 'prepared' | 'self', api = this.api.url): Record<string, string> {
    return {
      ...{ kind: 'ec2', endpoint: api, region: REGION, image: image === 'self' ? 'self' : IMAGE },
      ...{ access_key: KEY.accessKey, secret_key: KEY.secretKey },
    };
  }

  isLaunch({ body }: Asked): boolean {
    return /Action=RunInstances/.test(body) && !/DryRun/.test(body);
  }

  get launched(): readonly LaunchedInstance[] {
    return this.api.instances.filter(({ form }) => form['Action'] !== undefined).map(asLaunched);
  }

  get made(): number {
    return this.api.images.filter(({ of }) => of !== undefined).length + this.api.snapshots.length;
  }

  onImage(take: (image: string) => void): void {
    this.api.onImage = ({ id }) => take(id);
  }

  makeImagesAtOnce(): void {
    this.api.imageState = 'available';
  }

  addGuest(): string {
    return this.api.addGuest().id;
  }

  tell(metadata: ImdsDouble, id: string): void {
    metadata.entries.set('instance-id', id);
  }

  advance(): void {
    this.api.advance();
  }
}

const STATES: Readonly<Record<DoubleInstance['state'], LaunchedInstance['state']>> = {
  ...({ pending: 'starting', running: 'running', 'shutting-down': 'ending' } as const),
  ...({ terminated: 'gone', stopping: 'off', stopped: 'off' } as const),
};

function asLaunched(instance: DoubleInstance): LaunchedInstance {
  const { id, form, tags, state } = instance;
  const become = (next: DoubleInstance['state']) => () => {
    instance.state = next;
  };
  // Every launch of ours says InstanceInitiatedShutdownBehavior = terminate.
  const off = form['InstanceInitiatedShutdownBehavior'] === 'terminate' ? 'terminated' : 'stopped';
  return {
    ...{ id, state: STATES[state], image: form['ImageId'] ?? '', tags },
    userData: Buffer.from(form['UserData'] ?? '', 'base64').toString(),
    ...{ run: become('running'), shutDown: become(off), lose: become('terminated') },
  };
}
