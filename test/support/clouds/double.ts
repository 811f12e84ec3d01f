/** What the doubles of the clouds have in common, whatever their APIs are called: what plays with them knows no more. */
import type { Asked, FaultyServer } from './faulty-server.ts';
import type { ImdsDouble } from './imds.ts';

export interface CloudDouble {
  /** Of the migrator that asks it. */
  readonly kind: 'ec2' | 'openstack' | 'clone';
  readonly api: FaultyServer;
  /** Of a [migrator]; `api` is what answers in the API's place. */
  options(image: 'prepared' | 'self', api?: string): Readonly<Record<string, string>>;
  /** Whether something is asked to be launched by it, and not only tried. */
  isLaunch(asked: Asked): boolean;
  /** What was launched through the API, in its order. */
  readonly launched: readonly LaunchedInstance[];
  /** Images that were made of a guest, and what belongs to them, that are still there. */
  readonly made: number;
  /** What an image holds is what its instance has at that moment. */
  onImage(take: (image: string) => void): void;
  /** Images can be launched as soon as they are asked for. */
  makeImagesAtOnce(): void;
  /** The instance that the guest is; its id. */
  addGuest(): string;
  /** Has these metadata be those of an instance. */
  tell(metadata: ImdsDouble, id: string): void;
  /** Time passes: every instance and image gets to its next state. */
  advance(): void;
}

export interface LaunchedInstance {
  readonly id: string;
  /** `off`: it has shut itself down, and is kept. */
  readonly state: 'starting' | 'running' | 'off' | 'ending' | 'gone';
  readonly image: string;
  readonly userData: string;
  readonly tags: Readonly<Record<string, string>>;
  /** It has booted. */
  run(): void;
  /** What becomes of it when it shuts itself down. */
  shutDown(): void;
  lose(): void;
}
