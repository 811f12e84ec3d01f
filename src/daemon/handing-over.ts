/**
 * The two sides of a hand-over (ARCHITECTURE.md, The clone): at home what is handed over, looked for
 * and taken back; in a clone what is reported, taken over and handed back. Each round does the next
 * thing that the state asks for, so that whatever was interrupted is done again. Who acts is core's to say.
 */
import type { Clock } from '../core/clock.ts';
import {
  acts,
  type HandOver,
  handsBack,
  mayBeCopy,
  type Origin,
  whyResting,
} from '../core/clone.ts';
import type { Entry, EntryType, Intended } from '../core/entries.ts';
import type { Happening } from '../core/events.ts';
import type { State } from '../core/state.ts';
import { Mailbox } from '../migrators/clone/mailbox.ts';
import type { CloneSite } from '../migrators/clone/site.ts';
import { withDeadline } from '../system/deadline.ts';
import { describeEnd, runProgram, succeeded } from '../system/programs.ts';
import { HANDED_JOBS_MAX, type HandedQueues, type Posted } from '../wire/clone.ts';
import { UNKNOWN } from './become-clone.ts';
import { FirstLook } from './first-look.ts';
import type { LocalLog } from './local-log.ts';

export interface HandingOverParts {
  readonly clock: Clock;
  readonly vm: string;
  readonly log: LocalLog;
  state(): State;
  /** Of the conf in force. */
  sites(): readonly CloneSite[];
  /** What earlier lives of the daemon asked for, in its order. */
  readonly earlier: readonly Asked[];
  /** In a clone: the address that its user-data gave. */
  readonly mailbox: string | undefined;
  readonly queues: Queues;
  post(happening: Happening): Promise<unknown>;
}

/** A request, and the host it was for. */
type Asked = Pick<Intended, 'request' | 'to'>;

/** The guest's queues, as far as they are handed over (daemon/working.ts). */
export interface Queues {
  /** Closes them; undefined while something is in hand. */
  rest(): Promise<Resting | undefined>;
  takeOver(queues: HandedQueues): Promise<void>;
  /** Opens them, where they are closed. */
  wake(): Promise<void>;
  /** Something may begin that might not before. */
  nudge(): void;
}

/** How closed queues stand. */
export interface Resting {
  readonly queues: HandedQueues;
  /** On the pages that are held. */
  readonly jobs: number;
}

/** Of one round: each exchange and call in it has to end by then. */
const ROUND_MS = 120_000;
/** Where no cloud is in the conf, and nothing but a reload changes that. */
const IDLE_MS = 60_000;
/** Rounds between two looks for instances that nobody needs, where the last look found none. */
const SWEEP_EVERY = 30;
/** A clone's last words need a moment to reach the central log. */
const LAST_WORDS_MS = 2_000;
/** Rounds in which the mailbox may be silent before a clone that is gone has surely left nothing there. */
const SILENT_ROUNDS = 30;
const POWEROFF_MS = 60_000;

/** Of how many requests it is looked whether they have left something in a mailbox. */
const EARLIER_MAX = 4;

const NEWS: ReadonlySet<EntryType> = new Set<EntryType>([
  'outcome',
  'handed-over',
  'taken-back',
  'job-ended',
  'progress',
  'conf',
]);

export class HandingOver {
  /** Why the hand-over doesn't go on, while it doesn't. */
  #trouble: string | undefined;
  readonly #parts: HandingOverParts;
  readonly #ending = new AbortController();
  #sooner = new AbortController();
  #running: Promise<void> | undefined;
  readonly #firstLook: FirstLook;
  /** What this life of the daemon has put, so that it isn't put in every round. */
  readonly #put = new Set<string>();
  #roundsToSweep = 0;
  #silent = 0;
  #asked: readonly Asked[];
  /** Sites of the conf in force that know of them. */
  readonly #told = new WeakSet<CloneSite>();

  constructor(parts: HandingOverParts) {
    this.#parts = parts;
    this.#firstLook = new FirstLook(parts.clock);
    this.#asked = parts.earlier.slice(-EARLIER_MAX);
  }

  /** Whether nothing may begin, whatever the journal says: a clone may act of which it knows nothing. */
  get waits(): boolean {
    const { state, sites } = this.#parts;
    return !this.#firstLook.isOver && !state().origin && sites().length > 0;
  }

  begin(): void {
    this.#running = this.#run();
  }

  /** The round that is under way is let go. */
  async end(): Promise<void> {
    this.#ending.abort();
    this.#sooner.abort();
    await this.#running;
  }

  /** Something was recorded that may call for the next step. */
  note(entry: Entry): void {
    const { type } = entry;
    if (type === 'intended') this.#asked = [...this.#asked, entry].slice(-EARLIER_MAX);
    if (type === 'outcome' || type === 'taken-back') this.#roundsToSweep = 0;
    if (NEWS.has(type)) this.#sooner.abort();
  }

  /** For `status` and `explain`: who acts, where it isn't this guest, and what can be done. */
  notes(): readonly string[] {
    const hold = whyResting(this.#parts.state(), this.#parts.clock.now());
    return [
      ...(hold ? [`${hold.reason}; ${hold.change}`] : []),
      ...(this.#trouble === undefined ? [] : [`hand-over: ${this.#trouble}`]),
    ];
  }

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    const { signal } = this.#ending;
    while (!signal.aborted) {
      this.#sooner = new AbortController();
      const before = this.#trouble;
      this.#trouble = await withDeadline(ROUND_MS, signal, clock, (s) => this.#round(s)).catch(
        (error: unknown) => (error instanceof Error ? error.message : String(error)),
      );
      if (signal.aborted) return;
      if (this.#trouble !== undefined && this.#trouble !== before) {
        log.warn('the hand-over waits', { problem: this.#trouble });
      }
      await clock.sleep(this.#pollMs(), this.#sooner.signal);
    }
  }

  #pollMs(): number {
    const polls = this.#parts.sites().map(({ options }) => options.poll);
    return Math.min(IDLE_MS, ...polls);
  }

  /** What can't go on, and why. */
  async #round(signal: AbortSignal): Promise<string | undefined> {
    const state = this.#parts.state();
    // A copy must neither answer for the guest nor end its clones.
    if (mayBeCopy(state)) return undefined;
    const waits = await this.#whyWaiting(signal);
    if (acts(state) && waits === undefined) await this.#parts.queues.wake();
    if (state.origin) return this.#asClone(state.origin, signal);
    const { handedOver, request } = state;
    const trouble = handedOver && !request ? await this.#whileOut(handedOver, signal) : undefined;
    await this.#sweep(signal);
    return waits ?? trouble;
  }

  async #whyWaiting(signal: AbortSignal): Promise<string | undefined> {
    if (!this.waits) return undefined;
    const { sites, queues } = this.#parts;
    const why = await this.#firstLook.look(sites(), this.#isNeeded, signal);
    if (why === undefined) queues.nudge();
    return why;
  }

  #isNeeded = (request: string): boolean => {
    const { handedOver, request: open } = this.#parts.state();
    return handedOver?.request === request || open?.id === request;
  };

  async #whileOut(handed: HandOver, signal: AbortSignal): Promise<string | undefined> {
    const { request } = handed;
    const { queues } = this.#parts;
    const site = this.#siteOf(handed.to);
    if (!site) return `no migrator of the conf serves ${handed.to}, where the clone acts`;
    const resting = await queues.rest();
    if (!resting) return 'jobs are in hand: the worker has to end them first';
    const back = await site.mailbox.get('handback', this.#about(request), signal);
    if ('document' in back) return this.#takeBack(site, request, back.document.queues, signal);
    this.#silent = 'failed' in back ? this.#silent + 1 : 0;
    const trouble = await this.#tellClone(site, handed, resting, signal);
    const gone = await site.whyGone(request, signal);
    // What it handed back before its end counts: it can't have put anything since.
    if (gone !== undefined && (!('failed' in back) || this.#silent >= SILENT_ROUNDS)) {
      const late = await site.mailbox.get('handback', this.#about(request), signal);
      if ('document' in late) return this.#takeBack(site, request, late.document.queues, signal);
      if ('none' in late || this.#silent >= SILENT_ROUNDS) await this.#taken(request, gone);
    }
    return 'failed' in back ? `mailbox: ${back.failed}` : trouble;
  }

  async #tellClone(
    { mailbox }: CloneSite,
    { request, instance }: HandOver,
    { queues, jobs }: Resting,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    if (jobs > HANDED_JOBS_MAX) {
      await this.#taken(request, `more than ${HANDED_JOBS_MAX} jobs can't be handed over`);
      return undefined;
    }
    const handover = { what: 'handover', request, instance, queues, vm: this.#vm } as const;
    return this.#putOnce(mailbox, handover, signal);
  }

  /** The ledgers first: an entry that says that home acts must find them. */
  async #takeBack(
    { mailbox }: CloneSite,
    request: string,
    queues: HandedQueues,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    await this.#parts.queues.takeOver(queues);
    await this.#taken(request, 'handed back');
    if (this.#parts.state().handedOver) return "the journal can't be written";
    return this.#putOnce(
      mailbox,
      { what: 'taken', request, reason: 'handed back', vm: this.#vm },
      signal,
    );
  }

  async #taken(request: string, reason: string): Promise<void> {
    this.#silent = 0;
    const { post, clock, queues } = this.#parts;
    await post({ at: clock.now(), type: 'taken-back', request, reason });
    if (acts(this.#parts.state())) await queues.wake();
  }

  /** Judged after the cloud has listed them: whatever was launched for a request was open before. */
  async #sweep(signal: AbortSignal): Promise<void> {
    this.#roundsToSweep -= 1;
    if (this.#roundsToSweep > 0) return;
    this.#tellEarlier();
    const left = await Promise.all(
      this.#parts.sites().map((site) => site.sweep(this.#isNeeded, signal).catch(() => true)),
    );
    this.#roundsToSweep = left.includes(true) ? 0 : SWEEP_EVERY;
  }

  /** What a kill, or another conf, has kept a site from clearing. */
  #tellEarlier(): void {
    for (const site of this.#parts.sites()) {
      if (this.#told.has(site)) continue;
      this.#told.add(site);
      const own = this.#asked.filter(({ to }) => site.serves(to));
      for (const { request } of own) site.noteEarlier(request);
    }
  }

  async #asClone(origin: Origin, signal: AbortSignal): Promise<string | undefined> {
    const { host, request, over } = origin;
    const site = this.#siteOf(host);
    if (!site) return `no migrator of the conf serves ${host}, where this clone is`;
    if (over) return this.#endMachine(site, signal);
    const mailbox = new Mailbox(site.options, this.#parts.mailbox);
    const taken = await mailbox.get('taken', this.#about(request), signal);
    if ('document' in taken) {
      const { reason } = taken.document;
      await this.#parts.post({ at: this.#parts.clock.now(), type: 'taken-back', request, reason });
      return undefined;
    }
    const trouble = await this.#nextOfClone(mailbox, origin, signal);
    return 'failed' in taken ? `mailbox: ${taken.failed}` : trouble;
  }

  async #nextOfClone(
    mailbox: Mailbox,
    { request, instance }: Origin,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const { queues, clock } = this.#parts;
    const state = this.#parts.state();
    if (handsBack(state) !== undefined) {
      const resting = await queues.rest();
      if (!resting) return 'jobs are in hand: the worker has to end them first';
      const back = { what: 'handback', vm: this.#vm, request, queues: resting.queues } as const;
      return this.#putOnce(mailbox, back, signal);
    }
    if (acts(state)) return undefined;
    await queues.rest();
    const { boot } = clock.now();
    const reported = { what: 'reported', vm: this.#vm, request, instance, boot } as const;
    const trouble = await this.#putOnce(mailbox, reported, signal);
    const handed = await mailbox.get('handover', this.#about(request), signal);
    if (!('document' in handed)) return trouble;
    const { instance: meant } = handed.document;
    if (instance !== UNKNOWN && meant !== instance) {
      return `home has handed over to instance ${meant}, and this is ${instance}`;
    }
    await queues.takeOver(handed.document.queues);
    await this.#parts.post({ at: clock.now(), type: 'handed-over', request });
    if (acts(this.#parts.state())) await queues.wake();
    return undefined;
  }

  async #endMachine({ options }: CloneSite, signal: AbortSignal): Promise<string | undefined> {
    const { clock, log } = this.#parts;
    await clock.sleep(LAST_WORDS_MS, signal);
    if (signal.aborted) return undefined;
    log.info('home has taken back, this machine ends');
    const program = { argv: options.poweroff, timeoutMs: POWEROFF_MS, signal };
    const ended = await runProgram(program, clock);
    return succeeded(ended) ? undefined : `this clone can't end itself: ${describeEnd(ended)}`;
  }

  /** In this life; a later one puts the same again. */
  async #putOnce(
    mailbox: Mailbox,
    document: Posted,
    signal: AbortSignal,
  ): Promise<string | undefined> {
    const key = `${document.what} ${document.request}`;
    if (this.#put.has(key)) return undefined;
    const failed = await mailbox.put(document, signal);
    if (failed === undefined) this.#put.add(key);
    return failed === undefined ? undefined : `mailbox: ${document.what}: ${failed}`;
  }

  #siteOf(host: string): CloneSite | undefined {
    return this.#parts.sites().find((site) => site.serves(host));
  }

  #about(request: string) {
    return { vm: this.#vm, request };
  }

  get #vm(): string {
    return this.#parts.vm;
  }
}
