/** The probe's first reading, told to whoever asked for it; a person may then go another way. */
import { checkSources } from '../../conf/load.ts';
import type { Worse } from '../../core/words.ts';
import { plugins } from '../../daemon/plugins.ts';
import type { ProbeKind } from '../../probes/probe.ts';
import type { Call } from '../command.ts';
import type { Prompt } from '../prompt.ts';
import { clean } from '../render/clean.ts';
import type { Draft } from './draft.ts';
import type { Options } from './given.ts';
import { type Read, roughly } from './propose.ts';
import { type Trial, tryProbe } from './trial.ts';

interface Reader extends Pick<Call<Options>, 'terminal' | 'options'> {
  readonly prompt: Prompt | undefined;
  readonly stop: AbortSignal;
  readonly kinds: readonly ProbeKind[];
}

interface FirstReading extends Read, Pick<Extract<Trial, { value: number }>, 'asDaemon'> {}

/** `change`: the person wants to answer otherwise. */
export async function readProbe(
  draft: Draft,
  reader: Reader,
): Promise<FirstReading | 'change' | undefined> {
  const { terminal, options, prompt, stop } = reader;
  if (!options.try) return undefined;
  for (;;) {
    const about = aboutProbe(draft, reader);
    terminal.err('\nReading it once …');
    const trial = 'missing' in about ? about : await tryProbe(draft, terminal, stop);
    terminal.err(clean(told(trial)));
    if ('value' in trial) return { ...trial, worse: 'worse' in about ? about.worse : 'high' };
    for (const line of 'setup' in about ? about.setup : []) terminal.err(line);
    if (!prompt) return undefined;
    const way = await prompt.ask('Enter reads again; c changes the answers; g goes on without: ');
    if (way === 'c') return 'change';
    if (way === 'g') return undefined;
  }
}

function told(trial: Trial): string {
  if ('missing' in trial) return `It can't be read: ${trial.missing}`;
  return `It reads ${roughly(trial)}, in ${trial.tookMs} ms.`;
}

type About =
  | { readonly worse: Worse; readonly setup: readonly string[] }
  | { readonly missing: string };

/** What its kind says of it with these options, or what is wrong with them. */
function aboutProbe(draft: Draft, { kinds, terminal: { env } }: Reader): About {
  const trial = draft.trial();
  const bytes = new TextEncoder().encode(trial.text);
  const secrets = { env: { ...env, ...trial.env }, secrets: 'read' } as const;
  const surroundings = { hostname: 'here', zone: 'UTC', ...secrets };
  const sources = [{ file: 'probe', bytes, exposed: false }];
  const { loaded, problems } = checkSources(sources, 'probe', plugins(), surroundings);
  const [probe] = loaded?.probes ?? [];
  const kind = kinds.find((each) => each.kind === probe?.kind);
  if (kind && probe) {
    return { worse: kind.worse(probe.options), setup: kind.setup?.(probe.options) ?? [] };
  }
  return { missing: problems.map(({ key = '', text }) => `${key}: ${text}`).join('; ') };
}
