/**
 * Tells systemd how its service is doing (sd_notify(3)), by the program systemd-notify, since Node
 * has no unix datagram sockets. What is said is the caller's; here each field is kept to its line.
 *
 * With `NotifyAccess=all` a unit believes whatever its processes say. So the variables by which
 * systemd tells where it listens are taken away from the environment, and only systemd-notify gets
 * them back: no program that is started for somebody else can speak for the service.
 */
import type { Clock } from '../core/clock.ts';
import { describeEnd, runProgram, succeeded } from './programs.ts';
import { oneLine } from './said.ts';

/** Such as `{ READY: '1', STATUS: 'at xen2' }`. */
export type Fields = Readonly<Record<string, string>>;

type Environment = Record<string, string | undefined>;

/** systemd-notify waits that long itself until systemd has read what it said (sd_notify_barrier(3)). */
const TELL_MS = 5_000;
const GRACE_MS = 500;
/** A status line is for a terminal; the limit of a message is far above it. */
const VALUE_MAX = 400;

export class Notifier {
  /** The unit's WatchdogSec, where it has one and this process is the one that is watched. */
  readonly watchdogMs: number | undefined;
  readonly #socket: string;
  readonly #clock: Clock;
  #last: Promise<unknown> = Promise.resolve();

  constructor(socket: string, watchdogMs: number | undefined, clock: Clock) {
    this.#socket = socket;
    this.watchdogMs = watchdogMs;
    this.#clock = clock;
  }

  /**
   * All fields in one message, after those of the calls before it. Resolves when systemd has read
   * it, or, a few seconds later at most, with why it couldn't be told.
   */
  tell(fields: Fields): Promise<string | undefined> {
    const told = this.#last.then(() => this.#tell(fields));
    this.#last = told;
    return told;
  }

  async #tell(fields: Fields): Promise<string | undefined> {
    // A line of its own would be a field of its own.
    const words = Object.entries(fields).map(
      ([key, value]) => `${key}=${oneLine(value, VALUE_MAX)}`,
    );
    const ended = await runProgram(
      {
        argv: ['systemd-notify', ...words],
        env: { NOTIFY_SOCKET: this.#socket },
        timeoutMs: TELL_MS,
        graceMs: GRACE_MS,
      },
      this.#clock,
    );
    return succeeded(ended) ? undefined : `systemd-notify: ${describeEnd(ended)}`;
  }
}

/** Undefined where no systemd listens. What it is told by is gone from `env` then. */
export function takeNotifier(
  env: Environment,
  clock: Clock,
  pid: number = process.pid,
): Notifier | undefined {
  const { NOTIFY_SOCKET: socket, WATCHDOG_USEC: usec, WATCHDOG_PID: watched } = env;
  for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name];
  if (!socket) return undefined;
  // As sd_watchdog_enabled(3) has it: another process than this one may be meant.
  const meant = watched === undefined || watched === String(pid);
  const watchdogMs = meant && /^[1-9]\d{0,15}$/.test(usec ?? '') ? Number(usec) / 1000 : undefined;
  return new Notifier(socket, watchdogMs, clock);
}
