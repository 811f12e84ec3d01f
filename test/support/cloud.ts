/**
 * A cloud on this machine: a folder in which commands launch, list and end instances, and somebody who
 * makes them machines: a daemon and a worker each, with a state folder of their own beside the document
 * that user-data leaves there. What a machine has at its end is gone, as at a cloud.
 */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import { type Recorded, readJournal } from '../../src/daemon/journal.ts';
import { call, Running } from './rig.ts';

/** A guest's daemon and worker, on a machine of its own: a folder. */
export class Machine {
  readonly folder: string;
  readonly runtime: string;
  readonly state: string;
  readonly #conf: string;
  readonly #env: Readonly<Record<string, string>>;
  #daemon: Running | undefined;
  #worker: Running | undefined;

  /** `env` is added to that of its daemon. */
  constructor(folder: string, conf: string, env: Readonly<Record<string, string>> = {}) {
    // By its home directory a program knows which machine it is run on.
    this.#env = { HOME: folder, ...env };
    this.folder = folder;
    this.runtime = join(folder, 'run');
    this.state = join(folder, 'lib', 'state');
    this.#conf = join(folder, 'vmmanage.conf');
    mkdirSync(join(folder, 'lib'), { recursive: true });
    const vm = `[vm]\nname = db7\nstate = ${this.state}\nruntime = ${this.runtime}\n`;
    writeFileSync(this.#conf, `${conf}\n${vm}`, { mode: 0o600 });
    onTestFinished(() => this.kill());
  }

  start(): void {
    this.#daemon = new Running(this.#env, 'run', '-c', this.#conf);
    this.#worker ??= new Running('work', '--runtime', this.runtime);
  }

  /** Starts it as an instance that is given user-data. */
  boot(userData: string): void {
    const folder = dirname(this.state);
    if (!existsSync(join(folder, 'vmmanage-clone.json'))) {
      for (const { path, content } of filesOf(userData)) {
        if (dirname(path) !== '/var/lib/cloud/scripts/per-boot') {
          writeFileSync(join(folder, basename(path)), content);
        }
      }
    }
    this.start();
  }

  get up(): boolean {
    return this.#daemon?.running === true;
  }

  get said(): string {
    return this.#daemon?.said ?? '';
  }

  /** The daemon alone: the worker goes on, as it would. */
  async killDaemon(): Promise<void> {
    await this.#daemon?.end('SIGKILL');
  }

  /** All that runs on it, at once. */
  async kill(): Promise<void> {
    await Promise.all([this.#daemon?.end('SIGKILL'), this.#worker?.end('SIGKILL')]);
    this.#worker = undefined;
  }

  /** Its state folder is from now on as it was before any entry of these types; it must not run. */
  restoreTo(...types: readonly string[]): void {
    const journal = join(this.state, 'journal.jsonl');
    const lines = readFileSync(journal, 'utf8').split('\n');
    const first = lines.findIndex((line) =>
      types.some((type) => line.includes(`"type":"${type}"`)),
    );
    writeFileSync(journal, `${lines.slice(0, first).join('\n')}\n`);
    rmSync(join(this.state, 'jobs'), { recursive: true, force: true });
  }

  async records(): Promise<readonly Recorded[]> {
    return (await readJournal(this.state)).records;
  }

  async look(path: string): Promise<unknown> {
    const answer = await call(join(this.runtime, 'look.sock'), 'GET', path).catch(() => undefined);
    return answer?.body;
  }

  act(path: string, body: object = {}) {
    return call(join(this.runtime, 'act.sock'), 'POST', path, body);
  }
}

/** Of a guest with a page of jobs, and a cloud: `migrator` are the lines of that. */
export function guestConf(migrator: string, page: string, results: string): string {
  return `[site oslo]
role = home
hosts = h1
migrator = local
[site aws]
role = away
migrator = cloud
[migrator local]
kind = local
[migrator cloud]
${migrator}
[policy build]
kind = site-aware
bigjobs = grade a
threshold = 2
[queue builds]
url = ${page}
interval = 300ms
results = ${results}
exec = "/bin/sh -c 'sleep 0.1; cat'"
[constraints]
settle = off
cooldown = off
retry = 1s
`;
}

export class LocalCloud {
  readonly machines = new Map<string, Machine>();
  readonly #folder: string;
  readonly #conf: () => string;
  #watching = true;
  readonly #watch: Promise<void>;
  /** Instances are launched, and no machine comes of them. */
  dead = false;

  /** `conf` is that of the image. */
  constructor(folder: string, conf: () => string) {
    this.#folder = folder;
    this.#conf = conf;
    mkdirSync(folder, { recursive: true });
    this.#script('launch', LAUNCH);
    this.#script('list', LIST);
    this.#script('end', END);
    this.#script('poweroff', POWEROFF);
    this.#watch = this.#run();
    onTestFinished(() => this.close());
  }

  /** The lines of a [migrator]. */
  get options(): string {
    const at = (name: string) => join(this.#folder, name);
    return `kind = clone
launch = ${at('launch')} {token} {request} {user_data}
instances = ${at('list')}
terminate = ${at('end')} {id}
poweroff = ${at('poweroff')}
`;
  }

  states(): Record<string, string> {
    const ids = readdirSync(this.#folder).filter((name) => name.startsWith('i-'));
    return Object.fromEntries(ids.map((id) => [id, this.#read(id, 'state')]));
  }

  /** As a spot instance or a dead host goes. */
  async lose(id: string): Promise<void> {
    await this.machines.get(id)?.kill();
    writeFileSync(join(this.#folder, id, 'state'), 'gone\n');
  }

  async close(): Promise<void> {
    this.#watching = false;
    await this.#watch;
  }

  #script(name: string, text: string): void {
    const path = join(this.#folder, name);
    writeFileSync(path, text);
    chmodSync(path, 0o755);
  }

  #read(id: string, name: string): string {
    return readFileSync(join(this.#folder, id, name), 'utf8').trim();
  }

  async #run(): Promise<void> {
    while (this.#watching) {
      for (const [id, state] of Object.entries(this.states())) await this.#tend(id, state);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  async #tend(id: string, state: string): Promise<void> {
    if (state === 'running' && !this.machines.has(id) && !this.dead) this.#boot(id);
    if (state === 'ending') await this.lose(id);
  }

  #boot(id: string): void {
    const folder = join(this.#folder, id);
    const machine = new Machine(folder, this.#conf());
    machine.boot(this.#read(id, 'user-data'));
    this.machines.set(id, machine);
  }
}

/** What cloud-init would write. */
export function filesOf(userData: string): readonly { path: string; content: string }[] {
  const [first, ...rest] = userData.split('\n');
  if (first !== '#cloud-config') throw new Error(`cloud-init knows no ${first}`);
  const { write_files } = JSON.parse(rest.join('\n')) as {
    write_files: { path: string; content: string }[];
  };
  return write_files;
}

/** One instance for a token, however often it is asked for. */
const LAUNCH = `#!/bin/sh
set -eu
cd "$(dirname "$0")"
id="i-$1"
if [ ! -d "$id" ]; then
  new="$(mktemp -d .new-XXXXXX)"
  cp "$3" "$new/user-data"
  echo "$2" >"$new/request"
  echo running >"$new/state"
  mv -T "$new" "$id" 2>/dev/null || true
fi
echo "$id"
`;

const LIST = `#!/bin/sh
set -eu
cd "$(dirname "$0")"
for dir in i-*; do
  [ -d "$dir" ] || continue
  echo "$dir $(cat "$dir/state") $(cat "$dir/request")"
done
`;

const END = `#!/bin/sh
set -eu
file="$(dirname "$0")/$1/state"
[ "$(cat "$file")" = gone ] || echo ending >"$file"
`;

const POWEROFF = `#!/bin/sh
exec "$(dirname "$0")/end" "$(basename "$HOME")"
`;
