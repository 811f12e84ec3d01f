/**
 * Puts the daemon together, in the order in which it must begin and end. It holds the parts and
 * hands events on; what is decided is decided in core.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { ulid } from 'ulid';
import { formatProblem } from '../conf/findings.ts';
import type { Loaded } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import type { Entry } from '../core/entries.ts';
import type { Errand, Happening } from '../core/events.ts';
import { isMonitored } from '../core/hours.ts';
import type { State } from '../core/state.ts';
import type { Stamp } from '../core/time.ts';
import type { Reading } from '../core/words.ts';
import type { LocatorKind } from '../migrators/locators/locator.ts';
import type { MigratorKind } from '../migrators/migrator.ts';
import type { ProbeKind } from '../probes/probe.ts';
import type { Notifier } from '../system/notify.ts';
import type { ReloadAnswer, ShadowReport } from '../wire/control.ts';
import { becomeClone, type Self } from './become-clone.ts';
import { Central } from './central.ts';
import { fixedProblems, valuesOf } from './conf-values.ts';
import { actRoutes, lookRoutes } from './control/routes.ts';
import { type Control, openControl } from './control/server.ts';
import { tellCycle, tellReading } from './cycles.ts';
import { calmly, Engine, type Result } from './engine.ts';
import { Errands } from './errands.ts';
import { HandingOver } from './handing-over.ts';
import { History } from './history.ts';
import { identify, tellIdentity } from './identify.ts';
import type { Identity } from './instance.ts';
import { Journal, type JournalContent } from './journal.ts';
import { whyPassing } from './lasting.ts';
import type { LocalLog } from './local-log.ts';
import { type Lock, lock } from './lock.ts';
import { Memory } from './memory.ts';
import { OneByOne } from './one-by-one.ts';
import { Probing } from './probing.ts';
import { Publishing } from './publishing.ts';
import { type Sight, statusReport } from './reports.ts';
import { changedPolicies, restoreSpanMs, restoreState } from './restore.ts';
import { seenWatching, watchingSince } from './shadow.ts';
import { statusLine } from './status-line.ts';
import { Supervision } from './supervision.ts';
import { PlaceWatch, watchClocks, watchSpool } from './watch.ts';
import { cautionsOf } from './ways.ts';
import { Working } from './working.ts';

export interface DaemonOptions {
  readonly version: string;
  readonly clock: Clock;
  readonly log: LocalLog;
  readonly probes: readonly ProbeKind[];
  readonly migrators: readonly MigratorKind[];
  readonly locators: readonly LocatorKind[];
  /** How the cloud calls this machine; asked at a start and after a freeze. */
  readonly identity?: Identity;
  /** Who is told how the daemon is doing: systemd, where it started it. */
  readonly notifier?: Notifier;
  /** Reads the conf anew; what is wrong with it instead, when it is. */
  load(): Promise<Loaded | { readonly problems: readonly string[] }>;
}

type Reloaded = ReloadAnswer | { readonly problems: readonly string[] };

/** What of its machine and its state folder it begins with. */
interface Found {
  readonly held: Lock;
  readonly self: Self | undefined;
  readonly passing: string | undefined;
  readonly journal: Journal;
}

export class Daemon {
  readonly #options: DaemonOptions;
  #loaded: Loaded;
  #loadedMs: number;
  #problems: readonly string[] = [];
  /** Why the journal can't be written, while it can't. */
  #trouble: string | undefined;
  readonly #ending = new AbortController();
  readonly #memory = new Memory();
  readonly #lock: Lock;
  readonly #journal: Journal;
  readonly #history: History;
  readonly #central: Central;
  readonly #engine: Engine;
  readonly #errands: Errands;
  readonly #place: PlaceWatch;
  readonly #probing: Probing;
  readonly #working: Working;
  readonly #publishing: Publishing;
  readonly #self: Self | undefined;
  readonly #handingOver: HandingOver;
  readonly #supervision: Supervision;
  readonly #reloads = new OneByOne(() => this.#supervision.reloading(() => this.#reload()));
  #control: Control | undefined;

  /** Takes the lock, reads what is stored, and begins. Rejects with LockedError. */
  static async start(options: DaemonOptions, loaded: Loaded): Promise<Daemon> {
    const folder = loaded.vm.state;
    await mkdir(folder, { recursive: true, mode: 0o750 });
    const held = await lock(folder);
    try {
      const self = await becomeClone(folder, loaded.rules.vm, options.identity);
      const passing = await whyPassing(folder, self);
      const { journal, ...content } = await Journal.open(journalOptions(loaded));
      const daemon = new Daemon(options, loaded, { held, self, passing, journal }, content);
      await daemon.#begin(content.warnings);
      return daemon;
    } catch (error) {
      await held.release();
      throw error;
    }
  }

  private constructor(
    options: DaemonOptions,
    loaded: Loaded,
    { held, self, passing, journal }: Found,
    { records }: JournalContent,
  ) {
    const { clock, log } = options;
    const now = clock.now();
    this.#options = options;
    this.#loaded = loaded;
    this.#loadedMs = now.wallMs;
    this.#lock = held;
    this.#self = self;
    this.#journal = journal;
    this.#history = new History(loaded.vm.state, loaded.vm.historyDays);
    const rows = this.#history.rowsSince(now.wallMs - restoreSpanMs(loaded.rules));
    const state = restoreState(records, rows, loaded.rules, now);
    this.#memory.replay(records, seenWatching(state, this.#history, now), loaded.rules);
    const { vm } = loaded.rules;
    const spoolFolder = join(loaded.vm.state, 'spool');
    this.#central = new Central({ clock, vm, spoolFolder, passing, log });
    this.#engine = new Engine(state, loaded.rules, this.#engineParts());
    const post = (happening: Happening) => this.#engine.post(happening);
    this.#errands = new Errands(loaded, {
      ...{ clock, log, kinds: options, post, postCalmly: calmly(post) },
      state: () => this.#engine.state,
    });
    this.#place = new PlaceWatch({ clock, post: calmly(post) }, () => this.#errands.mover.locate());
    this.#working = new Working(loaded.vm, {
      ...{ clock, newId: ulid, post: calmly(post) },
      state: () => this.#engine.state,
      conf: () => this.#engine.conf,
      waits: () => this.#handingOver.waits,
      take: (reading) => this.#take(reading),
      warn: (problem, queue) => log.warn(problem, { queue }),
      inform: (message, queue) => log.info(message, { queue }),
    });
    this.#handingOver = new HandingOver({
      ...{ clock, vm, log, mailbox: self?.mailbox, queues: this.#working, post: calmly(post) },
      state: () => this.#engine.state,
      sites: () => this.#errands.mover.cloneSites,
      earlier: records.flatMap(({ entry }) => (entry.type === 'intended' ? [entry] : [])),
    });
    this.#probing = new Probing(options.probes, clock, {
      queue: (name) => this.#working.probe(name),
      take: (reading) => this.#take(reading),
      wants: (probe) => isMonitored(probe, this.#engine.state, this.#engine.conf, this.#now()),
    });
    this.#publishing = new Publishing(loaded, {
      clock,
      log,
      newId: ulid,
      sight: () => this.#sight(),
    });
    this.#supervision = new Supervision({
      ...{ clock, log, notifier: options.notifier, post: calmly(post) },
      status: () => statusLine(statusReport(this.#sight())),
      turned: () => this.#engine.turned(),
      late: () => this.#probing.late(),
    });
  }

  /** Ends in order; attempts under way go on and are reconciled at the next start. */
  async stop(reason: string): Promise<void> {
    await this.#supervision.end();
    await this.#control?.close();
    await this.#publishing.end();
    this.#ending.abort();
    this.#place.end();
    await this.#handingOver.end();
    this.#engine.giveUp();
    this.#errands.end();
    await this.#probing.end();
    await this.#working.end();
    await this.#post({ at: this.#now(), type: 'ending', reason });
    await this.#engine.end();
    await this.#central.close();
    await this.#journal.close();
    this.#history.close();
    await this.#lock.release();
  }

  /**
   * A wrong conf changes nothing; what can't change in a running daemon counts as wrong. One at a time: of two
   * that overtake each other both would be in force, each in part.
   */
  reload(): Promise<Reloaded> {
    return this.#reloads.run();
  }

  async #reload(): Promise<Reloaded> {
    const read = await this.#options.load();
    const problems = 'problems' in read ? read.problems : fixedProblems(this.#loaded, read);
    if ('problems' in read || problems.length > 0) {
      await this.#post({ at: this.#now(), type: 'not-reloaded', problems });
      this.#problems = problems;
      return { problems };
    }
    this.#problems = [];
    await this.#use(read);
    return { files: read.files, warnings: read.warnings.map(formatProblem) };
  }

  async #begin(warnings: readonly string[]): Promise<void> {
    const { log, version, clock } = this.#options;
    for (const warning of warnings) log.warn('the journal was read with a loss', { warning });
    for (const warning of this.#loaded.warnings) log.warn(formatProblem(warning));
    await this.#central.use(this.#loaded.log);
    if (this.#self) await this.#engine.post({ at: this.#now(), type: 'cloned', ...this.#self });
    await this.#engine.post({ at: this.#now(), type: 'began', version });
    await this.#tellConf(this.#loaded);
    const watcher = { clock, post: (happening: Happening) => this.#post(happening) };
    await identify(watcher, this.#options.identity);
    await this.#working.begin(this.#loaded);
    this.#handingOver.begin();
    this.#control = await this.#openControl();
    const { signal } = this.#ending;
    void this.#place.run(() => this.#loaded.vm.locateEveryMs);
    void watchSpool(watcher, signal, () => this.#central.report(), this.#wasDropping());
    void watchClocks(watcher, signal, () => {
      this.#place.hurry();
      void identify(watcher, this.#options.identity);
    });
    await this.#publishing.use(this.#loaded);
    await this.#probing.use(this.#loaded);
    await this.#supervision.begin();
  }

  async #use(loaded: Loaded): Promise<void> {
    this.#loaded = loaded;
    this.#loadedMs = this.#now().wallMs;
    this.#options.log.setLevel(loaded.log.level);
    this.#errands.use(loaded);
    this.#engine.use(loaded.rules);
    await this.#tellConf(loaded);
    await this.#central.use(loaded.log);
    await this.#working.use(loaded);
    await this.#publishing.use(loaded);
    await this.#probing.use(loaded);
    this.#place.hurry();
  }

  /** The journal is told the conf in force, and which counts it leaves without a ground. */
  async #tellConf(loaded: Loaded): Promise<void> {
    const { files, rules } = loaded;
    const values = valuesOf(loaded);
    const afresh = changedPolicies(this.#engine.state.confValues, values, rules);
    await this.#post({ at: this.#now(), type: 'loaded', files, values, afresh });
  }

  /** Stored first: what counts follows from the stored readings. */
  async #take(reading: Reading): Promise<void> {
    const { log } = this.#options;
    const unit = this.#engine.conf.probes[reading.probe]?.unit ?? '';
    try {
      this.#history.append(reading, unit, this.#engine.state.place?.host);
    } catch (error) {
      log.error("a reading can't be stored", { problem: messageOf(error) });
    }
    this.#memory.noteReading(reading, this.#engine.conf);
    this.#publishing.noteReading(reading, unit);
    await this.#post({ at: reading.at, type: 'reading', reading });
    if (this.#loaded.log.cycles) tellCycle(reading, this.#engine.state, this.#engine.conf, log);
    else tellReading(reading, log);
  }

  /** For events that may be let go when the journal can't be written; that is said elsewhere. */
  #post(happening: Happening): Promise<Result | undefined> {
    return calmly((posted: Happening) => this.#engine.post(posted))(happening);
  }

  #engineParts() {
    const { clock, log } = this.#options;
    return {
      clock,
      journal: this.#journal,
      newId: ulid,
      perform: (errand: Errand) => this.#errands.perform(errand),
      recorded: (entry: Entry, at: Stamp, before: State) => this.#recorded(entry, at, before),
      troubled: (problem: string | undefined) => {
        this.#trouble = problem;
        if (problem === undefined) log.info('the journal can be written again');
        else log.error("the journal can't be written; no move is begun", { problem });
      },
    };
  }

  #wasDropping(): boolean {
    return this.#engine.state.alerts.said['spool dropping'] !== undefined;
  }

  #recorded(entry: Entry, at: Stamp, before: State): void {
    // Look again soon, so that `status` doesn't go by what was seen before the move.
    if (entry.type === 'outcome') this.#place.hurry();
    if (!JOBS.has(entry.type)) this.#working.nudge();
    tellIdentity(entry, this.#options.log);
    this.#handingOver.note(entry);
    this.#memory.noteEntry(entry, at, this.#engine.conf);
    this.#publishing.noteEntry(entry, at, before, this.#engine.conf);
    this.#central.tell(entry, at, before);
    this.#supervision.nudge();
  }

  #openControl(): Promise<Control> {
    const daemon = {
      sight: () => this.#sight(),
      jobs: () => this.#working.report(),
      now: () => this.#now(),
      newId: ulid,
      post: (happening: Happening) => this.#engine.post(happening),
      look: () => this.#place.look(),
      askHold: () => this.#errands.hold.ask(),
      reload: () => this.reload(),
    };
    return openControl({
      folder: this.#loaded.vm.runtime,
      look: lookRoutes(daemon),
      act: actRoutes(daemon),
      failed: (error) => this.#options.log.error('a call failed', { problem: messageOf(error) }),
    });
  }

  #shadow(): ShadowReport | undefined {
    const since = watchingSince(this.#engine.state);
    return since && this.#memory.shadow(since);
  }

  #sight(): Sight {
    const { rules, probes, queues, effective, files } = this.#loaded;
    return {
      version: this.#options.version,
      pid: process.pid,
      at: this.#now(),
      state: this.#engine.state,
      conf: rules,
      probes: [...probes, ...queues.map(({ name }) => ({ name, kind: 'queue', options: {} }))],
      effective,
      files,
      loadedMs: this.#loadedMs,
      problems: this.#problems,
      cautions: this.#cautions(),
      look: this.#place.latest,
      looks: this.#errands.mover.looks,
      told: this.#errands.hold.latest,
      shadow: this.#shadow(),
      nextLookMs: this.#errands.mover.nextLookMs,
      progress: this.#errands.mover.progress,
      past: this.#memory.past(),
      readings: this.#memory.readings(),
      sink: this.#central.report(),
      provider: this.#publishing.provider(),
      trouble: this.#trouble && `the journal can't be written: ${this.#trouble}`,
    };
  }

  #cautions(): string[] {
    const { problem } = this.#errands.hold;
    const hold = problem === undefined ? [] : [`hold_while can't be asked: ${problem}`];
    return [
      ...this.#handingOver.notes(),
      ...cautionsOf(this.#loaded, this.#options.migrators),
      ...hold,
      ...this.#publishing.cautions(),
    ];
  }

  #now(): Stamp {
    return this.#options.clock.now();
  }
}

/** What working itself has recorded is no news to it. */
const JOBS: ReadonlySet<Entry['type']> = new Set(['job-began', 'job-ended']);

function journalOptions({ vm, rules }: Loaded) {
  const { state: folder, journalMaxBytes: maxBytes, journalKeep: keep } = vm;
  return { folder, vm: rules.vm, maxBytes, keep };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
