/** More keys of a section, one after the other, as long as a person gives some. */
import { secretKeys } from '../../conf/secrets.ts';
import type { Prompt } from '../prompt.ts';
import { clean } from '../render/clean.ts';
import { helpText } from './asker.ts';
import type { Draft } from './draft.ts';

interface Session {
  readonly prompt: Prompt;
  /** Where a password that is typed is to be kept. */
  readonly secretFile: (key: string) => Promise<string>;
  say(text: string): void;
}

export async function askFurther(title: string, draft: Draft, session: Session): Promise<void> {
  const { prompt, say } = session;
  say(`\n[${title}] is now\n${shown(title, draft)}\n? lists what else it may say; Enter goes on.`);
  for (;;) {
    const said = await prompt.ask('key = value: ');
    if (said === '') return;
    if (said === '?') say(listed(title, draft));
    else await take(said, title, draft, session);
  }
}

function shown(title: string, draft: Draft): string {
  return draft
    .section(title)
    .map(([key, { value }]) => `  ${key} = ${clean(value)}`)
    .join('\n');
}

function listed(title: string, draft: Draft): string {
  const rows = Object.entries(draft.table(title) ?? {}).filter(([key]) => key !== 'kind');
  return rows.map(([key, option]) => `  ${helpText(key, option)}`).join('\n');
}

async function take(said: string, title: string, draft: Draft, session: Session): Promise<void> {
  const [, key = said, value = ''] = /^([^\s=]+)\s*=\s*(.*)$/.exec(said) ?? [];
  const option = draft.option(title, key);
  if (typeof option !== 'string' && option.secret) {
    if (value !== '') return session.say(`say ${key} alone: it is asked without being shown`);
    return takeSecret(key, title, draft, session);
  }
  const problem = draft.problem(title, key, value);
  if (problem === undefined) draft.set(title, key, value);
  else session.say(clean(problem));
}

async function takeSecret(key: string, title: string, draft: Draft, session: Session) {
  const secret = await session.prompt.askSecret(`${key} (not shown): `);
  const problem = draft.problem(title, key, secret);
  if (problem !== undefined) return session.say(clean(problem));
  const keys = secretKeys(draft.table(title) ?? {}).find(({ literal }) => literal === key);
  const file = await session.secretFile(key);
  draft.keep(title, { key: keys?.file ?? `${key}_file`, file, secret });
  session.say(`it goes to ${file}, for root and vmmanage alone`);
}
