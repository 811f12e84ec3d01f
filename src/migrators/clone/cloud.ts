/**
 * What a cloud has to be able to do for a clone. How it is asked stands in a file for each cloud;
 * when it is asked, in site.ts.
 */

export interface Cloud {
  /** One line why it can't be asked to launch now (credentials, quota, image), or undefined. Changes nothing. */
  check(launch: Launch, signal: AbortSignal): Promise<string | undefined>;
  /** Idempotent by `launch.token`: asked twice, one instance. Throws CloudFailure (clouds/failure.ts). */
  launch(launch: Launch, signal: AbortSignal): Promise<Instance>;
  /** Every instance that carries this guest's tag and isn't gone for good. Throws CloudFailure. */
  instances(vm: string, signal: AbortSignal): Promise<readonly Instance[]>;
  /** One that is gone already is no failure. Throws CloudFailure. */
  terminate(id: string, signal: AbortSignal): Promise<void>;
  /** Where each clone starts from an image of the guest itself (`image = self`). */
  readonly ownImages?: OwnImages | undefined;
}

/** Images of the machine that this guest is, where that is one of the cloud's. */
export interface OwnImages {
  /**
   * Syncs the disks, and makes one without a reboot. Idempotent by `launch.request`: asked twice, one
   * image. Its id once it can be launched. Throws CloudFailure.
   */
  make(launch: Launch, signal: AbortSignal): Promise<string>;
  /** What was made for clones of this guest and is still there, in the order in which it can go. Throws CloudFailure. */
  list(vm: string, signal: AbortSignal): Promise<readonly Made[]>;
  /** One that is gone already is no failure. Throws CloudFailure. */
  remove(id: string, signal: AbortSignal): Promise<void>;
}

/** An image, or a snapshot that belongs to one. */
export interface Made {
  readonly id: string;
  /** The request that it was made for, by its tag. */
  readonly request: string | undefined;
}

export interface Launch {
  readonly vm: string;
  readonly request: string;
  /** `vmmanage-` and the request: 35 ASCII characters, and EC2 takes 64. */
  readonly token: string;
  /** At most USER_DATA_MAX_BYTES (user-data.ts), without secrets. */
  readonly userData: string;
  /** The image that was made for it; the conf's where it is left out. */
  readonly image?: string;
}

/** Whether it acts, or will. */
export function isUp({ state }: Instance): boolean {
  return state === 'starting' || state === 'running';
}

export interface Instance {
  readonly id: string;
  readonly state: 'starting' | 'running' | 'ending' | 'gone';
  /** The request that it was launched for, by its tag. */
  readonly request: string | undefined;
  /** Wall time. */
  readonly launchedMs: number | undefined;
}
