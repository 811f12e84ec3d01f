/** Who answers the questions of `vmmanage init`: the flags, or the flags and a person. */
import { SECTIONS } from '../../conf/tables.ts';
import { sectionKind } from '../../conf/written.ts';
import type { Option } from '../../core/options.ts';
import { quoted } from '../../core/text.ts';
import { CliError, EXIT } from '../exit.ts';
import type { Prompt } from '../prompt.ts';
import { clean } from '../render/clean.ts';
import type { Draft } from './draft.ts';

export interface Choice {
  readonly kind: string;
  readonly help: string;
}

/** One value of the conf. */
export interface Question {
  readonly title: string;
  readonly key: string;
  /** What gives it on the command line: `--hosts`, `--set probe.url`. */
  readonly flag: string;
  readonly required: boolean;
  readonly proposal?: string | undefined;
  /** Why that is proposed. */
  readonly note?: string | undefined;
  readonly choices?: readonly Choice[];
}

export interface Asker {
  /** Undefined: nothing was answered, and where it is required that is told in the end. */
  answer(question: Question, draft: Draft): Promise<string | undefined>;
  /** What needn't be asked. */
  readonly given: Given;
}

/** Values of the command line, by their flag. */
export type Given = ReadonlyMap<string, string>;

export class Flags implements Asker {
  readonly missing: string[] = [];
  readonly given: Given;

  constructor(given: Given) {
    this.given = given;
  }

  async answer(question: Question, draft: Draft): Promise<string | undefined> {
    const { flag, required, choices } = question;
    const value = this.given.get(flag);
    if (value !== undefined) return checked(question, value, draft);
    if (required) this.missing.push(choices ? `${flag}, one of ${namesOf(choices)}` : flag);
    return undefined;
  }
}

/** A value of the command line that is wrong ends the command. */
function checked({ title, key, flag, choices }: Question, value: string, draft: Draft): string {
  const problem = choices ? noChoice(value, choices) : draft.problem(title, key, value);
  if (problem === undefined) return value;
  throw new CliError(EXIT.usage, `${flag}: ${problem}`);
}

function noChoice(value: string, choices: readonly Choice[]): string | undefined {
  if (choices.some(({ kind }) => kind === value)) return undefined;
  return `${quoted(value)} is none of ${namesOf(choices)}`;
}

function namesOf(choices: readonly Choice[]): string {
  return choices.map(({ kind }) => kind).join(', ');
}

export class Person implements Asker {
  readonly #prompt: Prompt;
  readonly given: Given;
  readonly #say: (text: string) => void;

  constructor(given: Given, prompt: Prompt, say: (text: string) => void) {
    this.given = given;
    this.#prompt = prompt;
    this.#say = say;
  }

  async answer(question: Question, draft: Draft): Promise<string | undefined> {
    const given = this.given.get(question.flag);
    if (given !== undefined) return checked(question, given, draft);
    this.#say(`\n${describe(question, draft)}`);
    const { required, proposal = '' } = question;
    for (;;) {
      const shown = proposal === '' ? '' : ` [${proposal}]`;
      const said = (await this.#prompt.ask(`${labelOf(question)}${shown}: `)) || proposal;
      if (said === '' && !required) return undefined;
      const value = chosen(said, question);
      const problem = this.#problem(question, value, draft);
      if (problem === undefined) return value;
      this.#say(clean(problem));
    }
  }

  #problem({ title, key, choices }: Question, value: string, draft: Draft): string | undefined {
    if (value === '') return 'this has to be answered; Ctrl-C ends, and nothing is written';
    return choices ? noChoice(value, choices) : draft.problem(title, key, value);
  }
}

/** A section is called by what it is of, rather than by its key `kind`. */
function labelOf({ title, key }: Question): string {
  return key === 'kind' ? sectionKind(title) : key;
}

/** A number is that of a line. */
function chosen(said: string, { choices }: Question): string {
  return choices?.[Number(said) - 1]?.kind ?? said;
}

function describe({ title, key, choices, required, note }: Question, draft: Draft): string {
  const option = draft.option(title, key);
  const help = typeof option === 'string' ? option : helpText(key, option);
  const lines = [choices ? `${sectionHelp(title)} A number, or a name:` : help];
  if (note !== undefined) lines.push(`  ${note}`);
  if (!required) lines.push('  May be left out: press Enter.');
  return [...lines, ...choiceLines(choices ?? [])].join('\n');
}

/** `hosts (list of hosts): The hosts that …` */
export function helpText(
  key: string,
  { type, help, example, default: value }: Option<unknown>,
): string {
  const such = value === undefined ? example : undefined;
  const tail = such === undefined ? '' : ` Such as: ${such}`;
  return `${key} (${type.name}${value === undefined ? '' : `, default ${value}`}): ${help}${tail}`;
}

function sectionHelp(title: string): string {
  // A site is asked for its migrator.
  const wanted = sectionKind(title) === 'site' ? 'migrator' : sectionKind(title);
  return SECTIONS.find(({ kind }) => kind === wanted)?.help ?? '';
}

function choiceLines(choices: readonly Choice[]): string[] {
  const width = Math.max(0, ...choices.map(({ kind }) => kind.length));
  return choices.map(
    ({ kind, help }, index) => `  ${String(index + 1).padStart(2)}  ${kind.padEnd(width)}  ${help}`,
  );
}
