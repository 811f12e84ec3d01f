/** Whether what is written in the state folder outlives this machine. */
import { statfs } from 'node:fs/promises';
import type { Self } from './become-clone.ts';

/** statfs(2): file systems that are in memory. */
const IN_MEMORY: ReadonlyMap<number, string> = new Map([
  [0x01021994, 'tmpfs'],
  [0x858458f6, 'ramfs'],
]);

/** Why it doesn't, for people; undefined where it does. */
export async function whyPassing(
  folder: string,
  self: Pick<Self, 'of'> | undefined,
): Promise<string | undefined> {
  if (self) return 'this is a clone, whose disk goes with it';
  const { type } = await statfs(folder);
  const name = IN_MEMORY.get(type);
  return name && `${folder} is in memory (${name})`;
}
