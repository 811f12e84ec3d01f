/**
 * What becomes of the instances of a cloud's double: machines with a daemon and a worker each, that are told
 * who they are by user-data and instance metadata. One that is terminated is gone; what becomes of one that
 * shuts itself down is its cloud's to say.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { METADATA_URL } from '../../../src/migrators/clouds/imds.ts';
import { Machine } from '../cloud.ts';
import type { CloudDouble, LaunchedInstance } from './double.ts';
import { ImdsDouble } from './imds.ts';

export class CloudMachines {
  readonly machines = new Map<string, Machine>();
  /** Instances run, and no machine comes of them. */
  dead = false;
  readonly #cloud: CloudDouble;
  readonly #folder: string;
  readonly #conf: string;
  readonly #metadata: ImdsDouble[] = [];
  #watching = true;
  readonly #watch: Promise<void>;

  /** An image holds, from now on, what this guest's machine has in its state folder when it is made. */
  takeImagesOf(guest: Machine): void {
    this.#cloud.onImage((image) => copyFolder(guest.state, join(this.#folder, image)));
  }

  /** `conf` is that of the image. The program `poweroff` in the folder ends the machine it is run on. */
  constructor(cloud: CloudDouble, folder: string, conf: string) {
    this.#cloud = cloud;
    this.#folder = folder;
    this.#conf = conf;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'poweroff'), '#!/bin/sh\nexec touch "$HOME.off"\n', { mode: 0o755 });
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
      for (const instance of this.#cloud.launched) await this.#tend(instance);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #tend(instance: LaunchedInstance): Promise<void> {
    const { id, state } = instance;
    if (state === 'ending') {
      await this.machines.get(id)?.kill();
      instance.lose();
    } else if (state === 'running' && existsSync(join(this.#folder, `${id}.off`))) {
      await this.machines.get(id)?.kill();
      instance.shutDown();
    } else if (state === 'starting') {
      if (!this.dead) await this.#boot(instance);
      instance.run();
    }
  }

  async #boot({ id, image, userData }: LaunchedInstance): Promise<void> {
    const metadata = await ImdsDouble.start();
    this.#metadata.push(metadata);
    this.#cloud.tell(metadata, id);
    const machine = new Machine(join(this.#folder, id), this.#conf, {
      [METADATA_URL]: metadata.url,
    });
    const held = join(this.#folder, image);
    if (existsSync(held)) copyFolder(held, machine.state);
    machine.boot(userData);
    this.machines.set(id, machine);
  }
}

/** As it is while others write there: what vanishes meanwhile is left out. */
function copyFolder(from: string, to: string): void {
  spawnSync('cp', ['-a', from, to]);
}
