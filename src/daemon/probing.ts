/** Keeps the conf's probes and queues read; a reload restarts only those that it changed. */
import type { ConfiguredProbe, Loaded } from '../conf/loaded.ts';
import type { Clock } from '../core/clock.ts';
import { fraction } from '../core/spread.ts';
import type { Reading } from '../core/words.ts';
import type { Probe, ProbeKind } from '../probes/probe.ts';
import { Shared } from '../probes/shared.ts';
import { Watch } from './scheduler.ts';

export interface Readers {
  take(reading: Reading): Promise<void>;
  /** Whether somebody wants this probe's readings now. */
  wants(probe: string): boolean;
  /** What reads this queue. */
  queue(name: string): Probe;
}

/** A probe or a queue of the conf. */
interface Measured {
  readonly name: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  readonly fingerprint: string;
  open(): Probe;
}

interface Running {
  readonly fingerprint: string;
  readonly watch: Watch;
}

/** Beyond its time-out: ending a program that hangs takes seconds, and a machine may be busy. */
const LATE_MS = 30_000;

export class Probing {
  readonly #kinds: readonly ProbeKind[];
  readonly #clock: Clock;
  readonly #readers: Readers;
  readonly #running = new Map<string, Running>();
  /** By when each is heard of again, on the monotonic clock. */
  readonly #expectedMs = new Map<string, number>();
  readonly #shared = new Shared();

  constructor(kinds: readonly ProbeKind[], clock: Clock, readers: Readers) {
    this.#kinds = kinds;
    this.#clock = clock;
    this.#readers = readers;
  }

  /** Starts what is new or changed, and stops what is gone or changed. */
  async use(loaded: Loaded): Promise<void> {
    const wanted = new Map(this.#measured(loaded).map((each) => [each.name, each]));
    for (const [name, running] of this.#running) {
      if (wanted.get(name)?.fingerprint !== running.fingerprint) await this.#stop(name);
    }
    for (const each of wanted.values()) {
      if (!this.#running.has(each.name)) this.#start(each, loaded);
    }
  }

  /** Those that should have come to their next reading, and didn't. */
  late(): string[] {
    const nowMs = this.#clock.monotonicMs();
    const late = [...this.#expectedMs].filter(([, byMs]) => byMs + LATE_MS < nowMs);
    return late.map(([name]) => name);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.#stop(name)));
  }

  async #stop(name: string): Promise<void> {
    const running = this.#running.get(name);
    this.#running.delete(name);
    await running?.watch.end();
    this.#expectedMs.delete(name);
  }

  #measured(loaded: Loaded): Measured[] {
    const surroundings = { kinds: this.#kinds, clock: this.#clock, shared: this.#shared };
    const from = (configured: Timed, open: Measured['open']): Measured => ({
      name: configured.name,
      timeoutMs: configured.timeoutMs,
      intervalMs: intervalOf(configured.name, loaded),
      fingerprint: fingerprint(configured, loaded),
      open,
    });
    return [
      ...loaded.probes.map((probe) => from(probe, () => openProbe(probe, loaded, surroundings))),
      ...loaded.queues.map((queue) => from(queue, () => this.#readers.queue(queue.name))),
    ];
  }

  #start({ open, fingerprint, ...times }: Measured, loaded: Loaded): void {
    const { name, intervalMs } = times;
    const phaseMs = Math.floor(phase(loaded) * intervalMs);
    const wanted = () => this.#readers.wants(name);
    const expected = (byMs: number) => void this.#expectedMs.set(name, byMs);
    const scheduled = { ...times, probe: open(), phaseMs, wanted, expected };
    const take = (reading: Reading) => this.#readers.take(reading);
    this.#running.set(name, { fingerprint, watch: new Watch(scheduled, this.#clock, take) });
  }
}

type Timed = Pick<Measured, 'name' | 'timeoutMs'>;

/** The probe of the conf, ready to be read. Whoever opens it closes it. */
export function openProbe(
  { name, kind: wanted, options }: ConfiguredProbe,
  loaded: Loaded,
  { kinds, clock, shared }: { kinds: readonly ProbeKind[]; clock: Clock; shared: Shared },
): Probe {
  const kind = kinds.find((candidate) => candidate.kind === wanted);
  if (!kind) throw new Error(`no probe kind ${wanted}`);
  return kind.open(options, { clock, shared, intervalMs: intervalOf(name, loaded) });
}

/**
 * With `spread` each guest reads at a moment of its own within the interval, so that guests that
 * began together don't all ask in the same second (DESIGN.md §6).
 */
function phase(loaded: Loaded): number {
  return loaded.rules.sites.some(({ spread }) => spread) ? fraction(loaded.rules.vm) : 0;
}

function fingerprint(configured: Timed, loaded: Loaded): string {
  return JSON.stringify([configured, intervalOf(configured.name, loaded), phase(loaded)]);
}

function intervalOf(name: string, loaded: Loaded): number {
  const rule = loaded.rules.probes[name];
  if (!rule) throw new Error(`no probe ${name}`);
  return rule.intervalMs;
}
