/**
 * RELP (of librelp's doc/relp.html), the sending end. A record has left when the sink answered it
 * with 200; so many are under way that the time of an answer doesn't slow it down.
 */
import { withDeadline } from '../../system/deadline.ts';
import { RelpConnection } from './relp-connection.ts';
import { connectSocket, type Reach } from './socket.ts';
import type { Transport } from './transport.ts';

export interface RelpReach extends Reach {
  /** A sink that owes answers and gives none for so long is taken for dead. */
  readonly answerMs: number;
}

export function relpTransport(reach: RelpReach): Transport {
  const { clock, connectMs, answerMs } = reach;
  return {
    connect: (signal) =>
      withDeadline(connectMs, signal, clock, async (within) => {
        const socket = await connectSocket(reach, within);
        const connection = new RelpConnection(socket, clock, answerMs);
        try {
          await connection.greet(within);
          return connection;
        } catch (error) {
          socket.destroy();
          throw error;
        }
      }),
  };
}
