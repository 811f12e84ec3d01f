/** `vmmanage check`: what is wrong with a conf, or which values it comes to. Connects nowhere. */
import type { Checked } from '../../conf/load.ts';
import type { Loaded } from '../../conf/loaded.ts';
import {
  type Call,
  type CliCommand,
  type ConfOption,
  type JsonOption,
  withConf,
  withJson,
} from '../command.ts';
import { readConf } from '../conf.ts';
import { EXIT } from '../exit.ts';
import { clean, jsonText } from '../render/clean.ts';
import { renderChecked } from '../render/conf.ts';

interface Options extends ConfOption, JsonOption {
  readonly print?: true;
}

export const check: CliCommand<Options> = {
  notes: 'Exit status 78: the conf is wrong. Every mistake is told at once, as file:line: what.',
  examples: [
    'vmmanage check',
    'vmmanage -t',
    'vmmanage check -c ./vmmanage.conf --print',
    'vmmanage check --json | jq -r .problems[].text',
  ],
  describe(command) {
    withJson(withConf(command)).option(
      '--print',
      'print the conf as it is understood, with where each value comes from',
    );
  },
  async run(call) {
    const checked = await readConf(call.options.conf ?? [], call.terminal, 'look');
    if (call.options.json) call.terminal.out(jsonText(forPrograms(checked, call)));
    else await inWords(checked, call);
    return checked.loaded ? EXIT.done : EXIT.conf;
  },
};

/** What is asked for goes to standard output; what is wrong with it to standard error. */
async function inWords(checked: Checked, { terminal, options }: Call<Options>): Promise<void> {
  const { problems, warnings, loaded } = checked;
  const found = renderChecked(clean({ problems, warnings, ...filesOf(loaded) }));
  if (!loaded) return terminal.err(found);
  if (!options.print) return terminal.out(found);
  const { printConf } = await import('../../conf/print.ts');
  terminal.out(printConf(loaded).trimEnd());
  terminal.err(found);
}

function filesOf(loaded: Loaded | undefined): { readonly files?: readonly string[] } {
  return loaded ? { files: loaded.files } : {};
}

function forPrograms({ problems, warnings, loaded }: Checked, { options }: Call<Options>) {
  return {
    ok: loaded !== undefined,
    problems,
    warnings,
    ...filesOf(loaded),
    ...(options.print && loaded ? { values: loaded.effective } : {}),
  };
}
