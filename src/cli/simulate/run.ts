/** One pass over the readings, for one conf or for two side by side. It decides nothing. */
import type { Conf } from '../../core/conf.ts';
import { Simulation, type SimulationOptions } from '../../core/simulate.ts';
import type { Simulated } from '../../core/simulated.ts';
import type { Reading } from '../../core/words.ts';
import type { Batch } from './collector.ts';

/** A conf that is tried. */
export interface Subject {
  /** What people call it: the name of its file. */
  readonly name: string;
  readonly rules: Conf;
  /** What its prices are in, where it says so. */
  readonly currency?: string | undefined;
}

export interface Run extends Subject {
  readonly simulated: Simulated;
}

/** Sees each reading as it goes by. */
export interface Watcher {
  see(reading: Reading): void;
}

export async function simulateAll(
  subjects: readonly Subject[],
  options: (subject: Subject) => SimulationOptions,
  source: Iterable<Batch> | AsyncIterable<Batch>,
  watchers: readonly Watcher[],
): Promise<Run[]> {
  const tried = subjects.map((subject) => ({
    subject,
    simulation: new Simulation(subject.rules, options(subject)),
  }));
  for await (const batch of source) {
    for (const { subject, simulation } of tried) takeAll(simulation, batch, subject.rules);
    for (const watcher of watchers) for (const reading of batch) watcher.see(reading);
  }
  return tried.map(({ subject, simulation }) => ({ ...subject, simulated: simulation.end() }));
}

/** Of two confs each sees the readings of its own probes. */
function takeAll(simulation: Simulation, batch: Batch, { probes }: Conf): void {
  for (const reading of batch) {
    if (Object.hasOwn(probes, reading.probe)) simulation.take(reading);
  }
}
