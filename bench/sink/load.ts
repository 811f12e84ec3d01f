/**
 * What is sent in the bench: the same bytes to each receiver, prepared before the time begins, so
 * that sending costs as little as it can.
 */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { RelpReader, relpFrame } from '../../src/sink/formats/relp.ts';

export interface Load {
  readonly name: string;
  readonly lines: number;
  /** Prepared anew for each time: what is sent again would be recognised. */
  prepare(): Sending;
}

/** Resolves when all was handed to the kernel or, where the protocol says so, acknowledged. */
export type Sending = (port: number) => Promise<void>;

const TEXT = 'Requesting migration of VM: just moving';
const FIELDS = [
  ['request', '01JD4XJ3Q7V9R2N8M5K1T6W0ZC'],
  ['from', 'mln1'],
  ['to', 'mln2'],
] as const;
const CHUNK_BYTES = 64 * 1024;
/** As many as our sender keeps unanswered; for librelp it is up to its user. */
const WINDOW = 512;
const ANSWER_BYTES = 1024;

/** Each sender has one connection for all its lines. */
export function persistent(lines: number, senders: number): Load {
  const each = Math.floor(lines / senders);
  return {
    name: `plain lines, ${counted(senders)}`,
    lines: each * senders,
    prepare: () => {
      const parts = Array.from({ length: senders }, (_, i) => plainLine(i).repeat(each));
      const buffers = parts.map((part) => Buffer.from(part));
      return async (port) => void (await Promise.all(buffers.map((all) => pour(port, all))));
    },
  };
}

/** Each sender makes a connection, sends a line, and waits until the receiver has ended it too. */
export function onePerMessage(lines: number, senders: number): Load {
  const each = Math.floor(lines / senders);
  return {
    name: `plain lines, a connection each, ${counted(senders)}`,
    lines: each * senders,
    prepare: () => {
      const buffers = Array.from({ length: senders }, (_, i) => Buffer.from(plainLine(i)));
      return async (port) =>
        void (await Promise.all(buffers.map((line) => oneByOne(port, line, each))));
    },
  };
}

export function relp(lines: number, senders: number): Load {
  const each = Math.floor(lines / senders);
  return {
    name: `RELP, ${counted(senders)}`,
    lines: each * senders,
    prepare: () => {
      const time = new Date().toISOString();
      const boot = crypto.randomUUID();
      const all = Array.from({ length: senders }, (_, i) => {
        const message = (seq: number) => ourMessage({ sender: i, time, boot, seq });
        return Array.from({ length: each }, (_, n) => relpFrame(n + 2, 'syslog', message(n + 1)));
      });
      const windows = all.map(windowsOf);
      return async (port) => void (await Promise.all(windows.map((each) => converse(port, each))));
    },
  };
}

function counted(senders: number): string {
  return senders === 1 ? '1 sender' : `${senders} senders`;
}

function plainLine(sender: number): string {
  const fields = FIELDS.map(([name, value]) => `${name}=${value}`).join(' ');
  return `nii${sender}: ${TEXT} [${fields}]\n`;
}

interface Numbered {
  readonly sender: number;
  readonly time: string;
  readonly boot: string;
  readonly seq: number;
}

/** As our sender writes it; see src/sink/formats. */
function ourMessage({ sender, time, boot, seq }: Numbered): Buffer {
  const fields = FIELDS.map(([name, value]) => `${name}="${value}"`).join(' ');
  const element = `[vmmanage@32473 boot="${boot}" seq="${seq}" ${fields}]`;
  return Buffer.from(`<30>1 ${time} nii${sender} vmmanage - - ${element} ${TEXT}`);
}

async function pour(port: number, all: Buffer): Promise<void> {
  const socket = await connected(port);
  for (let at = 0; at < all.length; at += CHUNK_BYTES) {
    if (!socket.write(all.subarray(at, at + CHUNK_BYTES))) await once(socket, 'drain');
  }
  socket.end();
  await once(socket, 'close');
}

async function oneByOne(port: number, line: Buffer, times: number): Promise<void> {
  for (let n = 0; n < times; n += 1) {
    const socket = connect(port, '127.0.0.1').resume();
    socket.end(line);
    await once(socket, 'close');
  }
}

/** All frames of a sender as one buffer, and where each of them ends. */
interface Frames {
  readonly bytes: Buffer;
  readonly ends: readonly number[];
}

function windowsOf(frames: readonly Buffer[]): Frames {
  let at = 0;
  const ends = frames.map((frame) => {
    at += frame.length;
    return at;
  });
  return { bytes: Buffer.concat(frames), ends };
}

/** Keeps as many frames unanswered as the window lets it. */
async function converse(port: number, { bytes, ends }: Frames): Promise<void> {
  const socket = await connected(port);
  socket.write(relpFrame(1, 'open', Buffer.from('relp_version=1\ncommands=syslog')));
  const reader = new RelpReader(ANSWER_BYTES);
  let [sent, answered] = [0, -1];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the receiver ended a connection')));
    socket.on('data', (chunk) => {
      answered += reader.push(chunk).filter(({ command }) => command === 'rsp').length;
      if (answered === ends.length) return resolve();
      const until = Math.min(answered + WINDOW, ends.length);
      if (until === sent) return;
      socket.write(bytes.subarray(sent === 0 ? 0 : ends[sent - 1], ends[until - 1]));
      sent = until;
    });
  });
  socket.removeAllListeners('close');
  socket.end(relpFrame(ends.length + 2, 'close'));
  await once(socket.resume(), 'close');
}

async function connected(port: number): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  await once(socket, 'connect');
  socket.on('error', () => undefined);
  return socket;
}
