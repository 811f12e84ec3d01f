/**
 * A cloud as a site: the way of a request there (look, launch, wait until the clone has reported), where
 * the guest is, and what becomes of instances that nobody needs. When something is handed over, and
 * what, is the daemon's (daemon/handing-over.ts).
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
import { Ages } from './ages.ts';
import { type Cloud, type Instance, isUp, type Launch } from './cloud.ts';
import { Mailbox } from './mailbox.ts';
import { type CloneOptions, lifeMs } from './options.ts';
import { type IsNeeded, Sweeping } from './sweeping.ts';
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

export class CloneSite implements Migrator, Locator, Stopper {
  readonly options: CloneOptions;
  readonly mailbox: Mailbox;
  readonly #cloud: Cloud;
  readonly #context: MigratorContext;
  /** How often in a row the instance of a request wasn't listed. */
  #unseen = { request: '', looks: 0 };
  readonly #stopped = new Set<string>();
  /** The request of which no instance is listed, and since when; monotonic. */
  #unlisted = { request: '', sinceMs: 0 };
  readonly #ages: Ages;
  readonly #sweeping: Sweeping;

  constructor(cloud: Cloud, options: CloneOptions, context: MigratorContext) {
    this.#cloud = cloud;
    this.options = options;
    this.#context = context;
    this.mailbox = new Mailbox(options);
    const { clock, vm } = context;
    this.#ages = new Ages(options, clock);
    this.#sweeping = new Sweeping({ cloud, clock, vm, mailbox: this.mailbox });
  }

  serves(host: string): boolean {
    return this.#context.hosts.includes(host);
  }

  async preflight(move: Move, signal: AbortSignal): Promise<Preflight> {
    const reached = await this.mailbox.get('reported', aboutOf(move), signal);
    if ('failed' in reached) return { ok: false, reason: `mailbox: ${reached.failed}` };
    const launch = this.#launchOf(move);
    const bytes = Buffer.byteLength(launch.userData);
    if (bytes > USER_DATA_MAX_BYTES) {
      const reason = `the user-data would have ${bytes} bytes, and clouds take ${USER_DATA_MAX_BYTES}: shorten [site] and [migrator] of this site`;
      return { ok: false, reason };
    }
    const against = await this.#cloud.check(launch, signal).catch(reasonOf);
    return against === undefined ? { ok: true } : { ok: false, reason: against };
  }

  async migrate(
    move: Move,
    signal: AbortSignal,
    progress: (text: string) => void = () => undefined,
  ): Promise<Attempt> {
    this.#sweeping.note(move.request);
    try {
      const launch = await this.#withImage(this.#launchOf(move), signal, progress);
      progress('launching');
      const { id } = await this.#cloud.launch(launch, signal);
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
    const ageMs = this.#ages.ofLaunch(own?.launchedMs, elapsedMs(at, clock.now()));
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
      const { handedOver } = this.#standing();
      const isTooOld = handedOver?.request === request && this.#ages.isTooOld(there, handedOver);
      if (isTooOld || this.#ages.lingers(there)) await this.#cloud.terminate(there.id, signal);
      return undefined;
    }
    const before = this.#unseen.request === request ? this.#unseen.looks : 0;
    this.#unseen = { request, looks: before + 1 };
    const [gone] = own;
    if (gone) return `instance ${gone.id} is gone`;
    return this.#unseen.looks >= UNSEEN_LOOKS ? 'its instance is gone' : undefined;
  }

  /**
   * The instance that acts by a hand-over that is none of the needed requests', if there is one; or why
   * nobody can tell. Throws CloudFailure.
   */
  async unknownActor(
    isNeeded: IsNeeded,
    signal: AbortSignal,
  ): Promise<{ readonly instance: string } | { readonly failed: string } | undefined> {
    const { vm } = this.#context;
    const listed = await this.#cloud.instances(vm, signal);
    for (const { id, state, request } of listed) {
      if (state === 'gone' || request === undefined || isNeeded(request)) continue;
      const handed = await this.mailbox.get('handover', { vm, request }, signal);
      if ('none' in handed) continue;
      if ('failed' in handed) return { failed: `mailbox: ${handed.failed}` };
      // One that hands back never begins anything again.
      const back = await this.mailbox.get('handback', { vm, request }, signal);
      if (!('document' in back)) return { instance: id };
    }
    return undefined;
  }

  /** A request of an earlier life of the daemon, or of its conf: what it may have left is looked for. */
  noteEarlier(request: string): void {
    this.#sweeping.note(request);
  }

  /**
   * Tells clones that nobody needs that they are to end, ends those that didn't, and takes away what requests
   * that are over have left in the mailbox and among the images. `isNeeded`: whose clone isn't to be
   * touched. True while something is left. Throws CloudFailure.
   */
  sweep(isNeeded: IsNeeded, signal: AbortSignal): Promise<boolean> {
    const { handedOver, request: open } = this.#standing();
    if (handedOver && this.serves(handedOver.to)) this.#sweeping.note(handedOver.request);
    if (open && this.serves(open.to)) this.#sweeping.note(open.id);
    return this.#sweeping.sweep(isNeeded, signal);
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

  async #withImage(
    launch: Launch,
    signal: AbortSignal,
    progress: (text: string) => void,
  ): Promise<Launch> {
    const { ownImages } = this.#cloud;
    if (!ownImages) return launch;
    progress('making an image of this guest');
    return { ...launch, image: await ownImages.make(launch, signal) };
  }

  #launchOf({ vm, request, from, to }: Move): Launch {
    const { stateFolder, sitePart } = this.#context;
    const { url: mailbox } = this.mailbox;
    const document = { what: 'clone', vm, request, host: to, home: from, mailbox } as const;
    const data = userData(document, { stateFolder, sitePart, lifeMs: lifeMs(this.options) });
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

function reasonOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}
