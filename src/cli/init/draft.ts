/** A conf while it is put together: what is chosen so far, by section and key. It asks nobody. */
import type { Plugins } from '../../conf/plugins.ts';
import { SECTIONS } from '../../conf/tables.ts';
import { sectionKind, tableOf, type WrittenSection, writtenConf } from '../../conf/written.ts';
import { didYouMean } from '../../core/nearest.ts';
import type { Option, OptionsTable } from '../../core/options.ts';
import { quoted } from '../../core/text.ts';

export interface Value {
  readonly value: string;
  /** What is said of it in the conf. */
  readonly note?: string;
}

interface Kept {
  /** `password_file` */
  readonly key: string;
  readonly file: string;
  readonly secret: string;
}

export class Draft {
  readonly #plugins: Plugins;
  readonly #sections = new Map<string, Map<string, Value>>();
  readonly #secrets = new Map<string, string>();

  constructor(plugins: Plugins) {
    this.#plugins = plugins;
  }

  get(title: string, key: string): string | undefined {
    return this.#sections.get(title)?.get(key)?.value;
  }

  set(title: string, key: string, value: string, note?: string): void {
    const section = this.#sections.get(title) ?? new Map<string, Value>();
    section.set(key, { value, ...(note === undefined ? {} : { note }) });
    this.#sections.set(title, section);
  }

  /** Keys and values, in the order in which they were set. */
  section(title: string): readonly (readonly [key: string, value: Value])[] {
    return [...(this.#sections.get(title) ?? [])];
  }

  /** Every key that the section may have, by its kind. */
  table(title: string): OptionsTable | undefined {
    return tableOf(title, this.get(title, 'kind'), this.#plugins);
  }

  /** Takes a section out; gives it back as a draft of its own. */
  cut(title: string): Draft {
    const cut = new Draft(this.#plugins);
    const section = this.#sections.get(title);
    if (section) cut.#sections.set(title, section);
    for (const [file, secret] of this.#secrets) cut.#secrets.set(file, secret);
    this.#sections.delete(title);
    return cut;
  }

  /** The row of the tables for a key; a sentence where there is none. */
  option(title: string, key: string): Option<unknown> | string {
    const table = this.table(title);
    if (!table) return `there is no section [${title}]`;
    const option = Object.hasOwn(table, key) ? table[key] : undefined;
    return option ?? `[${title}] knows no ${quoted(key)}${didYouMean(key, Object.keys(table))}`;
  }

  /** What is wrong with such a value, by its type alone. */
  problem(title: string, key: string, value: string): string | undefined {
    const option = this.option(title, key);
    if (typeof option === 'string') return option;
    const parsed = option.type.parse(value);
    return parsed.ok ? undefined : parsed.problem;
  }

  /** A password that was typed: the conf names the file that takes it. */
  keep(title: string, { key, file, secret }: Kept): void {
    this.set(title, key, file);
    this.#secrets.set(file, secret);
  }

  /** File → the password that it is to hold. */
  get secrets(): ReadonlyMap<string, string> {
    return this.#secrets;
  }

  /** The conf's text. */
  text(): string {
    return writtenConf(HEAD, this.#written(), this.#plugins);
  }

  /** A whole conf around the [probe] alone, with what it needs in the environment instead of files. */
  trial(): { readonly text: string; readonly env: Readonly<Record<string, string>> } {
    const env: Record<string, string> = {};
    const values = this.section('probe').map(([key, { value }]) => {
      const secret = this.#secrets.get(value);
      if (secret === undefined) return { key, value };
      const name = `VMMANAGE_INIT_${Object.keys(env).length}`;
      env[name] = secret;
      return { key: key.replace(/_file$/, ''), value: `\${${name}}` };
    });
    const around = [
      { title: 'array', values: [{ key: 'hosts', value: 'here' }] },
      { title: 'policy', values: [...AROUND] },
    ];
    return { text: writtenConf([], [{ title: 'probe', values }, ...around], this.#plugins), env };
  }

  #written(): WrittenSection[] {
    const order = SECTIONS.map(({ kind }) => kind);
    const place = (title: string) => order.indexOf(sectionKind(title));
    const titles = [...this.#sections.keys()].toSorted((a, b) => place(a) - place(b));
    return titles.map((title) => ({
      title,
      values: this.section(title).map(([key, value]) => ({ key, ...value })),
    }));
  }
}

const AROUND = [
  { key: 'kind', value: 'threshold-aware' },
  { key: 'suffering', value: '> 0 for 1' },
];

const HEAD = [
  'When this machine asks to be moved, and where to. Written by vmmanage init; edit it as you like.',
  'After a change: vmmanage check, then systemctl reload vmmanage. All there is to say: man vmmanage.conf',
];
