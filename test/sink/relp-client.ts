/** A client of RELP for tests: says what it is told to, and hears each answer. */
import { once } from 'node:events';
import { type RelpFrame, RelpReader, relpFrame } from '../../src/sink/formats/relp.ts';
import { OFFERS } from './streams.ts';
import { connectTo } from './support.ts';

export interface RelpClient {
  /** What the server answered this message with; rejects where the connection ended before it did. */
  send(message: string): Promise<string>;
  close(): Promise<string>;
  /** Numbers that were answered, in the order of the answers. */
  readonly answered: number[];
  /** Whether the server said that it ends the session. */
  serverCloses: boolean;
  /** Resolves when the connection is over. */
  readonly gone: Promise<unknown>;
  /** The network breaks. */
  cut(): void;
}

interface Waiting {
  answer(text: string): void;
  fail(error: Error): void;
}

export async function relpClient(port: number): Promise<RelpClient> {
  const socket = await connectTo(port);
  const reader = new RelpReader(1024);
  const waiting = new Map<number, Waiting>();
  let transaction = 0;
  const client = {
    answered: [] as number[],
    serverCloses: false,
    gone: once(socket, 'close'),
    cut: () => socket.resetAndDestroy(),
    send: (message: string) => say('syslog', message),
    close: () => say('close'),
  };
  const say = (command: string, data = ''): Promise<string> => {
    transaction += 1;
    const number = transaction;
    socket.write(relpFrame(number, command, Buffer.from(data)));
    return new Promise((answer, fail) => waiting.set(number, { answer, fail }));
  };
  const hear = ({ transaction: number, command, data }: RelpFrame) => {
    if (command === 'serverclose') client.serverCloses = true;
    if (command !== 'rsp') return;
    client.answered.push(number);
    waiting.get(number)?.answer(data.toString());
    waiting.delete(number);
  };
  socket.on('data', (chunk) => reader.push(chunk).forEach(hear));
  socket.on('close', () => {
    for (const { fail } of waiting.values()) fail(new Error('ended before it was answered'));
  });
  await say('open', OFFERS);
  return client;
}
