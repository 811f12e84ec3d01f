/** The confs that are tried: as they are written, but for what the command line changes. */
import type { Loaded } from '../../conf/loaded.ts';
import type { Conf } from '../../core/conf.ts';
import { confValuesIn } from '../../core/entries.ts';
import { hostsOf } from '../../core/targets.ts';
import { quoted } from '../../core/text.ts';
import type { Recorded } from '../../daemon/journal.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Subject } from './run.ts';

export interface Changes {
  readonly interval?: number;
  readonly active?: true;
}

export function subjectOf(loaded: Loaded, changes: Changes): Subject {
  const { rules, files, cost } = loaded;
  return { name: files[0] ?? '', rules: changed(rules, changes), currency: cost.currency };
}

function changed(rules: Conf, { interval, active }: Changes): Conf {
  const probes = Object.entries(rules.probes).map(([name, probe]) => [
    name,
    interval === undefined ? probe : { ...probe, intervalMs: interval },
  ]);
  const { mode } = rules.constraints;
  return {
    ...rules,
    probes: Object.fromEntries(probes),
    constraints: { ...rules.constraints, mode: active ? 'active' : mode },
  };
}

/** The host where a simulation begins: the first of the array, unless another was named. */
export function startOf({ rules, name }: Subject, at: string | undefined): string {
  const hosts = rules.sites.flatMap(hostsOf);
  if (at !== undefined) return known(at, hosts, '--at');
  const first = rules.sites.flatMap((site) => site.hosts)[0];
  if (first === undefined) throw new CliError(EXIT.conf, `${name} names no host`);
  return first;
}

export function failingOf({ rules }: Subject, hosts: readonly string[]): ReadonlySet<string> {
  const all = rules.sites.flatMap(hostsOf);
  return new Set(hosts.map((host) => known(host, all, '--fail')));
}

function known(host: string, hosts: readonly string[], option: string): string {
  if (hosts.includes(host)) return host;
  const hints = [`there are: ${hosts.join(', ')}`];
  throw new CliError(EXIT.usage, `${option}: no host ${quoted(host)} in the conf`, hints);
}

/** Makes a conf of what an entry of a journal says of one; undefined where this version can't. */
export async function confReader(
  changes: Changes,
): Promise<(recorded: Recorded) => Conf | undefined> {
  const [{ confOfValues }, { plugins }] = await Promise.all([
    import('../../conf/journaled.ts'),
    import('../../daemon/plugins.ts'),
  ]);
  return ({ entry }) => {
    const values = confValuesIn(entry);
    const conf = values && confOfValues(values, plugins());
    return conf && !('problem' in conf) ? changed(conf.rules, changes) : undefined;
  };
}
