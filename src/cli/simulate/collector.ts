/**
 * Takes readings as their sources give them, and lets through those that a simulation can take:
 * of probes that the conf knows, within the asked span, in the order of their time. What it leaves
 * out it counts, so that it can be said.
 */
import { quoted } from '../../core/text.ts';
import type { Reading } from '../../core/words.ts';
import { CliError, EXIT } from '../exit.ts';

/** Readings in the order of their time. */
export type Batch = readonly Reading[];

export interface Wanted {
  readonly probes: ReadonlySet<string>;
  /** Both included. */
  readonly fromMs: number;
  readonly toMs: number;
}

/** A trace that spans more has a wrong time in it. */
const SPAN_MAX_MS = 30 * 366 * 86_400_000;
/** Virtual time has one boot that never ends. */
const BOOT = 'trace';

export class Collector {
  readonly #wanted: Wanted;
  #batch: Reading[] = [];
  #lastMs = -Infinity;
  #firstMs: number | undefined;
  readonly #foreign = new Set<string>();
  readonly #present = new Set<string>();
  #backward = 0;
  #broken: { readonly at: string; readonly n: number } | undefined;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  /** Whether the conf has this probe; one that it hasn't is remembered as left out. */
  knows(probe: string): boolean {
    if (this.#wanted.probes.has(probe)) return true;
    this.#foreign.add(probe);
    return false;
  }

  /** `value` undefined: a missing reading. What is wrong with the time is given back. */
  add(probe: string, wallMs: number, value: number | undefined): string | undefined {
    if (wallMs < this.#lastMs)
      return 'is before the time of the line above: sort the lines by time';
    this.#firstMs ??= wallMs;
    if (wallMs - this.#firstMs > SPAN_MAX_MS) return 'is decades after the first: is it right?';
    this.#lastMs = wallMs;
    if (wallMs < this.#wanted.fromMs || wallMs > this.#wanted.toMs) return undefined;
    if (value !== undefined) this.#present.add(probe);
    const at = { wallMs, boot: BOOT, bootMs: wallMs };
    this.#batch.push(
      value === undefined ? { probe, at, missing: 'missing in the trace' } : { probe, at, value },
    );
    return undefined;
  }

  /** As `add`, where a wall clock that was set back is no mistake of the file. */
  addStored(probe: string, wallMs: number, value: number | undefined): void {
    if (this.add(probe, wallMs, value) !== undefined) this.#backward += 1;
  }

  /** Whether any reading of this probe that isn't missing was let through. */
  has(probe: string): boolean {
    return this.#present.has(probe);
  }

  /** A line that a kill tore. */
  leaveOut(place: string): void {
    this.#broken = { at: this.#broken?.at ?? place, n: (this.#broken?.n ?? 0) + 1 };
  }

  /** What came since the last call. */
  batch(): Batch {
    const batch = this.#batch;
    this.#batch = [];
    return batch;
  }

  /** What was left out, for people. */
  notes(): string[] {
    const probes = [...this.#wanted.probes].join(', ');
    const foreign = [...this.#foreign].map(quoted).join(', ');
    return [
      ...(foreign === '' ? [] : [`left out ${foreign}: the conf's probes are ${probes}`]),
      ...(this.#backward === 0 ? [] : [backwardNote(this.#backward)]),
      ...(this.#broken
        ? [`left out ${lines(this.#broken.n)} not whole, from ${this.#broken.at}`]
        : []),
    ];
  }
}

function backwardNote(n: number): string {
  return `left out ${n === 1 ? '1 reading' : `${n} readings`}: the wall clock had been set back`;
}

function lines(n: number): string {
  return n === 1 ? '1 line that is' : `${n} lines that are`;
}

/** What is wrong with a trace, and where. */
export function traceError(place: string, problem: string): CliError {
  return new CliError(EXIT.failed, `${place}: ${problem}`);
}
