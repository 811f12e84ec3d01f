/** A conf that is written for somebody: what was chosen and nothing else, each line with its sentence of the tables. */
import type { OptionsTable } from '../core/options.ts';
import type { Plugins } from './plugins.ts';
import { comment, describedKind, kindsOf, sampleKey } from './sample.ts';
import { withSecretKeys } from './secrets.ts';
import { SECTIONS } from './tables.ts';

export interface WrittenSection {
  /** `array`, `migrator ec2`. */
  readonly title: string;
  readonly values: readonly WrittenValue[];
}

export interface WrittenValue {
  readonly key: string;
  readonly value: string;
  /** Beside the key's own sentence. */
  readonly note?: string | undefined;
}

/** `head` is lines for people, without their `;`. */
export function writtenConf(
  head: readonly string[],
  sections: readonly WrittenSection[],
  plugins: Plugins,
): string {
  const parts = sections.map((section) => writtenSection(section, plugins));
  return [...head.flatMap(comment), '', ...parts].join('\n');
}

function writtenSection({ title, values }: WrittenSection, plugins: Plugins): string {
  const kind = sectionKind(title);
  const chosen = values.find(({ key }) => key === 'kind')?.value;
  const table = tableOf(title, chosen, plugins);
  const lines = values.flatMap(({ key, value, note }) => {
    const option = table?.[key];
    if (!option) throw new Error(`[${title}] has no ${key}`);
    return [...(note === undefined ? [] : comment(note)), ...sampleKey(key, option, value)];
  });
  const help = SECTIONS.find((section) => section.kind === kind)?.help ?? '';
  return [...comment(help), `[${title}]`, ...lines, ''].join('\n');
}

/** The kind of section that a title is of. */
export function sectionKind(title: string): string {
  return title.split(' ')[0] ?? '';
}

/** Every key that such a section may have; undefined where there is no such section or kind. */
export function tableOf(
  title: string,
  kind: string | undefined,
  plugins: Plugins,
): OptionsTable | undefined {
  const section = SECTIONS.find((each) => each.kind === sectionKind(title));
  if (!section) return undefined;
  const queue = section.kind === 'queue' ? plugins.queue.options : {};
  const own = kindsOf(section.kind, plugins).find((each) => each.kind === kind);
  const common = own ? describedKind(section.options, own) : section.options;
  return withSecretKeys({ ...common, ...queue, ...own?.options });
}
