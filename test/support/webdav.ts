/** A real WebDAV server: Debian's Apache with mod_dav, on a port of its own. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { freePort } from './program.ts';
import { Server } from './servers.ts';

const MODULES = '/usr/lib/apache2/modules';
const LOADED = ['mpm_event', 'authz_core', 'dav', 'dav_fs'];
/** It gives up root for its children only when told whose they are. */
const AS_ROOT = process.getuid?.() === 0 ? 'User nobody\nGroup nogroup\n' : '';

export class Webdav {
  readonly #server: Server;
  readonly #port: number;

  private constructor(server: Server, port: number) {
    this.#server = server;
    this.#port = port;
  }

  static async start(): Promise<Webdav> {
    const server = new Server('webdav');
    const { folder } = server;
    const port = await freePort();
    const pages = join(folder, 'pages');
    mkdirSync(pages);
    mkdirSync(join(folder, 'locks'));
    for (const each of [folder, pages, join(folder, 'locks')]) chmodSync(each, 0o777);
    const conf = join(folder, 'apache.conf');
    writeFileSync(conf, webdavConf(folder, port));
    await server.start('apache2', ['-f', conf, '-DFOREGROUND'], port);
    return new Webdav(server, port);
  }

  url(page: string): string {
    return `http://127.0.0.1:${this.#port}/${page}`;
  }

  get folder(): string {
    return join(this.#server.folder, 'pages');
  }

  /** Puts a page up at once: whoever looks sees the whole of it or none. */
  publish(page: string, text: string | Uint8Array): void {
    writeFileSync(join(this.folder, page), text, { mode: 0o666 });
  }

  unpublish(page: string): void {
    rmSync(join(this.folder, page), { force: true });
  }

  read(page: string): string | undefined {
    const path = join(this.folder, page);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  pages(): string[] {
    return readdirSync(this.folder)
      .filter((name) => !name.startsWith('.'))
      .sort();
  }

  remove(): Promise<void> {
    return this.#server.remove();
  }
}

/** Of a server with its `pages` and `locks` in `folder`. */
export function webdavConf(folder: string, port: number): string {
  return `${LOADED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n')}
ServerName localhost
Listen 127.0.0.1:${port}
${AS_ROOT}PidFile ${folder}/pid
ErrorLog ${folder}/error.log
DocumentRoot ${folder}/pages
DavLockDB ${folder}/locks/db
<Directory ${folder}/pages>
  Require all granted
  Dav On
</Directory>
`;
}
