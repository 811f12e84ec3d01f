/** Where the projects of targets come from: files of a folder, or a template that is changed. Writes none. */
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import type { MigratorContext } from '../migrator.ts';
import type { MlnOptions } from './options.ts';
import { isServiceHost, PROJECT_MAX_BYTES, readProject, withServiceHost } from './project.ts';

export type Target =
  | {
      /** As MLN calls the target, and as its daemon is reached. */
      readonly serviceHost: string;
      /** The file that is sent as it is; or the text of one that has to be made. */
      readonly file?: string;
      readonly made?: string;
    }
  | { readonly wrong: string };

export function projectVm({ project_vm }: MlnOptions, { vm }: Pick<MigratorContext, 'vm'>): string {
  return project_vm ?? vm;
}

/** As in the thesis: `nii3.2.mln`. */
export function fileName(vm: string, host: string): string {
  return `${vm}.${host}.mln`;
}

/** Never rejects; what is wrong names the file, and nothing that stands in it. */
export async function targetOf(
  host: string,
  options: MlnOptions,
  context: MigratorContext,
): Promise<Target> {
  const vm = projectVm(options, context);
  const name = fileName(vm, host);
  if (name.includes('/')) return { wrong: `the guest's name makes no file's name: set project_vm` };
  const { folder, template } = options;
  const file = folder === undefined ? undefined : join(folder, name);
  const own = file === undefined ? MISSING : await read(file);
  if (file !== undefined && own !== MISSING) return asItIs(file, own, vm);
  if (template !== undefined) return byTemplate(template, vm, context.addressOf(host));
  return { wrong: `there is no ${file ?? name}` };
}

const MISSING = 'missing';
type Read = Uint8Array | typeof MISSING | { readonly problem: string };

function asItIs(file: string, read: Exclude<Read, 'missing'>, vm: string): Target {
  if ('problem' in read) return { wrong: `${file}: ${read.problem}` };
  const project = readProject(read, vm);
  if ('wrong' in project) return { wrong: `${file} ${project.wrong}` };
  return { serviceHost: project.serviceHost, file };
}

async function byTemplate(file: string, vm: string, address: string): Promise<Target> {
  const serviceHost = withoutPort(address);
  if (!isServiceHost(serviceHost)) return { wrong: `${serviceHost} is no name of a host for MLN` };
  const bytes = await read(file);
  if (bytes === MISSING) return { wrong: `there is no ${file}` };
  if ('problem' in bytes) return { wrong: `${file}: ${bytes.problem}` };
  const project = readProject(bytes, vm);
  if ('wrong' in project) return { wrong: `${file} ${project.wrong}` };
  return { serviceHost, made: withServiceHost(project, serviceHost) };
}

/** `[host NAME] address` may have that of ssh; an IPv6 address has more than one colon. */
function withoutPort(address: string): string {
  return /^([^:]+):\d{1,5}$/.exec(address)?.[1] ?? address;
}

/** One byte more than a project may have, and no more. */
async function read(file: string): Promise<Read> {
  try {
    const handle = await open(file, 'r');
    try {
      const { bytesRead, buffer } = await handle.read({
        buffer: Buffer.alloc(PROJECT_MAX_BYTES + 1),
      });
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? MISSING : { problem: `can't be read (${code})` };
  }
}
