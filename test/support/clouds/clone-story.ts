/**
 * Home and its clone at a cloud: two real daemons with a worker each, a real WebDAV for the mailbox and the
 * queue's page, and a double of the cloud whose instances become machines.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished } from 'vitest';
import type { Entry } from '../../../src/core/entries.ts';
import { METADATA_URL } from '../../../src/migrators/clouds/imds.ts';
import { guestConf, Machine } from '../cloud.ts';
import { Endpoint } from '../endpoint.ts';
import { until } from '../rig.ts';
import { Webdav } from '../webdav.ts';
import type { CloudDouble, LaunchedInstance } from './double.ts';
import { ImdsDouble } from './imds.ts';
import { CloudMachines } from './machines.ts';

const JOBS = 6;
/** Nobody answers there: home is no instance. */
const NO_METADATA = { [METADATA_URL]: 'http://127.0.0.1:1/' };

let pages = 0;

/** What all stories of a file share: the mailbox and the page, and who takes the results. */
export class Servers {
  readonly web: Webdav;
  readonly taker: Endpoint;

  private constructor(web: Webdav, taker: Endpoint) {
    this.web = web;
    this.taker = taker;
  }

  static async start(): Promise<Servers> {
    return new Servers(await Webdav.start(), await Endpoint.start());
  }

  async close(): Promise<void> {
    await this.taker.close();
    await this.web.remove();
  }

  /** Of a guest with a page of its own, which isn't there yet. */
  guest(cloud: CloudDouble, image: 'prepared' | 'self', more = ''): { page: string; conf: string } {
    pages += 1;
    const page = `page${pages}`;
    const own = Object.entries(cloud.options(image)).map(([key, value]) => `${key} = ${value}\n`);
    const migrator = `${own.join('')}mailbox = ${this.web.url('')}\npoll = 100ms\n${more}`;
    return { page, conf: guestConf(migrator, this.web.url(page), this.taker.url) };
  }
}

interface Given<C> {
  prepare?: (cloud: C) => void;
  /** Lines of the [migrator]. */
  readonly more?: string;
  /** No machine comes of what is launched. */
  readonly dead?: boolean;
  /** Home is an instance, and its clones are launched from images of it. */
  readonly self?: boolean;
}

export class CloneStory<C extends CloudDouble> {
  readonly page: string;
  readonly cloud: C;
  readonly clones: CloudMachines;
  readonly home: Machine;
  readonly #servers: Servers;
  readonly #seen: number;

  static async begin<C extends CloudDouble>(
    servers: Servers,
    cloud: C,
    { prepare = () => undefined, more = '', dead = false, self = false }: Given<C> = {},
  ): Promise<CloneStory<C>> {
    await cloud.api.start();
    onTestFinished(() => cloud.api.close());
    prepare(cloud);
    const metadata = self ? await metadataOf(cloud) : NO_METADATA;
    const story = new CloneStory(servers, cloud, { more, self, metadata });
    story.clones.dead = dead;
    story.home.start();
    return story;
  }

  /** `metadata`: what home asks who it is. */
  private constructor(
    servers: Servers,
    cloud: C,
    given: { more: string; self: boolean; metadata: Readonly<Record<string, string>> },
  ) {
    const { web, taker } = servers;
    for (const name of web.pages()) if (/^db7\./.test(name)) web.unpublish(name);
    this.#servers = servers;
    this.#seen = taker.results.length;
    this.cloud = cloud;
    const folder = mkdtempSync(join(tmpdir(), `vmmanage-${cloud.kind}-`));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const poweroff = join(folder, 'cloud', 'poweroff');
    const more = `poweroff = ${poweroff}\n${given.more}`;
    const { page, conf } = servers.guest(cloud, given.self ? 'self' : 'prepared', more);
    this.page = page;
    this.clones = new CloudMachines(cloud, join(folder, 'cloud'), conf);
    this.home = new Machine(join(folder, 'home'), conf, given.metadata);
    this.clones.takeImagesOf(this.home);
    web.publish(page, 'grade a = 2\n'.repeat(JOBS));
  }

  get results() {
    return this.#servers.taker.results.slice(this.#seen);
  }

  async homeHas(type: Entry['type']): Promise<boolean> {
    return (await this.home.records()).some(({ entry }) => entry.type === type);
  }

  /** The only one that there was. */
  get instance(): LaunchedInstance {
    const [instance, another] = this.cloud.launched;
    if (!instance || another) throw new Error(`${this.cloud.launched.length} were launched`);
    return instance;
  }

  /** The machine that came of it. */
  get clone(): Machine | undefined {
    return this.clones.machines.get(this.instance.id);
  }

  /** Every job done, home again if it was away, and no instance or image left. `off`: they need only have shut down. */
  async finish({ ms = 60_000, off = false } = {}): Promise<void> {
    const isDone = async () => {
      const { launched, made } = this.cloud;
      const over = launched.every(({ state }) => state === 'gone' || (off && state === 'off'));
      const away = this.#servers.web.pages().includes(`${this.page}.db7.done`);
      const home = (await this.homeHas('taken-back')) || !(await this.homeHas('handed-over'));
      return over && (off || made === 0) && away && home && this.#keys === JOBS;
    };
    await until('the page to be put away and the instances gone', isDone, ms).catch(
      async (error: unknown) => {
        throw new Error(`${error}\n${await this.#told()}`);
      },
    );
  }

  /** Of one whose instance never reports (`dead`): it works on at home, and its request has failed. */
  async staysAtHome(): Promise<void> {
    await until('the request to fail', () => this.homeHas('outcome'), 30_000);
    await this.finish();
    this.expectAllDone();
    const [outcome] = (await this.home.records()).filter(({ entry }) => entry.type === 'outcome');
    expect(outcome?.entry).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining("didn't report in time"),
    });
    expect(await this.homeHas('handed-over')).toBe(false);
  }

  /** Each job's result came once. */
  expectAllDone(): void {
    const { results } = this;
    const lines = results.map(({ line }) => line).toSorted();
    expect(lines).toEqual([...Array(JOBS).keys()].map((i) => i + 1));
    this.expectEachAccepted();
  }

  /** Each job's result was accepted under one key, however often it was made. */
  expectEachAccepted(): void {
    expect(this.#keys).toBe(JOBS);
    expect(this.results.every(({ status, output }) => status === 'ok' && output === '2\n')).toBe(
      true,
    );
  }

  get #keys(): number {
    return new Set(this.results.map(({ key }) => key)).size;
  }

  async #told(): Promise<string> {
    const all = [this.home, ...this.clones.machines.values()].map(async (machine) => {
      const lines = (await machine.records()).map(({ entry }) => JSON.stringify(entry));
      return [...lines.filter((line) => !line.includes('"conf"')), machine.said];
    });
    const states = this.cloud.launched.map(({ id, state }) => `${id} ${state}`);
    return [...(await Promise.all(all)).flat(), ...states].join('\n');
  }
}

/** Of an instance that the guest is from now on. */
async function metadataOf(cloud: CloudDouble): Promise<Readonly<Record<string, string>>> {
  const metadata = await ImdsDouble.start();
  onTestFinished(() => metadata.close());
  cloud.tell(metadata, cloud.addGuest());
  return { [METADATA_URL]: metadata.url };
}
