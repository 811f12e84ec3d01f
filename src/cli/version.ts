/** Which vmmanage this is: what its package says. */
import { readFileSync } from 'node:fs';

/** The package's file lies at the same distance from src/cli and from dist/cli. */
const PACKAGE = new URL('../../package.json', import.meta.url);

export function version(): string {
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly version: string };
  return version;
}
