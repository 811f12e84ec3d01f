export interface Cloud {
  /** One line why it can't be asked to launch now (credentials, quota, image), or undefined. Changes nothing. */
  check(launch: Launch, signal: AbortSignal): Promise<string | undefined>;
  /** Idempotent by `launch.token`: asked twice, one instance. Throws CloudFailure with a line for people, without secrets. */
  launch(launch: Launch, signal: AbortSignal): Promise<Instance>;
  /** Every instance that carries this guest's tag and isn't gone for good. */
  instances(vm: string, signal: AbortSignal): Promise<readonly Instance[]>;
  terminate(id: string, signal: AbortSignal): Promise<void>;
  /** An image of a running instance, made after the caller has synced its disks; its id once it can be launched. Optional in a first version. */
  image?(id: string, name: string, signal: AbortSignal): Promise<string>;
}
export interface Launch {
  readonly vm: string;
  readonly request: string;
  /** <= 64 ASCII characters, derived from the request */
  readonly token: string;
  readonly userData: string /* <= 16 KiB */;
}
export interface Instance {
  readonly id: string;
  readonly state: 'starting' | 'running' | 'ending' | 'gone';
  readonly request: string | undefined;
  readonly launchedMs: number | undefined;
}
