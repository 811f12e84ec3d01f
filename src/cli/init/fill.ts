/**
 * Which questions a conf takes, one after the other: the service, the policy, the places and who moves the
 * guest. All that is offered comes from the registries and their tables. It asks through an asker alone.
 */

import { launchesClones } from '../../conf/max-life.ts';
import { POLICY } from '../../conf/tables.ts';
import { isOnJobs, type Policy } from '../../core/policy.ts';
import type { MigratorKind } from '../../migrators/migrator.ts';
import type { ProbeKind } from '../../probes/probe.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Asker, Choice, Question } from './asker.ts';
import type { Draft } from './draft.ts';
import { idleGuess, type Read, roughly, sufferingGuess } from './propose.ts';

export interface Kinds {
  readonly probes: readonly ProbeKind[];
  readonly policies: readonly Policy[];
  readonly migrators: readonly MigratorKind[];
}

export interface Filling {
  readonly draft: Draft;
  readonly asker: Asker;
  readonly kinds: Kinds;
  /** The answers of the round before, proposed again. */
  readonly before: Draft | undefined;
  /** `--set`: title → keys and values. */
  readonly sets: Sets;
  /** More keys of a section, where a person may give some. */
  further(title: string, draft: Draft): Promise<void>;
  /** Reads the probe as it stands, and tells what came of it; undefined: nothing is known. */
  read(draft: Draft): Promise<Read | 'change' | undefined>;
}

export type Sets = ReadonlyMap<string, readonly (readonly [key: string, value: string])[]>;

/** Fills the draft; what has no answer is left out. */
export async function fill(filling: Filling): Promise<void> {
  const read = await fillProbe(filling);
  const policy = await fillPolicy(filling, read);
  if (policy && isOnJobs(policy)) await fillSites(filling);
  else await fillArray(filling, policy);
  for (const title of filling.sets.keys()) applySets(title, filling);
}

/** Asked again where its service can't be read and other answers are wished. */
async function fillProbe(filling: Filling): Promise<Read | undefined> {
  const { draft, kinds } = filling;
  const kind = await askKind('probe', '--probe', kinds.probes, filling);
  if (!kind) return undefined;
  await fillOptions('probe', kind, filling);
  const read = await filling.read(draft);
  if (read !== 'change') return read;
  return fillProbe({ ...filling, before: draft.cut('probe') });
}

async function fillPolicy(filling: Filling, read: Read | undefined): Promise<Policy | undefined> {
  const { draft, kinds } = filling;
  const kind = await askKind('policy', '--policy', kinds.policies, filling);
  if (!kind) return undefined;
  if (isOnJobs(kind)) {
    // What counts the jobs is the probe; by its kind, since the section has no name.
    draft.set('policy', 'probe', draft.get('probe', 'kind') ?? '');
    await ask(
      { ...POLICY_KEY, key: 'threshold', flag: '--threshold', proposal: '2', ...GUESS },
      filling,
    );
  } else {
    await askConditions(kind, filling, read);
  }
  await fillOptions('policy', kind, filling);
  return kind;
}

const POLICY_KEY = { title: 'policy', required: true } as const;
const GUESS = {
  note: 'What is proposed is a guess: `vmmanage simulate` tells what it would have done.',
};

async function askConditions(
  { idle }: Policy,
  filling: Filling,
  read: Read | undefined,
): Promise<void> {
  const suffering = { ...POLICY_KEY, key: 'suffering', flag: '--suffering' };
  await ask(
    { ...suffering, ...proposed('suffering', read && sufferingGuess(read), read) },
    filling,
  );
  if (idle === 'none') return;
  const required = idle === 'required';
  const little = { title: 'policy', key: 'idle', flag: '--idle', required };
  const proposal = required ? proposed('idle', read && idleGuess(read), read) : {};
  await ask({ ...little, ...proposal }, filling);
}

/** Without a guess the tables' example, which is of an indicator that is worse when it is high. */
function proposed(
  key: 'suffering' | 'idle',
  guess: string | undefined,
  read: Read | undefined,
): Partial<Question> {
  const proposal = guess ?? (read?.worse === 'low' ? undefined : POLICY[key].example);
  if (proposal === undefined) return {};
  const from = guess && read ? `from one reading, ${roughly(read)}` : 'an example';
  const note = `${proposal} is a guess (${from}): vmmanage simulate tells what it would have done.`;
  return { proposal, note };
}

async function fillArray(filling: Filling, policy: Policy | undefined): Promise<void> {
  await ask({ title: 'array', key: 'hosts', flag: '--hosts', required: true }, filling);
  if (policy && policy.idle !== 'none') {
    await ask({ title: 'array', key: 'base', flag: '--base', required: false }, filling);
  }
  applySets('array', filling);
  const kind = await askKind('migrator', '--migrator', atHome(filling), filling);
  if (kind) await fillOptions('migrator', kind, filling);
}

/** A home and one site away, each with its migrator; the other site is called as its migrator is. */
async function fillSites(filling: Filling): Promise<void> {
  const { draft } = filling;
  const home = 'site home';
  draft.set(home, 'role', 'home');
  await ask({ title: home, key: 'hosts', flag: '--hosts', required: true }, filling);
  await askMigrator(home, '--migrator', filling);
  const { migrators } = filling.kinds;
  const kind = await askWhich('site away', '--away-migrator', migrators, filling);
  if (kind === undefined) return;
  const away = `site ${kind}`;
  draft.set(away, 'role', 'away');
  draft.set(away, 'migrator', kind);
  await ask({ title: away, key: 'hosts', flag: '--away-hosts', required: false }, filling);
  await fillMigrator(kind, filling);
}

async function askMigrator(site: string, flag: string, filling: Filling): Promise<void> {
  const kind = await askWhich(site, flag, atHome(filling), filling);
  if (kind === undefined) return;
  filling.draft.set(site, 'migrator', kind);
  await fillMigrator(kind, filling);
}

/** Clones are for a site away. */
function atHome({ kinds }: Filling): readonly MigratorKind[] {
  return kinds.migrators.filter((kind) => !launchesClones(kind));
}

async function askWhich(
  title: string,
  flag: string,
  choices: readonly MigratorKind[],
  { asker, draft, before }: Filling,
) {
  const key = 'migrator';
  const proposal = before?.get(title, key);
  return asker.answer({ title, key, flag, required: true, proposal, choices }, draft);
}

async function fillMigrator(kind: string, filling: Filling): Promise<void> {
  const table = filling.kinds.migrators.find((each) => each.kind === kind);
  const title = `migrator ${kind}`;
  if (!table || filling.draft.get(title, 'kind') !== undefined) return;
  filling.draft.set(title, 'kind', kind);
  await fillOptions(title, table, filling);
}

async function askKind<K extends Choice>(
  title: string,
  flag: string,
  choices: readonly K[],
  filling: Filling,
): Promise<K | undefined> {
  const { asker, draft, before } = filling;
  const question = { title, key: 'kind', flag, required: true, choices };
  const said = await asker.answer({ ...question, proposal: before?.get(title, 'kind') }, draft);
  if (said === undefined) return undefined;
  draft.set(title, 'kind', said);
  return choices.find(({ kind }) => kind === said);
}

/** What the kind needs, then what else is wished. */
async function fillOptions(
  title: string,
  { options }: Pick<ProbeKind, 'options'>,
  filling: Filling,
): Promise<void> {
  applySets(title, filling);
  for (const [key, { required, secret }] of Object.entries(options)) {
    if (!required || secret || filling.draft.get(title, key) !== undefined) continue;
    await ask({ title, key, flag: `--set ${flagged(title, key)}`, required: true }, filling);
  }
  keepFurther(title, filling);
  await filling.further(title, filling.draft);
}

/** As it is written after --set, quoted where it has a blank. */
function flagged(title: string, key: string): string {
  return title.includes(' ') ? `"${title}.${key}=…"` : `${title}.${key}=…`;
}

async function ask(question: Question, filling: Filling): Promise<void> {
  const { asker, draft, before, sets } = filling;
  const { title, key } = question;
  if (sets.get(title)?.some(([given]) => given === key)) return;
  const proposal = before?.get(title, key) ?? question.proposal;
  const value = await asker.answer({ ...question, proposal }, draft);
  if (value === undefined) return;
  const isGuess = !asker.given.has(question.flag) && value === question.proposal;
  draft.set(title, key, value, isGuess ? question.note : undefined);
}

/** What a person added to the same kind in the round before. */
function keepFurther(title: string, { draft, before }: Filling): void {
  if (before?.get(title, 'kind') !== draft.get(title, 'kind')) return;
  for (const [key, { value }] of before?.section(title) ?? []) {
    if (draft.get(title, key) !== undefined) continue;
    const secret = before?.secrets.get(value);
    if (secret === undefined) draft.set(title, key, value);
    else draft.keep(title, { key, file: value, secret });
  }
}

/** A value of --set that is wrong ends the command; twice is as once. */
function applySets(title: string, { draft, sets }: Filling): void {
  for (const [key, value] of sets.get(title) ?? []) {
    const option = draft.option(title, key);
    const flag = `--set ${title}.${key}`;
    if (typeof option !== 'string' && option.secret) throw notHere(title, key, flag);
    const problem = draft.problem(title, key, value);
    if (problem !== undefined) throw new CliError(EXIT.usage, `${flag}: ${problem}`);
    draft.set(title, key, value);
  }
}

function notHere(title: string, key: string, flag: string): CliError {
  return new CliError(EXIT.usage, `${flag}: a secret isn't taken here, where others can see it`, [
    `put it into a file that only root and vmmanage can read, and say ${title}.${key}_file=PATH`,
    'or say neither: at a terminal it is asked for without being shown',
  ]);
}
