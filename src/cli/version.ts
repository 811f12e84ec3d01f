/** Which vmmanage this is: what its package says. */
import { readFileSync } from 'node:fs';
import { installed } from './installed.ts';

export function version(): string {
  const { version } = JSON.parse(readFileSync(installed('package.json'), 'utf8')) as {
    readonly version: string;
  };
  return version;
}
