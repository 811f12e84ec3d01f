/** A private Apache of Debian's package for tests: mod_status, either MPM, a few workers. */
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { mustFind, type Place, startWebServer, type WebServer } from './program.ts';

export type Mpm = 'prefork' | 'event';

export const WORKERS = 8;

const MODULES = '/usr/lib/apache2/modules';

/** Without children that come and go, so that the workers are always as many. */
const SIZES: Readonly<Record<Mpm, string>> = {
  prefork: `StartServers ${WORKERS}\nMinSpareServers 1\nMaxSpareServers ${WORKERS}`,
  event: `StartServers 1\nServerLimit 1\nThreadsPerChild ${WORKERS}\nMinSpareThreads 1\nMaxSpareThreads ${WORKERS}`,
};

/** A page that holds a worker for a long while. */
export const SLOW_PAGE = '/slow.txt';

export function loadModules(...names: string[]): string {
  return names.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`).join('\n');
}

/** `more`: further lines of its conf. */
export function startApache(mpm: Mpm, more = ''): Promise<WebServer> {
  return startWebServer((place) => prepare(place, mpm, more));
}

function prepare({ folder, port }: Place, mpm: Mpm, more: string): string[] {
  // Started by root, its workers run as somebody else.
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'site'));
  writeFileSync(join(folder, 'site', SLOW_PAGE), 'x'.repeat(1_000_000));
  const conf = `
ServerName localhost
Listen 127.0.0.1:${port}
DefaultRuntimeDir ${folder}
PidFile ${folder}/pid
ErrorLog ${folder}/error.log
DocumentRoot ${folder}/site
${loadModules(`mpm_${mpm}`, 'authz_core', 'status', 'ratelimit', 'env')}
User nobody
Group nogroup
${SIZES[mpm]}
MaxRequestWorkers ${WORKERS}
<Location /server-status>
  SetHandler server-status
</Location>
<Location ${SLOW_PAGE}>
  SetOutputFilter RATE_LIMIT
  SetEnv rate-limit 20
</Location>
${more}
`;
  const file = join(folder, 'apache.conf');
  writeFileSync(file, conf);
  return [mustFind('apache2'), '-d', folder, '-f', file, '-DFOREGROUND'];
}
