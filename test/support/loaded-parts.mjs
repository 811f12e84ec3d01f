/**
 * Read by a process before all else (`--import`): when it ends it writes to $LOADED_PARTS which files it has
 * read as code, and which of Node's own parts.
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector';

const files = new Set();
const session = new Session();
session.connect();
session.on('Debugger.scriptParsed', ({ params: { url } }) => files.add(url));
session.post('Debugger.enable');
process.on('exit', () => {
  const parts = { files: [...files], builtin: process.moduleLoadList };
  writeFileSync(process.env.LOADED_PARTS, JSON.stringify(parts));
});
