/** Puts together what moves by asking hosts: a mover and a locator on the same calls. */
import type { MigratorContext, OpenedMigrator } from '../migrator.ts';
import type { HostCalls } from './calls.ts';
import { HostClient } from './client.ts';
import { HostsLocator } from './locator.ts';
import { HostsMover } from './mover.ts';
import type { HostsOptions, PlainOptions } from './options.ts';
import { PlainCalls, type PlainTool } from './plain.ts';

export function openByCalls(
  { timeout: timeoutMs }: Pick<HostsOptions, 'timeout'>,
  calls: HostCalls,
  { clock, hosts }: MigratorContext,
): OpenedMigrator {
  const locator = new HostsLocator(calls, hosts);
  const mover = new HostsMover({ calls, locator, clock, hosts, timeoutMs });
  return { migrator: mover, locator, stopper: mover };
}

/** By `vmmanage-host`, whichever tool it uses. */
export function openByHosts(options: HostsOptions, context: MigratorContext): OpenedMigrator {
  return openByCalls(options, new HostClient(options, context), context);
}

export function openWith(
  tool: PlainTool,
  options: PlainOptions,
  context: MigratorContext,
): OpenedMigrator {
  if (options.via === 'vmmanage-host') return openByHosts(options, context);
  return openByCalls(options, new PlainCalls(tool, options, context), context);
}

export function plainCaution({ via }: PlainOptions): string | undefined {
  if (via !== 'plain') return undefined;
  return 'via = plain is for labs: this guest’s key may do anything on the hosts, to other guests too';
}
