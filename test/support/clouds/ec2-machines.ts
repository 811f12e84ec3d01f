/**
 * What becomes of the instances of an EC2 double: machines with a daemon and a worker each, that are told
 * who they are by user-data and instance metadata. One that powers off, or is terminated, is gone.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { Machine } from '../cloud.ts';
import type { DoubleInstance, Ec2Double } from './ec2.ts';
import { ImdsDouble } from './imds.ts';

/** As the tools of EC2 call it. */
export const METADATA_URL = 'AWS_EC2_METADATA_SERVICE_ENDPOINT';

export class Ec2Machines {
  readonly machines = new Map<string, Machine>();
  /** Instances run, and no machine comes of them. */
  dead = false;
  readonly #ec2: Ec2Double;
  readonly #folder: string;
  readonly #conf: (poweroff: string) => string;
  readonly #metadata: ImdsDouble[] = [];
  #watching = true;
  readonly #watch: Promise<void>;

  /** `conf` is that of the image, given what ends the machine. */
  constructor(ec2: Ec2Double, folder: string, conf: (poweroff: string) => string) {
    this.#ec2 = ec2;
    this.#folder = folder;
    this.#conf = conf;
    mkdirSync(folder, { recursive: true });
    this.#watch = this.#run();
    onTestFinished(() => this.#close());
  }

  async #close(): Promise<void> {
    this.#watching = false;
    await this.#watch;
    await Promise.all(this.#metadata.map((each) => each.close()));
  }

  async #run(): Promise<void> {
    while (this.#watching) {
      for (const instance of this.#ec2.instances) await this.#tend(instance);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #tend(instance: DoubleInstance): Promise<void> {
    const { id, state } = instance;
    const isOff = existsSync(this.#offOf(id));
    if (state === 'shutting-down' || (state === 'running' && isOff)) {
      await this.machines.get(id)?.kill();
      instance.state = 'terminated';
    } else if (state === 'pending') {
      if (!this.dead) await this.#boot(instance);
      instance.state = 'running';
    }
  }

  #offOf(id: string): string {
    return join(this.#folder, `${id}.off`);
  }

  async #boot({ id, form }: DoubleInstance): Promise<void> {
    const metadata = await ImdsDouble.start();
    this.#metadata.push(metadata);
    metadata.entries.set('instance-id', id);
    const conf = this.#conf(`/usr/bin/touch ${this.#offOf(id)}`);
    const machine = new Machine(join(this.#folder, id), conf, { [METADATA_URL]: metadata.url });
    machine.boot(Buffer.from(form['UserData'] ?? '', 'base64').toString());
    this.machines.set(id, machine);
  }
}
