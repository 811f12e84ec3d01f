/** How the cloud calls the machine that the daemon runs on, where the conf says that it may be at one. */
import type { Loaded } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import { imds } from '../migrators/clouds/imds.ts';

/** How the cloud calls this machine, where it is one of a cloud's. */
export type Identity = () => Promise<string | undefined>;

/** By kind of migrator; others' metadata, if there are any, are unknown. */
const CLOUDS = ['ec2', 'openstack'] as const;

/** Undefined where nothing is to be asked. */
export function instanceOf(
  { migrators }: Pick<Loaded, 'migrators'>,
  clock: Clock,
): Identity | undefined {
  const cloud = CLOUDS.find((each) => migrators.some(({ kind }) => kind === each));
  if (cloud === undefined) return undefined;
  const metadata = imds({ clock, cloud });
  return async () => {
    const found = await metadata.instanceId(new AbortController().signal);
    return 'value' in found ? found.value : undefined;
  };
}
