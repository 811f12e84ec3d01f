/** Lines over a socket, each bounded; what a line means is for others. */
import type { Socket } from 'node:net';

const NEWLINE = 0x0a;

/** Hands each whole line to `take`; one of more than `maxBytes` now ends the connection. */
export function eachLine(
  socket: Socket,
  maxBytes: () => number,
  take: (line: string) => void,
): void {
  let parts: Buffer[] = [];
  let held = 0;
  const add = (part: Buffer) => {
    parts.push(part);
    held += part.length;
    if (held > maxBytes()) socket.destroy();
  };
  socket.on('data', (chunk: Buffer) => {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, from)) {
      add(chunk.subarray(from, end));
      if (socket.destroyed) return;
      const line = Buffer.concat(parts).toString('utf8');
      parts = [];
      held = 0;
      from = end + 1;
      take(line);
    }
    if (from < chunk.length) add(chunk.subarray(from));
  });
}
