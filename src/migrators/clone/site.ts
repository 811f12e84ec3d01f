/**
 * A cloud as a site: the way of a request there (look, launch, wait until the clone has reported), where
 * the guest is, and what becomes of instances that nobody needs. When something is handed over, and
 * what, is the daemon's (daemon/cloning.ts).
 */
import type { Answer, Sighting } from '../../core/sighting.ts';
import { elapsedMs } from '../../core/time.ts';
import { withDeadline } from '../../system/deadline.ts';
import { oneLine } from '../../system/said.ts';
import type {
  Attempt,
  Locator,
  Migrator,
  MigratorContext,
  Move,
  OpenedMigrator,
  Preflight,
  Standing,
  Stopper,
} from '../migrator.ts';
import type { Cloud, Instance, Launch } from './cloud.ts';
import { Litter } from './litter.ts';
import { Mailbox } from './mailbox.ts';
import { type CloneOptions, lifeMs } from './options.ts';
import { USER_DATA_MAX_BYTES, userData } from './user-data.ts';

/** What a migrator to a cloud opens. */
export function openClone(
  cloud: Cloud,
  options: CloneOptions,
  context: MigratorContext,
): OpenedMigrator {
  const site = new CloneSite(cloud, options, context);
  return { migrator: site, locator: site, stopper: site, cloneSite: site };
}

/** Clouds list what they have just launched, or ended, a little later. */
const UNSEEN_LOOKS = 3;
/** A request of which no instance is listed for so long has none: the daemon was killed before it launched one. */
const UNLAUNCHED_MS = 60_000;
/** So long has a clone that isn't needed to end itself and to say so in the central log, and one that ends to be gone. */
const END_GRACE_MS = 120_000;
/** A clone that has outlived its own timer by this is ended from here. */
const LIFE_SLACK_MS = 600_000;

export class CloneSite implements Migrator, Locator, Stopper {
  readonly options: CloneOptions;
  readonly mailbox: Mailbox;
  readonly #cloud: Cloud;
  readonly #context: MigratorContext;
  /** How often in a row the instance of a request wasn't listed. */
  #unseen = { request: '', looks: 0 };
  /** Since when instances were seen that nobody needs; monotonic. */
  readonly #strays = new Map<string, number>();
  readonly #stopped = new Set<string>();
  /** The request of which no instance is listed, and since when; monotonic. */
  #unlisted = { request: '', sinceMs: 0 };
  readonly #litter = new Litter();
  /** The instance that is out and was seen ending, and since when; monotonic. */
  #ending = { id: '', sinceMs: 0 };

  constructor(cloud: Cloud, options: CloneOptions, context: MigratorContext) {
    this.#cloud = cloud;
    this.options = options;
    this.#context = context;
    this.mailbox = new Mailbox(options);
  }

  serves(host: string): boolean {
    return this.#context.hosts.includes(host);
  }

  async preflight(move: Move, signal: AbortSignal): Promise<Preflight> {
    const reached = await this.mailbox.get('reported', aboutOf(move), signal);
    if ('failed' in reached) return { ok: false, reason: `mailbox: ${reached.failed}` };
    const launch = this.#launchOf(move);
    if (Buffer.byteLength(launch.userData) > USER_DATA_MAX_BYTES) {
      return { ok: false, reason: 'the user-data would be too long' };
    }
    const against = await this.#cloud.check(launch, signal).catch(reasonOf);
    return against === undefined ? { ok: true } : { ok: false, reason: against };
  }

  async migrate(
    move: Move,
    signal: AbortSignal,
    progress: (text: string) => void = () => undefined,
  ): Promise<Attempt> {
    this.#litter.note(move.request);
    try {
      progress('launching');
      const { id } = await this.#cloud.launch(this.#launchOf(move), signal);
      progress(`waiting for instance ${id} to report`);
      return await this.#untilReported(move, id, signal);
    } catch (error) {
      if (signal.aborted) await this.stop(move.request);
      return { ok: false, text: reasonOf(error) };
    }
  }

  /** Not once it has reported or is gone, nor where none was launched, nor beyond the time it has for that. */
  async underway(request: string): Promise<boolean> {
    const { request: open } = this.#standing();
    if (open?.id !== request || !this.serves(open.to)) return false;
    return this.#bounded((signal) => this.#mayReport(open, signal));
  }

  /** Ends what was launched for this request. */
  stop(request: string): Promise<void> {
    this.#stopped.add(request);
    return this.#bounded(async (signal) => {
      const listed = (await this.#instances(signal)) ?? [];
      const up = listed.filter((each) => each.request === request && isUp(each));
      await Promise.all(up.map(({ id }) => this.#cloud.terminate(id, signal).catch(reasonOf)));
    });
  }

  async #mayReport({ id: request, at }: Opened, signal: AbortSignal): Promise<boolean> {
    const { vm, clock } = this.#context;
    const reported = await this.mailbox.get('reported', { vm, request }, signal);
    if ('document' in reported) return false;
    const listed = await this.#instances(signal);
    const all = listed?.filter((each) => each.request === request) ?? [];
    const own = all.find(isUp);
    const none = listed !== undefined && own === undefined;
    if (none && (all.length > 0 || this.#stopped.has(request))) return false;
    if (this.#isUnlaunched(request, none)) return false;
    const ageMs = this.#ageMs(own?.launchedMs, elapsedMs(at, clock.now()));
    if (ageMs <= this.options.report_timeout) return true;
    await this.stop(request);
    return false;
  }

  #isUnlaunched(request: string, none: boolean): boolean {
    if (!none) this.#unlisted = { request: '', sinceMs: 0 };
    if (!none) return false;
    const nowMs = this.#context.clock.monotonicMs();
    if (this.#unlisted.request !== request) this.#unlisted = { request, sinceMs: nowMs };
    return nowMs - this.#unlisted.sinceMs >= UNLAUNCHED_MS;
  }

  async locate(signal: AbortSignal): Promise<Sighting> {
    const { handedOver, request } = this.#standing();
    if (handedOver && this.serves(handedOver.to)) {
      const { to: host, instance } = handedOver;
      const answers = [this.#answer(`instance ${instance} acts`)];
      return { kind: 'at', host, answers, clone: handedOver };
    }
    if (!request || !this.serves(request.to)) return this.#unknown('no clone is out');
    return this.#locateFor(request, signal);
  }

  /**
   * Why the clone that is out is surely gone; undefined where it isn't, or nobody can tell. One that
   * has outlived its own timer is ended, and so is one that has shut itself down and stays.
   */
  async whyGone(request: string, signal: AbortSignal): Promise<string | undefined> {
    const listed = await this.#instances(signal);
    if (!listed) return undefined;
    const own = listed.filter((each) => each.request === request);
    const there = own.find(isUp) ?? own.find(({ state }) => state !== 'gone');
    if (there) {
      this.#unseen = { request, looks: 0 };
      if (this.#isTooOld(there, request) || this.#lingers(there))
        await this.#cloud.terminate(there.id, signal);
      return undefined;
    }
    const before = this.#unseen.request === request ? this.#unseen.looks : 0;
    this.#unseen = { request, looks: before + 1 };
    const [gone] = own;
    if (gone) return `instance ${gone.id} is gone`;
    return this.#unseen.looks >= UNSEEN_LOOKS ? 'its instance is gone' : undefined;
  }

  /**
   * Tells clones that nobody needs that they are to end, ends those that didn't, and takes away what requests
   * that are over have left in the mailbox. `isNeeded`: whose clone isn't to be touched. True while
   * something is left. Throws CloudFailure.
   */
  async sweep(isNeeded: (request: string) => boolean, signal: AbortSignal): Promise<boolean> {
    const listed = await this.#cloud.instances(this.#context.vm, signal);
    const strays = listed.flatMap(({ id, state, request }) =>
      state !== 'gone' && request !== undefined && !isNeeded(request) ? [{ id, request }] : [],
    );
    const failures: unknown[] = [];
    // One that can't be ended mustn't keep the others.
    for (const { id, request } of strays) {
      await this.#sweepStray(id, request, signal).catch((error: unknown) => failures.push(error));
    }
    const ids = new Set(strays.map(({ id }) => id));
    for (const id of this.#strays.keys()) if (!ids.has(id)) this.#strays.delete(id);
    const [failure] = failures;
    if (failure !== undefined) throw failure;
    return (await this.#clear(listed, isNeeded, signal)) || strays.length > 0;
  }

  #clear(
    listed: readonly Instance[],
    isNeeded: (request: string) => boolean,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { vm } = this.#context;
    const { handedOver, request: open } = this.#standing();
    if (handedOver && this.serves(handedOver.to)) this.#litter.note(handedOver.request);
    if (open && this.serves(open.to)) this.#litter.note(open.id);
    const there = new Set(
      listed.filter(({ state }) => state !== 'gone').map((each) => each.request),
    );
    return this.#litter.look(
      (request) => !isNeeded(request) && !there.has(request),
      (request) => this.mailbox.clear({ vm, request }, signal),
    );
  }

  async #sweepStray(id: string, request: string, signal: AbortSignal): Promise<void> {
    const { vm, clock } = this.#context;
    const nowMs = clock.monotonicMs();
    const sinceMs = this.#strays.get(id);
    this.#litter.note(request);
    if (sinceMs === undefined) {
      this.#strays.set(id, nowMs);
      const told = await this.mailbox.get('taken', { vm, request }, signal);
      const taken = { what: 'taken', vm, request, reason: 'not needed' } as const;
      if (!('document' in told)) await this.mailbox.put(taken, signal);
    } else if (nowMs - sinceMs >= END_GRACE_MS) {
      await this.#cloud.terminate(id, signal);
    }
  }

  /** Some clouds keep, and charge for, what has shut itself down. */
  #lingers(instance: Instance): boolean {
    const nowMs = this.#context.clock.monotonicMs();
    if (isUp(instance) || this.#ending.id !== instance.id) {
      this.#ending = { id: isUp(instance) ? '' : instance.id, sinceMs: nowMs };
    }
    return !isUp(instance) && nowMs - this.#ending.sinceMs >= END_GRACE_MS;
  }

  /** Where the cloud doesn't tell since when it lives, since it was handed over to. */
  #isTooOld({ launchedMs }: Instance, request: string): boolean {
    const { handedOver } = this.#standing();
    if (handedOver?.request !== request) return false;
    const outMs = elapsedMs(handedOver.at, this.#context.clock.now());
    const mostMs = launchedMs === undefined ? outMs : outMs + this.options.report_timeout;
    return this.#ageMs(launchedMs, mostMs) > lifeMs(this.options) + LIFE_SLACK_MS;
  }

  /** By the cloud's clock and ours, whose steps must neither end an instance nor keep it: `mostMs` by spans. */
  #ageMs(launchedMs: number | undefined, mostMs: number): number {
    if (launchedMs === undefined) return mostMs;
    const toldMs = this.#context.clock.now().wallMs - launchedMs;
    return toldMs < 0 ? mostMs : Math.min(toldMs, mostMs);
  }

  /** While nobody can tell whether it is there, it may be on its way. */
  async #locateFor({ id, to }: Opened, signal: AbortSignal): Promise<Sighting> {
    const { vm } = this.#context;
    const reported = await this.mailbox.get('reported', { vm, request: id }, signal);
    if ('none' in reported) return this.#unknown('no clone has reported');
    if ('failed' in reported) return this.#moving(to, `mailbox: ${reported.failed}`);
    const listed = await this.#instances(signal);
    if (!listed) return this.#moving(to, "the cloud can't be asked");
    const own = listed.find((each) => each.request === id && isUp(each));
    if (!own) return this.#unknown('the instance that reported is gone');
    const answers = [this.#answer(`instance ${own.id} has reported`)];
    return { kind: 'at', host: to, answers, clone: { request: id, instance: own.id } };
  }

  async #untilReported(move: Move, id: string, signal: AbortSignal): Promise<Attempt> {
    const { clock } = this.#context;
    const { report_timeout, poll } = this.options;
    const beganMs = clock.monotonicMs();
    while (!signal.aborted && clock.monotonicMs() - beganMs < report_timeout) {
      const reported = await this.mailbox.get('reported', aboutOf(move), signal);
      if ('document' in reported) return { ok: true, text: `instance ${id} has reported` };
      await clock.sleep(poll, signal);
    }
    await this.stop(move.request);
    if (signal.aborted) return { ok: false, text: 'cancelled' };
    return { ok: false, text: `instance ${id} didn't report in time, and is ended` };
  }

  #launchOf({ vm, request, from, to }: Move): Launch {
    const { stateFolder } = this.#context;
    const { url: mailbox } = this.mailbox;
    const document = { what: 'clone', vm, request, host: to, home: from, mailbox } as const;
    const data = userData(document, stateFolder, lifeMs(this.options));
    return { vm, request, token: `vmmanage-${request}`, userData: data };
  }

  #instances(signal: AbortSignal): Promise<readonly Instance[] | undefined> {
    return this.#cloud.instances(this.#context.vm, signal).catch(() => undefined);
  }

  #standing(): Standing {
    return this.#context.standing?.() ?? {};
  }

  #bounded<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    return withDeadline(ASK_MS, new AbortController().signal, this.#context.clock, work);
  }

  #answer(says: string): Answer {
    return { who: 'cloud', says };
  }

  #unknown(says: string): Sighting {
    return { kind: 'unknown', answers: [this.#answer(says)] };
  }

  #moving(to: string, says: string): Sighting {
    return { kind: 'moving', to, answers: [this.#answer(says)] };
  }
}

type Opened = NonNullable<Standing['request']>;

/** Where nobody else bounds how long the cloud is asked. */
const ASK_MS = 60_000;

function aboutOf({ vm, request }: Move) {
  return { vm, request };
}

function isUp({ state }: Instance): boolean {
  return state === 'starting' || state === 'running';
}

function reasonOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}
