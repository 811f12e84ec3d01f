/**
 * `vmmanage run`: the daemon in the foreground, until a signal ends it. Signals are turned into
 * calls here and nowhere else.
 */
import { hostname } from 'node:os';
import { ConfError, formatProblem } from '../conf/findings.ts';
import { loadConf } from '../conf/load.ts';
import type { Loaded } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import { locatorKinds } from '../migrators/locators/registry.ts';
import { migratorKinds } from '../migrators/registry.ts';
import { probeKinds } from '../probes/registry.ts';
import { systemClock } from '../system/clock.ts';
import { takeNotifier } from '../system/notify.ts';
import { SocketError } from '../system/unix-socket.ts';
import { systemZone } from '../system/zone.ts';
import { IdentityError, sitePartIn } from './become-clone.ts';
import { Daemon } from './daemon.ts';
import { instanceOf } from './instance.ts';
import { ForeignJournalError, JournalError } from './journal.ts';
import { type Fields, type LocalLog, localLog } from './local-log.ts';
import { LockedError } from './lock.ts';
import { plugins } from './plugins.ts';
import { startupProblems } from './startup.ts';

export interface RunOptions {
  /** As given by `-c`; empty: the default conf. */
  readonly files: readonly string[];
  readonly version: string;
}

/** As sysexits.h has them. The unit doesn't try again after the latter two: nothing would have changed. */
const EXIT = { done: 0, failed: 1, foreignJournal: 65, wrongConf: 78 } as const;

/** Resolves with the exit status when the daemon has ended. */
export async function runDaemon({ files, version }: RunOptions): Promise<number> {
  const clock = systemClock();
  const log = localLog('info', clock);
  try {
    return await runWith({ files, version }, clock, log);
  } finally {
    log.end();
  }
}

async function runWith({ files, version }: RunOptions, clock: Clock, log: LocalLog) {
  const notifier = takeNotifier(process.env, clock);
  const load = async () => read(files);
  const loaded = await load();
  if ('problems' in loaded) {
    for (const problem of loaded.problems) log.error(problem);
    return EXIT.wrongConf;
  }
  log.setLevel(loaded.log.level);
  const problems = await startupProblems(loaded, probeKinds, clock);
  if (problems.length > 0) {
    for (const problem of problems) log.error(problem);
    return EXIT.failed;
  }
  const kinds = { probes: probeKinds, migrators: migratorKinds, locators: locatorKinds };
  const identity = instanceOf(loaded, clock);
  const parts = { ...(identity && { identity }), ...(notifier && { notifier }) };
  const options = { version, clock, log, ...kinds, load, ...parts };
  const signals = new Signals();
  try {
    return await signals.obey(await Daemon.start(options, loaded), log);
  } catch (error) {
    if (!isOperational(error)) throw error;
    log.error(error.message, placesOf(error, loaded));
    return error instanceof ForeignJournalError ? EXIT.foreignJournal : EXIT.failed;
  }
}

/** Which folders must be writable, where the system only says which call failed. */
function placesOf(error: Error, { vm }: Loaded): Fields {
  return 'syscall' in error ? { state: vm.state, runtime: vm.runtime } : {};
}

/** A folder that can't be made, a disk that is full: the administrator's to mend, not ours. */
function isOperational(error: unknown): error is Error {
  const own = [LockedError, SocketError, JournalError, ForeignJournalError, IdentityError];
  if (own.some((kind) => error instanceof kind)) return true;
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

function read(files: readonly string[]): Loaded | { readonly problems: readonly string[] } {
  const { env } = process;
  const surroundings = {
    hostname: hostname(),
    get zone() {
      return systemZone();
    },
    env,
    secrets: 'read',
  } as const;
  try {
    const loaded = loadConf(files, plugins(), surroundings);
    const part = sitePartIn(loaded.vm.state);
    return part === undefined ? loaded : loadConf(files, plugins(), surroundings, part);
  } catch (error) {
    if (!(error instanceof ConfError)) throw error;
    return { problems: error.problems.map(formatProblem) };
  }
}

/**
 * SIGTERM and SIGINT end in order, SIGHUP reloads; a second SIGTERM doesn't wait. They are caught
 * from before the daemon answers anybody, so that none that comes early takes it down.
 */
class Signals {
  #take: (signal: NodeJS.Signals) => void = (signal) => this.#early.push(signal);
  readonly #early: NodeJS.Signals[] = [];

  constructor() {
    for (const name of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.on(name, (signal) => this.#take(signal));
    }
  }

  /** Resolves with the exit status when a signal has ended the daemon. */
  obey(daemon: Daemon, log: LocalLog): Promise<number> {
    return new Promise((resolve, reject) => {
      let ending = false;
      this.#take = (signal) => {
        if (signal === 'SIGHUP') {
          if (ending) return;
          daemon.reload().then((answer) => tellReload(answer, log), reject);
        } else if (ending) {
          resolve(EXIT.failed);
        } else {
          ending = true;
          daemon.stop(signal).then(() => resolve(EXIT.done), reject);
        }
      };
      for (const signal of this.#early) this.#take(signal);
    });
  }
}

function tellReload(answer: Awaited<ReturnType<Daemon['reload']>>, log: LocalLog): void {
  if ('problems' in answer) {
    for (const problem of answer.problems)
      log.error('conf kept, the new one is wrong', { problem });
  } else {
    for (const warning of answer.warnings) log.warn(warning);
  }
}
