/**
 * A cloud that is asked by commands of the tenant's own: its provider's command line, say. Each is an
 * argument array, bounded in time, never given to a shell; what they print is data.
 */
import { join } from 'node:path';
import type { Clock } from '../../core/clock.ts';
import { durationWithin } from '../../core/option-types.ts';
import { type OptionsOf, option, optional, required } from '../../core/options.ts';
import { writeAtomically } from '../../system/files.ts';
import {
  describeEnd,
  type Ended,
  refusalOf,
  runProgram,
  succeeded,
} from '../../system/programs.ts';
import { firstLine, oneLine } from '../../system/said.ts';
import { CloudFailure } from '../clouds/failure.ts';
import type { MigratorContext } from '../migrator.ts';
import { fill, template } from '../template.ts';
import type { Cloud, Instance, Launch } from './cloud.ts';

export const COMMAND_OPTIONS = {
  launch: required(template('vm', 'request', 'token', 'user_data'), {
    example: '/usr/local/bin/cloud-launch {vm} {request} {token} {user_data}',
    help: 'Launches a clone with the user-data in that file, or finds the one of this token, and prints its id.',
  }),
  instances: required(template('vm'), {
    example: '/usr/local/bin/cloud-list {vm}',
    help: 'Prints a line for each instance of the guest: ID starting|running|ending|gone REQUEST.',
  }),
  terminate: required(template('vm', 'id'), {
    example: '/usr/local/bin/cloud-end {id}',
    help: 'Ends an instance; one that is gone already is no failure.',
  }),
  check: optional(template('vm', 'request'), {
    example: '/usr/local/bin/cloud-check {vm}',
    help: 'Exits with 0 where a clone could be launched; otherwise its last line says why not.',
  }),
  command_timeout: option(durationWithin({ min: 1 }), '2m', {
    help: 'How long each of these may take.',
  }),
};

export type CommandOptions = OptionsOf<typeof COMMAND_OPTIONS>;

export class CommandCloud implements Cloud {
  readonly #options: CommandOptions;
  readonly #vm: string;
  readonly #clock: Clock;
  readonly #userData: string;

  constructor(options: CommandOptions, { vm, clock, stateFolder }: MigratorContext) {
    this.#options = options;
    this.#vm = vm;
    this.#clock = clock;
    this.#userData = join(stateFolder, USER_DATA_FILE);
  }

  async check({ request }: Launch, signal: AbortSignal): Promise<string | undefined> {
    const { check } = this.#options;
    if (check === undefined) return undefined;
    const ended = await this.#end(fill(check, { vm: this.#vm, request }), signal);
    return succeeded(ended) ? undefined : refusalOf(ended);
  }

  async launch(launch: Launch, signal: AbortSignal): Promise<Instance> {
    const { vm, request, token, userData } = launch;
    // Not its input: that would end with us, and half a document makes no clone.
    await writeAtomically(this.#userData, userData);
    const values = { vm, request, token, user_data: this.#userData };
    const said = await this.#run(fill(this.#options.launch, values), signal);
    const id = firstLine(said).trim();
    if (!ID.test(id)) throw new CloudFailure(`launch printed no id: ${oneLine(id)}`, 'unanswered');
    return { id, state: 'starting', request, launchedMs: undefined };
  }

  async instances(vm: string, signal: AbortSignal): Promise<readonly Instance[]> {
    return parseInstances(await this.#run(fill(this.#options.instances, { vm }), signal));
  }

  async terminate(id: string, signal: AbortSignal): Promise<void> {
    await this.#run(fill(this.#options.terminate, { vm: this.#vm, id }), signal);
  }

  async #run(argv: readonly string[], signal: AbortSignal): Promise<string> {
    const ended = await this.#end(argv, signal);
    if (succeeded(ended) && !ended.cut) return ended.stdout;
    const why = ended.cut ? 'printed too much' : describeEnd(ended);
    throw new CloudFailure(`${argv[0]}: ${why}`, 'unanswered');
  }

  #end(argv: readonly string[], signal: AbortSignal): Promise<Ended> {
    const timeoutMs = this.#options.command_timeout;
    return runProgram({ argv, timeoutMs, signal }, this.#clock);
  }
}

const USER_DATA_FILE = 'clone-user-data';

const ID = /^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$/;
const STATES: ReadonlySet<string> = new Set(['starting', 'running', 'ending', 'gone']);

/** `ID STATE [REQUEST]` a line. Throws CloudFailure where one is anything else: half a list misleads. */
export function parseInstances(text: string): Instance[] {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [id = '', state = '', request, ...more] = line.trim().split(/\s+/);
    if (!ID.test(id) || !STATES.has(state) || more.length > 0) {
      throw new CloudFailure(`no line of instances: ${oneLine(line)}`, 'unanswered');
    }
    return { id, state: state as Instance['state'], request, launchedMs: undefined };
  });
}
