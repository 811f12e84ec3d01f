/**
 * What becomes of the instances of an EC2 double: machines with a daemon and a worker each, that are told
 * who they are by user-data and instance metadata. One that powers off, or is terminated, is gone.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { METADATA_URL } from '../../../src/migrators/clouds/imds.ts';
import { Machine } from '../cloud.ts';
import type { DoubleInstance, Ec2Double } from './ec2.ts';
import { ImdsDouble } from './imds.ts';

export class Ec2Machines {
  readonly machines = new Map<string, Machine>();
  /** Instances run, and no machine comes of them. */
  dead = false;
  readonly #ec2: Ec2Double;
  readonly #folder: string;
  readonly #conf: () => string;
  readonly #metadata: ImdsDouble[] = [];
  #watching = true;
  readonly #watch: Promise<void>;

  /** An image holds, from now on, what this guest's machine has in its state folder when it is made. */
  takeImagesOf(guest: Machine): void {
    this.#ec2.onImage = ({ id }) => copyFolder(guest.state, join(this.#folder, id));
  }

  /** `conf` is that of the image. */
  constructor(ec2: Ec2Double, folder: string, conf: () => string) {
    this.#ec2 = ec2;
    this.#folder = folder;
    this.#conf = conf;
    mkdirSync(folder, { recursive: true });
    writeFileSync(this.poweroff, '#!/bin/sh\nexec touch "$HOME.off"\n', { mode: 0o755 });
    this.#watch = this.#run();
    onTestFinished(() => this.#close());
  }

  /** The program that ends the machine it is run on. */
  get poweroff(): string {
    return join(this.#folder, 'poweroff');
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
    const machine = new Machine(join(this.#folder, id), this.#conf(), {
      [METADATA_URL]: metadata.url,
    });
    const image = join(this.#folder, form['ImageId'] ?? '');
    if (existsSync(image)) copyFolder(image, machine.state);
    machine.boot(Buffer.from(form['UserData'] ?? '', 'base64').toString());
    this.machines.set(id, machine);
  }
}

/** As it is while others write there: what vanishes meanwhile is left out. */
function copyFolder(from: string, to: string): void {
  spawnSync('cp', ['-a', from, to]);
}
