/** Ends a server of HTTP and its connections, the kept ones too. */
import type { Server } from 'node:http';

export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
