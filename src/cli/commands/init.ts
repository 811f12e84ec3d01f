/**
 * `vmmanage init`: a first conf, by questions at a terminal or by flags. It tries the probe on the real
 * service, and writes nothing that `vmmanage check` would refuse.
 */
import { dirname, resolve } from 'node:path';
import { DEFAULT_CONF } from '../../conf/files.ts';
import { formatProblem } from '../../conf/findings.ts';
import { plugins } from '../../daemon/plugins.ts';
import { migratorKinds } from '../../migrators/registry.ts';
import { policyKinds } from '../../policies/registry.ts';
import { probeKinds } from '../../probes/registry.ts';
import type { Call, CliCommand } from '../command.ts';
import { CliError, EXIT, type ExitStatus } from '../exit.ts';
import { type Asker, Flags, Person } from '../init/asker.ts';
import { Draft } from '../init/draft.ts';
import { type Filling, fill, type Kinds } from '../init/fill.ts';
import { askFurther } from '../init/further.ts';
import { declare, type Options, setsOf, valuesOf } from '../init/given.ts';
import { nextSteps } from '../init/next.ts';
import { readProbe } from '../init/reading.ts';
import {
  checkDraft,
  exists,
  freeName,
  mustBeRight,
  whyUnwritable,
  writeDraft,
} from '../init/write.ts';
import { interrupted, type Prompt } from '../prompt.ts';
import { clean } from '../render/clean.ts';

const KINDS: Kinds = { probes: probeKinds, policies: policyKinds, migrators: migratorKinds };

export const init: CliCommand<Options> = {
  notes: `At a terminal it asks what no flag has said; with --yes, or where nobody sits there, nothing is
asked, and what is missing is told. The probe is read once, as the daemon's user where there is
one. The conf is checked, its comments say what each line does, and it only watches unless
--active is said. A secret is never taken on the command line: give its file
(--set probe.password_file=PATH), or answer at the terminal, where it isn't shown.`,
  examples: [
    'vmmanage init',
    'vmmanage init --probe http --set probe.url=http://127.0.0.1:8080/health',
    `vmmanage init --yes --probe apache --policy threshold-aware --suffering '< 5 for 3' \\
        --migrator xl --hosts xen1,xen2`,
    'vmmanage init -o ./vmmanage.conf',
    'vmmanage init --print >vmmanage.conf',
  ],
  describe: declare,
  async run(call) {
    const prompt = call.options.yes ? undefined : await call.terminal.prompt();
    // What is being written is written whole, whoever wants the command to end.
    const stop = call.terminal.interrupted();
    stop.addEventListener('abort', () => prompt?.close());
    try {
      return await new Session(call, prompt, stop).run();
    } finally {
      prompt?.close();
    }
  },
};

class Session {
  readonly #call: Call<Options>;
  readonly #prompt: Prompt | undefined;
  readonly #stop: AbortSignal;
  readonly #file: string;
  /** The daemon's user could read the probe. */
  #isRead = false;

  constructor(call: Call<Options>, prompt: Prompt | undefined, stop: AbortSignal) {
    this.#call = call;
    this.#prompt = prompt;
    this.#stop = prompt ? AbortSignal.any([stop, prompt.left]) : stop;
    this.#file = resolve(call.options.output ?? DEFAULT_CONF);
  }

  async run(): Promise<ExitStatus> {
    const { options, terminal } = this.#call;
    if (!options.print) await this.#mayWrite();
    const draft = await this.#filled();
    if (options.print) {
      terminal.out(draft.text().trimEnd());
      for (const path of draft.secrets.keys())
        this.#say(`the password isn't kept: put it into ${path}`);
      return EXIT.done;
    }
    await this.#confirm(draft);
    if (this.#stop.aborted) throw interrupted();
    this.#prompt?.close();
    const { lines, loaded } = await writeDraft(draft, this.#file, terminal);
    for (const line of lines) this.#say(line);
    this.#say(`\n${nextSteps({ loaded, file: this.#file, isRead: this.#isRead }, KINDS)}`);
    return EXIT.done;
  }

  /** Before anything is asked: nobody's answers should be in vain. */
  async #mayWrite(): Promise<void> {
    const why = await whyUnwritable(this.#file);
    if (why !== undefined) {
      throw new CliError(EXIT.failed, `${this.#file} can't be written: ${why}`, [
        'become root; or say -o FILE to write it elsewhere, --print to write nothing',
      ]);
    }
    if (this.#call.options.force || !(await exists(this.#file))) return;
    const remedy = '--force replaces it and keeps a copy; -o FILE and --print leave it alone';
    if (this.#prompt) {
      const question = `${this.#file} is there already. Replace it, and keep a copy? [y/N] `;
      if (/^y(es)?$/i.test(await this.#prompt.ask(question))) return;
    }
    throw new CliError(EXIT.failed, `${this.#file} is there already; nothing was written`, [
      remedy,
    ]);
  }

  /** As often as it takes, where a person can change what doesn't fit together. */
  async #filled(): Promise<Draft> {
    const { options, terminal } = this.#call;
    let before: Draft | undefined;
    for (;;) {
      const draft = new Draft(plugins());
      await this.#fill(draft, before);
      draft.set('constraints', 'mode', options.active ? 'active' : 'passive');
      const checked = checkDraft(draft, this.#file, terminal, this.#prompt ? 'leave' : 'read');
      for (const warning of checked.warnings) this.#say(`warning: ${formatProblem(warning)}`);
      if (checked.loaded) return draft;
      if (!this.#prompt) mustBeRight(checked);
      this.#say(`\nThat doesn't fit together:\n${checked.problems.map(formatProblem).join('\n')}`);
      this.#say('Once more, with your answers proposed; Ctrl-C ends, and nothing is written.');
      before = draft;
    }
  }

  async #fill(draft: Draft, before: Draft | undefined): Promise<void> {
    const { options } = this.#call;
    const given = valuesOf(options);
    const prompt = this.#prompt;
    const flags = new Flags(given);
    const asker: Asker = prompt ? new Person(given, prompt, (text) => this.#say(text)) : flags;
    const filling: Filling = {
      ...{ draft, asker, before, kinds: KINDS, sets: setsOf(options.set ?? []) },
      further: async (title) => this.#further(title, draft),
      read: async () => this.#readProbe(draft),
    };
    await fill(filling);
    if (flags.missing.length === 0) return;
    const lines = flags.missing.map((flag) => `missing: ${flag}`);
    throw new CliError(EXIT.usage, 'not everything is said, and nobody is asked', lines);
  }

  async #readProbe(draft: Draft): ReturnType<Filling['read']> {
    const reader = { prompt: this.#prompt, stop: this.#stop, kinds: probeKinds };
    const read = await readProbe(draft, { ...this.#call, ...reader });
    this.#isRead = typeof read === 'object' && read.asDaemon;
    return read;
  }

  async #further(title: string, draft: Draft): Promise<void> {
    const prompt = this.#prompt;
    if (!prompt) return;
    const base = `${dirname(this.#file)}/${title.replace(' ', '-')}`;
    await askFurther(title, draft, {
      prompt,
      secretFile: (key) => freeName(`${base}-${key}`),
      say: (text) => this.#say(text),
    });
  }

  async #confirm(draft: Draft): Promise<void> {
    if (!this.#prompt) return;
    this.#say(`\n${clean(draft.text().split('\n')).join('\n')}`);
    const said = await this.#prompt.ask(`Write this to ${this.#file}? [Y/n] `);
    if (said === '' || /^y(es)?$/i.test(said)) return;
    throw new CliError(EXIT.failed, 'nothing was written');
  }

  #say(text: string): void {
    this.#call.terminal.err(text);
  }
}
