/** What the tests of the sink share: folders, files that grow, and clients that say what is asked. */
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished, vi } from 'vitest';
import type { Notice } from '../../src/sink/notice.ts';
import {
  openSink,
  type Sink,
  type SinkOptions,
  type StoreSettings,
} from '../../src/sink/receiver/sink.ts';
import { systemClock } from '../../src/system/clock.ts';

/** A folder that goes when the test does. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'vmmanage-sink-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** The lines of a file; none where there is no file. A last one without newline isn't there yet. */
export function linesOf(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}

/** What the guests sent: the lines without the sink's epoch and date, and without its own bracket. */
export function sentLinesOf(file: string): string[] {
  return linesOf(file).map(sentLine);
}

/** The sink's marks stay, as ` [mark]`. */
export function sentLine(line: string): string {
  return line
    .replace(/^\d+ (\S+ +){5}\d{4} /, '')
    .replace(/ \[peer=127\.0\.0\.1( boot=\S+ seq=\d+)?(?: mark="(.*)")?\]$/, (_all, _seq, mark) =>
      mark === undefined ? '' : ` [${mark}]`,
    );
}

export async function linesIn(file: string, count: number): Promise<string[]> {
  await until(() => linesOf(file).length >= count);
  return linesOf(file);
}

export function until(holds: () => boolean): Promise<void> {
  return vi.waitFor(
    () => {
      if (!holds()) throw new Error(`still waiting until ${holds}`);
    },
    { interval: 3, timeout: 20_000 },
  );
}

export interface TestSink extends Sink {
  readonly file: string;
  readonly notices: Notice[];
}

export interface TestSinkOptions extends Partial<Omit<SinkOptions, 'store'>> {
  readonly file?: string;
  readonly disk?: StoreSettings['disk'];
  readonly store?: Partial<StoreSettings>;
}

/** A sink on a free port of the loopback, stopped when the test is over. */
export async function startSink(options: TestSinkOptions = {}): Promise<TestSink> {
  const { file = join(temporaryFolder(), 'central.log'), disk, ...rest } = options;
  const notices: Notice[] = [];
  // A clock that stands still would keep lines for ever.
  const gathering = { limits: { gatherMs: 0 } };
  const sink = await openSink({
    listen: { host: '127.0.0.1', port: 0 },
    clock: systemClock(),
    tell: (notice) => notices.push(notice),
    ...rest,
    store: { to: { file }, zone: 'UTC', ...(disk ? { disk } : {}), ...gathering, ...rest.store },
  });
  onTestFinished(async () => void (await sink.close()));
  return Object.assign(sink, { file, notices });
}

export async function connectTo(port: number): Promise<Socket> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true });
  onTestFinished(() => {
    socket.destroy();
  });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}

/** One connection, one message, as the thesis's client did it. */
export async function sendOnce(port: number, message: string): Promise<void> {
  const socket = await connectTo(port);
  socket.resume().end(message);
  await once(socket, 'close');
}
