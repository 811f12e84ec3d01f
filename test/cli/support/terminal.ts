/** A terminal that remembers what was printed, with a clock that tests move. */
import { EventEmitter } from 'node:events';
import { resolve } from 'node:path';
import { Readable } from 'node:stream';
import type { Prompt } from '../../../src/cli/prompt.ts';
import type { Terminal } from '../../../src/cli/terminal.ts';
import type { Clock } from '../../../src/core/clock.ts';
import { systemClock } from '../../../src/system/clock.ts';

export interface FakeTerminal extends Terminal {
  /** Standard output and error so far. */
  readonly printed: { out: string; err: string };
  /** The lines that stood in place of each other. */
  readonly progressed: string[];
  /** How often a command asked to be told of interruptions: each adds listeners to the process. */
  readonly interruptions: number;
  /** As if the process had got this signal. */
  signal(signal: NodeJS.Signals): void;
}

interface Settings {
  readonly env?: Terminal['env'];
  readonly tty?: boolean;
  readonly clock?: Clock;
  readonly colour?: boolean;
  readonly outputInode?: number;
  /** What stands on standard input. */
  readonly input?: readonly Uint8Array[];
  /** Who sits there; nobody by default. */
  readonly prompt?: Prompt;
}

const PROGRAM = resolve(import.meta.dirname, '../../../bin/vmmanage');

export function fakeTerminal({
  env = {},
  tty = false,
  colour = false,
  input = [],
  clock,
  prompt,
  outputInode,
}: Settings = {}): FakeTerminal {
  const printed = { out: '', err: '' };
  const progressed: string[] = [];
  const signals = new EventEmitter();
  let interruptions = 0;
  const onSignals: Terminal['onSignals'] = (names, then) => {
    for (const name of names) signals.on(name, then);
    return () => {
      for (const name of names) signals.off(name, then);
    };
  };
  return {
    printed,
    out: (text) => {
      printed.out += `${text}\n`;
    },
    err: (text) => {
      printed.err += `${text}\n`;
    },
    write: (text) => {
      printed.out += text;
    },
    print: async (text) => {
      printed.out += text;
    },
    outputInode,
    input: Readable.from(input),
    progressed,
    progress: (line) => void progressed.push(line),
    prompt: async () => prompt,
    program: [PROGRAM],
    tty,
    colour,
    width: 80,
    zone: 'Europe/Oslo',
    env,
    clock: clock ?? systemClock(),
    get interruptions() {
      return interruptions;
    },
    interrupted() {
      interruptions += 1;
      const controller = new AbortController();
      onSignals(['SIGINT', 'SIGTERM'], () => controller.abort());
      return controller.signal;
    },
    onSignals,
    signal: (name) => void signals.emit(name, name),
  };
}
