/**
 * Several sinks, tried in turn: the one that the conf names first is used when it takes the
 * connection, else the next. It decides when none is tried; how long to wait is the caller's business.
 */
import { sinkUrlText } from '../../core/sink-url.ts';
import type { RelpReach } from './relp-transport.ts';
import type { Connection, Transport } from './transport.ts';
import { transportOf } from './transports.ts';

/** A connection, and to which of the sinks. */
export interface Made {
  readonly url: string;
  readonly at: number;
  readonly connection: Connection;
}

interface Sink {
  readonly url: string;
  readonly transport: Transport;
}

export class Sinks {
  readonly #sinks: readonly Sink[];
  /** Where the next round begins. */
  #from = 0;

  /** In the order in which they are preferred; one at least. */
  constructor(reaches: readonly RelpReach[]) {
    this.#sinks = reaches.map((reach) => ({
      url: sinkUrlText(reach.url),
      transport: transportOf(reach),
    }));
  }

  /** The first that takes the connection, each tried once. Rejects with what each had to say. */
  connect(signal: AbortSignal): Promise<Made> {
    const count = this.#sinks.length;
    const round = this.#sinks.map((_, i) => (this.#from + i) % count);
    return this.#firstOf(round, signal);
  }

  /** One that is preferred to this one. Rejects where none takes the connection. */
  connectBefore({ at }: Made, signal: AbortSignal): Promise<Made> {
    return this.#firstOf([...this.#sinks.keys()].slice(0, at), signal);
  }

  /** Of use or not: after one that took connections and no records, the next is tried. */
  tell({ at }: Made, worked: boolean): void {
    this.#from = worked ? 0 : (at + 1) % this.#sinks.length;
  }

  async #firstOf(round: readonly number[], signal: AbortSignal): Promise<Made> {
    const problems: string[] = [];
    for (const at of round) {
      const sink = this.#sinks[at];
      if (!sink || signal.aborted) continue;
      try {
        return { url: sink.url, at, connection: await sink.transport.connect(signal) };
      } catch (error) {
        problems.push(this.said(sink.url, reasonOf(error)));
      }
    }
    throw new Error(problems.join('; '));
  }

  /** A problem, with the sink that it is of where there are several. */
  said(url: string, problem: string): string {
    return this.#sinks.length === 1 ? problem : `${url}: ${problem}`;
  }
}

/** A name with several addresses fails with an error for each, and no text of its own. */
function reasonOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(reasonOf).join('; ');
  return error instanceof Error ? error.message : String(error);
}
