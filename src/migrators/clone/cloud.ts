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
  /**
   * An image of a running instance, made after the caller has synced its disks; its id once it can
   * be launched. Throws CloudFailure.
   */
  image?(id: string, name: string, signal: AbortSignal): Promise<string>;
}

export interface Launch {
  readonly vm: string;
  readonly request: string;
  /** At most 64 ASCII characters, derived from the request. */
  readonly token: string;
  /** At most 16 KiB, without secrets. */
  readonly userData: string;
}

export interface Instance {
  readonly id: string;
  readonly state: 'starting' | 'running' | 'ending' | 'gone';
  /** The request that it was launched for, by its tag. */
  readonly request: string | undefined;
  /** Wall time. */
  readonly launchedMs: number | undefined;
}
