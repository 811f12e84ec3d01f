/** Users and groups of this machine, as its own files list them. */
import { readIfPresent } from './files.ts';

/** Undefined where there is no such group. */
export async function groupId(name: string): Promise<number | undefined> {
  const [, , id] = (await lineOf('/etc/group', name)) ?? [];
  return id === undefined ? undefined : Number(id);
}

/** Undefined where there is no such user. */
export async function userId(name: string): Promise<number | undefined> {
  const [, , id] = (await lineOf('/etc/passwd', name)) ?? [];
  return id === undefined ? undefined : Number(id);
}

async function lineOf(file: string, name: string): Promise<readonly string[] | undefined> {
  const lines = ((await readIfPresent(file)) ?? '').split('\n').map((line) => line.split(':'));
  return lines.find(([first]) => first === name);
}
