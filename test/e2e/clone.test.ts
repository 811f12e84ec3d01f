/**
 * Home and its clone: two real daemons with a worker each, a real WebDAV for the mailbox and the queue's
 * page, a cloud of commands. Away, the big jobs done there, home again; and the same with home, the
 * clone or both killed with -9 at every step, with the mailbox cut off, with the instance lost.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createConnection, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Entry } from '../../src/core/entries.ts';
import type { ExplainReport, StatusReport } from '../../src/wire/control.ts';
import { guestConf, LocalCloud, Machine } from '../support/cloud.ts';
import { Endpoint } from '../support/endpoint.ts';
import { expectOneOfActs } from '../support/one-acts.ts';
import { until } from '../support/rig.ts';
import { Webdav } from '../support/webdav.ts';

const JOBS = 6;
const LONG = process.env['LONG'] !== undefined;

let server: Webdav;
let mailbox: Cable;
let taker: Endpoint;
beforeAll(async () => {
  server = await Webdav.start();
  mailbox = await Cable.to(Number(new URL(server.url('')).port));
  taker = await Endpoint.start();
});
afterAll(async () => {
  await taker?.close();
  await mailbox?.close();
  await server?.remove();
});

let pages = 0;

/** The way to the mailbox, which can be cut. */
class Cable {
  isCut = false;
  readonly #server;
  readonly #ends = new Set<Socket>();

  private constructor(to: number) {
    this.#server = createServer((socket) => {
      if (this.isCut) return void socket.destroy();
      const other = createConnection(to, '127.0.0.1');
      for (const end of [socket, other]) {
        this.#ends.add(end);
        end.on('error', () => undefined);
        end.on('close', () => {
          this.#ends.delete(end);
          socket.destroy();
          other.destroy();
        });
      }
      socket.pipe(other).pipe(socket);
    });
  }

  static async to(port: number): Promise<Cable> {
    const cable = new Cable(port);
    await new Promise<void>((resolve) => cable.#server.listen(0, '127.0.0.1', resolve));
    return cable;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  cut(): void {
    this.isCut = true;
    for (const end of this.#ends) end.destroy();
  }

  mend(): void {
    this.isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

interface Given {
  readonly dead?: boolean;
  readonly image?: (page: string) => string;
}

class Story {
  readonly page: string;
  readonly cloud: LocalCloud;
  readonly home: Machine;
  readonly #seen: number;

  /** `image`: the conf there, if not that of home. */
  constructor(more = 'report_timeout = 20s\n', { dead = false, image }: Given = {}) {
    for (const name of server.pages()) if (/^db7\./.test(name)) server.unpublish(name);
    pages += 1;
    this.page = `page${pages}`;
    this.#seen = taker.results.length;
    const folder = mkdtempSync(join(tmpdir(), 'vmmanage-clone-'));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const conf = () => this.#conf(more);
    this.cloud = new LocalCloud(
      join(folder, 'cloud'),
      () => image?.(server.url(this.page)) ?? conf(),
    );
    this.cloud.dead = dead;
    this.home = new Machine(join(folder, 'home'), conf());
    server.publish(this.page, 'grade a = 2\n'.repeat(JOBS));
    this.home.start();
  }

  get results() {
    return taker.results.slice(this.#seen);
  }

  get clone(): Machine | undefined {
    return [...this.cloud.machines.values()].at(-1);
  }

  /** Whether the mailbox has a document of this kind. */
  has(what: string): boolean {
    return server.pages().some((name) => name.startsWith('db7.') && name.endsWith(`.${what}`));
  }

  async homeHas(type: Entry['type']): Promise<boolean> {
    return (await this.home.records()).some(({ entry }) => entry.type === type);
  }

  async cloneHas(type: Entry['type']): Promise<boolean> {
    return ((await this.clone?.records()) ?? []).some(({ entry }) => entry.type === type);
  }

  /** Everything done, home again if it was away, and no instance left. */
  async finish(ms = 60_000): Promise<void> {
    await until(
      'the page to be put away and the instances to be gone',
      async () => {
        const gone = Object.values(this.cloud.states()).every((state) => state === 'gone');
        const away = server.pages().includes(`${this.page}.db7.done`);
        const home = (await this.homeHas('taken-back')) || !(await this.homeHas('handed-over'));
        return gone && away && home && this.keys().size === JOBS;
      },
      ms,
    ).catch(async (error: unknown) => {
      throw new Error(`${error}\n${await this.told()}`);
    });
  }

  /** The key of each line of the page. */
  keys(): Map<number, Set<string>> {
    const keys = new Map<number, Set<string>>();
    for (const { line, key } of this.results) {
      keys.set(line, (keys.get(line) ?? new Set()).add(key));
    }
    return keys;
  }

  async told(): Promise<string> {
    const told = async (name: string, machine: Machine | undefined) => {
      const lines = (await machine?.records())?.map(({ entry }) => JSON.stringify(entry)) ?? [];
      return [name, ...lines.filter((line) => !line.includes('"conf"')), machine?.said];
    };
    const clones = [...this.cloud.machines].map(([id, machine]) => told(id, machine));
    const all = await Promise.all([told('home', this.home), ...clones]);
    return [...all.flat(), JSON.stringify(this.cloud.states()), this.results.length].join('\n');
  }

  #conf(more: string): string {
    const migrator = `${this.cloud?.options ?? ''}mailbox = http://127.0.0.1:${mailbox.port}/
poll = 100ms
${more}`;
    return guestConf(migrator, server.url(this.page), taker.url);
  }
}

const expectOneActs = (story: Story, lost: readonly string[] = []) =>
  expectOneOfActs(story.home, story.cloud.machines, lost);

/** Each job's result was accepted, each under one key however often it was made. */
function expectAllDone(story: Story): void {
  const keys = story.keys();
  expect(keys.size).toBe(JOBS);
  expect([...keys.values()].every((each) => each.size === 1)).toBe(true);
  expect(new Set(story.results.map(({ key }) => key)).size).toBe(JOBS);
  expect(story.results.every(({ status, output }) => status === 'ok' && output === '2\n')).toBe(
    true,
  );
}

/** A moment of the story, and who is killed at it. */
interface Step {
  readonly at: string;
  reached(story: Story): Promise<boolean> | boolean;
}

const migratesHome = async (story: Story) =>
  ((await story.clone?.records()) ?? []).some(
    ({ entry }, _, all) =>
      entry.type === 'progress' &&
      entry.phase === 'migrating' &&
      all.some(({ entry: asked }) => asked.type === 'intended' && asked.request === entry.request),
  );

const STEPS: readonly Step[] = [
  { at: 'the request', reached: (story) => story.homeHas('intended') },
  { at: 'the launch', reached: (story) => story.clone !== undefined },
  { at: 'the clone’s first entry', reached: (story) => story.cloneHas('cloned') },
  { at: 'the report', reached: (story) => story.has('reported') },
  { at: 'home’s hand-over', reached: (story) => story.homeHas('handed-over') },
  { at: 'the document of it', reached: (story) => story.has('handover') },
  { at: 'the clone’s hand-over', reached: (story) => story.cloneHas('handed-over') },
  { at: 'a job of the clone’s', reached: (story) => story.cloneHas('job-ended') },
  { at: 'the hand-back', reached: migratesHome },
  { at: 'the document of it', reached: (story) => story.has('handback') },
  { at: 'taking back', reached: (story) => story.homeHas('taken-back') },
  { at: 'the document of it', reached: (story) => story.has('taken') },
  { at: 'the clone’s end', reached: (story) => story.cloneHas('taken-back') },
];

type Who = 'home' | 'the clone' | 'both';
const WHO: readonly Who[] = ['home', 'the clone', 'both'];

async function killAt(story: Story, { at, reached }: Step, who: Who): Promise<void> {
  await until(at, () => reached(story), 30_000);
  const machines = [
    ...(who === 'the clone' ? [] : [story.home]),
    ...(who === 'home' || !story.clone ? [] : [story.clone]),
  ];
  await Promise.all(machines.map((machine) => machine.kill()));
  for (const machine of machines) machine.start();
}

describe('a guest and its clone', () => {
  it('go away, do the big jobs there, and come home, each result once', async () => {
    const story = new Story();
    await story.finish();
    await expectOneActs(story);
    expectAllDone(story);
    expect(story.results).toHaveLength(JOBS);
    const clone = (await story.clone?.records()) ?? [];
    const types = clone.map(({ entry }) => entry.type);
    expect(types[0]).toBe('cloned');
    expect(types.filter((type) => type === 'job-ended').length).toBeGreaterThan(JOBS / 2);
    expect((await story.home.records()).at(-1)).toBeDefined();
  });

  it.each(STEPS.filter((_, i) => LONG || i === 5 || i === 8))(
    'wait where the mailbox is cut off at $at, and neither acts beside the other',
    async (step) => {
      const story = new Story();
      onTestFinished(() => mailbox.mend());
      await until(step.at, () => step.reached(story), 30_000);
      mailbox.cut();
      await sleep(3000);
      mailbox.mend();
      await story.finish();
      await expectOneActs(story);
      expectAllDone(story);
      expect(story.results).toHaveLength(JOBS);
    },
    120_000,
  );

  it('take back what an instance had that is gone, and lose nothing of the queue', async () => {
    const story = new Story();
    await until('a job of the clone’s', () => story.cloneHas('job-ended'));
    const [id = ''] = Object.keys(story.cloud.states());
    await story.cloud.lose(id);
    await story.finish();
    await expectOneActs(story, [id]);
    expectAllDone(story);
    const taken = (await story.home.records()).find(({ entry }) => entry.type === 'taken-back');
    expect(taken?.entry).toMatchObject({ reason: `instance ${id} is gone` });
  }, 120_000);

  it('stay at home where the instance never reports, which is ended', async () => {
    const story = new Story('report_timeout = 3s\n', { dead: true });
    await until('the request to fail', () => story.homeHas('outcome'), 30_000);
    await story.finish();
    await expectOneActs(story);
    expectAllDone(story);
    const [outcome] = (await story.home.records()).filter(({ entry }) => entry.type === 'outcome');
    expect(outcome?.entry).toMatchObject({
      outcome: 'failed',
      reason: expect.stringContaining('didn’t report in time'.replace('’', "'")),
    });
    expect(await story.homeHas('handed-over')).toBe(false);
  }, 120_000);

  it('tell who acts, since when and what to do', async () => {
    const story = new Story();
    const notes = await until('a note of the hand-over', async () => {
      const status = (await story.home.look('/v1/status')) as StatusReport | undefined;
      return status?.cautions.find((note) => note.includes('handed over to aws'));
    });
    expect(notes).toMatch(/instance i-\S+ acts there; .*vmmanage resolve \S+ --at HOST/);
    const explained = (await story.home.look('/v1/explain')) as ExplainReport | undefined;
    const gate = explained?.gates.find((each) => each.gate === 'handed over');
    expect(gate?.reason).toContain('handed over to aws');
    const asked = await story.home.act('/v1/move', { verdict: 'home', force: true, why: 'now' });
    expect(asked.status).toBe(409);
    await story.finish();
  }, 120_000);

  it('go by the site part of home’s conf, where the image has an older one', async () => {
    const older = `kind = clone\nlaunch = /bin/false\ninstances = /bin/false\nterminate = /bin/false
poll = 10m\npoweroff = /bin/false\nmailbox = http://127.0.0.1:1/\n`;
    const image = (page: string) => guestConf(older, page, taker.url);
    const story = new Story(undefined, { image });
    await story.finish();
    await expectOneActs(story);
    // It ended itself: home would have done that only two minutes later.
    expect(story.clone?.said).toContain('home has taken back, this machine ends');
    const given = readFileSync(join(story.clone?.folder ?? '', 'lib/vmmanage-clone.conf'), 'utf8');
    expect(given).toMatch(/^\[site aws\]\n(.+\n)*role = away/m);
    expect(given).toContain('poll = 100ms');
    expect(given).not.toMatch(/oslo|builds|secret/);
  }, 120_000);

  it('wait for the clone to end, where home was restored from a snapshot that knows of none', async () => {
    const story = new Story();
    await until('a job of the clone’s', () => story.cloneHas('job-ended'));
    const clone = story.clone;
    await Promise.all([story.home.kill(), clone?.kill()]);
    story.home.restoreTo('intended', 'job-began');
    story.home.start();
    await until('home to say what it waits for', async () => {
      const status = (await story.home.look('/v1/status')) as StatusReport | undefined;
      return status?.cautions.some((note) => note.includes('a hand-over that this journal'));
    });
    expect(await story.homeHas('job-began')).toBe(false);
    expect(await story.homeHas('intended')).toBe(false);
    clone?.start();
    await until('the clone to be told', () => story.cloneHas('taken-back'));
    expect(await story.homeHas('job-began')).toBe(false);
    await story.finish();
    const began = (await story.home.records()).find(({ entry }) => entry.type === 'job-began');
    const over = (await clone?.records())?.find(({ entry }) => entry.type === 'taken-back');
    expect(began?.at.wallMs).toBeGreaterThan(over?.at.wallMs ?? Number.POSITIVE_INFINITY);
  }, 120_000);

  /** Each step with one of the three, in turn; in a long run with each. */
  describe.each(WHO.map((who, turn) => ({ who, turn })))(
    'killed with -9: $who',
    ({ who, turn }) => {
      const steps = STEPS.map((step, i) => ({ ...step, i, name: `step ${i + 1}, ${step.at}` }));
      it.each(steps.filter(({ i }) => LONG || i % WHO.length === turn))(
        'at $name',
        async (step) => {
          const story = new Story();
          await killAt(story, step, who);
          await story.finish();
          await expectOneActs(story);
          expectAllDone(story);
          // What ran when its worker was killed ran again: no more than that came twice.
          expect(story.results.length).toBeLessThanOrEqual(JOBS + 2);
        },
        120_000,
      );
    },
  );
});
