/** The files that vmmanage is installed with, beside its program. */

/** The folder of package.json: as far above src/cli as above dist/cli, where everything is bundled. */
const ROOT = new URL('../../', import.meta.url);

/** Where the file or folder at `path` within it lies, such as `etc/host/`. */
export function installed(path: string): URL {
  return new URL(path, ROOT);
}
