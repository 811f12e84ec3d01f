/** Loads confs for the tests, with the real plugins, from text or from files. */
import { fileURLToPath } from 'node:url';
import type { Surroundings } from '../../src/conf/context.ts';
import { formatProblem } from '../../src/conf/findings.ts';
import { type Checked, checkConf, checkSources } from '../../src/conf/load.ts';
import type { Loaded } from '../../src/conf/loaded.ts';
import type { Plugins } from '../../src/conf/plugins.ts';
import { plugins } from '../../src/daemon/plugins.ts';

export const PLUGINS: Plugins = plugins();

export const HERE: Surroundings = {
  ...{ hostname: 'db7', zone: 'Europe/Oslo', env: {}, secrets: 'read' },
};

export interface Setting {
  readonly plugins?: Plugins;
  readonly surroundings?: Surroundings;
  readonly exposed?: boolean;
}

export const FOLDER = fileURLToPath(new URL('.', import.meta.url));

/** The texts are files named 1.conf, 2.conf … */
export function check(texts: readonly (string | Uint8Array)[], setting: Setting = {}): Checked {
  const { plugins = PLUGINS, surroundings = HERE, exposed = false } = setting;
  const sources = texts.map((text, i) => ({
    file: `${i + 1}.conf`,
    bytes: typeof text === 'string' ? new TextEncoder().encode(text) : text,
    exposed,
  }));
  return checkSources(sources, '1.conf', plugins, surroundings);
}

/** Files of this folder, with problems that don't name it. */
export function checkFiles(names: readonly string[], setting: Setting = {}): Checked {
  const { plugins = PLUGINS, surroundings = HERE } = setting;
  return checkConf(
    names.map((name) => `${FOLDER}${name}`),
    plugins,
    surroundings,
  );
}

export function loaded(checked: Checked): Loaded {
  if (!checked.loaded) throw new Error(problems(checked).join('\n'));
  return checked.loaded;
}

export function problems({ problems }: Pick<Checked, 'problems'>): string[] {
  return problems.map((problem) => formatProblem(problem).replaceAll(FOLDER, ''));
}

export function warnings({ warnings }: Pick<Checked, 'warnings'>): string[] {
  return warnings.map((warning) => formatProblem(warning).replaceAll(FOLDER, ''));
}
