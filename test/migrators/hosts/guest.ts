/** A guest's migrator on the hosts of a test, as a conf would open it. */
import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { ulid } from 'ulid';
import type { OptionsTable } from '../../../src/core/options.ts';
import type { Attempt, MigratorKind, Move } from '../../../src/migrators/migrator.ts';
import { xl } from '../../../src/migrators/xl.ts';
import { systemClock } from '../../../src/system/clock.ts';
import type { Hosts } from '../../support/hosts.ts';
import { optionsFrom } from '../../support/options.ts';

export const clock = systemClock();
const NEVER = new AbortController().signal;

export type Given = Readonly<Record<string, string>>;

export class Guest {
  readonly request = ulid();
  readonly #hosts: Hosts;
  readonly #opened: ReturnType<MigratorKind['open']>;
  readonly told: string[] = [];

  /** `elsewhere`: what is at the address of a host instead of its sshd. */
  constructor(
    hosts: Hosts,
    given: Given = {},
    elsewhere: Given = {},
    kind: MigratorKind = any(xl),
  ) {
    this.#hosts = hosts;
    const options = optionsFrom(kind.options, {
      ssh_user: hosts.user,
      ssh_key: hosts.key('nii3'),
      ssh_known_hosts: hosts.knownHosts,
      ask_timeout: '10s',
      timeout: '60s',
      ...given,
    });
    this.#opened = kind.open(options, {
      clock,
      vm: 'nii3',
      hosts: hosts.all.map(({ name }) => name),
      addressOf: (name) => elsewhere[name] ?? `127.0.0.1:${hosts.host(name).port}`,
      stateFolder: mkdtempSync(join(hosts.host('xen1').folder, 'guest-')),
    });
  }

  /** As if it had been asked for so long ago. */
  aged(ms: number): string {
    return ulid(Date.now() - ms);
  }

  move(to = 'xen2'): Move {
    return { request: this.request, vm: 'nii3', from: 'xen1', to };
  }

  preflight(to = 'xen2') {
    return this.#opened.migrator.preflight(this.move(to), NEVER);
  }

  migrate(signal = NEVER, to = 'xen2'): Promise<Attempt> {
    const { migrator } = this.#opened;
    return migrator.migrate(this.move(to), signal, (text) => this.told.push(text));
  }

  underway(request = this.request): Promise<boolean> {
    return this.#opened.migrator.underway(request);
  }

  async stop(): Promise<void> {
    await this.#opened.stopper?.stop(this.request);
  }

  /** `xen2`, `to xen2`, or `unknown`. */
  async place(): Promise<string> {
    const seen = await this.locate();
    if (seen.kind === 'unknown') return 'unknown';
    return seen.kind === 'at' ? seen.host : `to ${seen.to}`;
  }

  locate() {
    return this.#opened.locator.locate(NEVER);
  }

  async words(): Promise<string[]> {
    const { answers } = await this.locate();
    return answers.map(({ who, says }) => `${who}: ${says}`);
  }

  /** While it isn't seen anywhere else. */
  async untilMoving(): Promise<void> {
    const source = this.#hosts.host('xen1');
    for (let left = 300; left > 0; left -= 1) {
      const { values } = await source.call('nii3', `status ${this.request}`);
      if (values['state'] === 'moving') return;
      await clock.sleep(20);
    }
    throw new Error('it never moved');
  }
}

/** A kind, whatever its options. */
export function any<T extends OptionsTable>(kind: MigratorKind<T>): MigratorKind {
  return kind as unknown as MigratorKind;
}
