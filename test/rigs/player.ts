/** What every step of the story does: load the guest, wait for what the central log says, look at the hosts. */
import { until } from '../../scripts/main-job/job.ts';
import { LOAD_FILE, LOADS } from './confs.ts';
import { DOMAIN } from './hypervisors.ts';
import type { HostNumber } from './rig.ts';
import type { Stage } from './stage.ts';

/** How a request ended, as the central log tells. */
export interface End {
  readonly request: string;
  readonly to: string;
  readonly text: string;
  readonly arrived: string | undefined;
}

const ASK_MS = 180_000;
const END_MS = 600_000;
const HOSTS: readonly HostNumber[] = [1, 2];

export class Player {
  readonly stage: Stage;
  /** The last request of the step that is played. */
  request: string | undefined;
  readonly #gone = new Set<HostNumber>();
  #from = 0;

  constructor(stage: Stage) {
    this.stage = stage;
  }

  /** What the log says from here on counts for the next step. */
  begin(): void {
    this.#from = this.stage.log.texts().length;
    this.request = undefined;
  }

  async load(kind: keyof typeof LOADS): Promise<void> {
    await this.stage.rig.guest(`echo ${LOADS[kind]} >${LOAD_FILE}`);
  }

  /** Rejects when the log doesn't say it within `ms`. */
  says(what: string, pattern: RegExp, ms = END_MS): Promise<RegExpExecArray> {
    const { log, end } = this.stage;
    return until(what, ms, end, () => log.find(pattern, this.#from));
  }

  silent(pattern: RegExp): boolean {
    return this.stage.log.find(pattern, this.#from) === undefined;
  }

  /** Loads the guest until it asks, and calms it again. */
  async asks(kind: 'suffering' | 'idle'): Promise<string> {
    await this.load(kind);
    const asked = /^Requesting migration of VM: .* \[request=(\w+)/;
    const [, request = ''] = await this.says('a request', asked, ASK_MS);
    await this.load('calm');
    this.request = request;
    return request;
  }

  async ends(request: string): Promise<End> {
    const pattern = new RegExp(
      `^((?:Arrived at (\\S+) |Move to \\S+ failed: ).*?) \\[request=${request} .*to=(\\w+)`,
    );
    const [, text = '', arrived, to = ''] = await this.says('its outcome', pattern);
    return { request, to, text, arrived };
  }

  async arrivesAt(host: HostNumber, request: string): Promise<string> {
    const { arrived, text } = await this.ends(request);
    must(arrived === `host${host}`, `it should be at host${host}: ${text}`);
    await this.isAlone(host);
    return text;
  }

  /** The reason without who says it. */
  async fails(request: string, at: HostNumber, reason: RegExp): Promise<string> {
    const { arrived, text } = await this.ends(request);
    must(arrived === undefined && reason.test(text), `it should fail with ${reason}: ${text}`);
    await this.isAlone(at);
    return text;
  }

  /** The host was barred: nothing goes there for a while. */
  async isBarred(host: HostNumber): Promise<void> {
    await this.load('suffering');
    const held = new RegExp(`host${host}[^·]* barred|barred[^·]*host${host}|^Barred host${host}`);
    await this.says(`a bar of host${host}`, held, ASK_MS);
    await this.load('calm');
  }

  /** By the hypervisors' own word the guest runs at `host` and nowhere else. */
  async isAlone(host: HostNumber): Promise<void> {
    const own = new RegExp(`^${DOMAIN}$`, 'm');
    for (const each of HOSTS.filter((number) => !this.#gone.has(number))) {
      const domains = await this.domains(each);
      must(own.test(domains) === (each === host), `host${each} has: ${domains}`);
    }
  }

  domains(host: HostNumber): Promise<string> {
    const { rig, hypervisor } = this.stage;
    return rig.host(host, `${hypervisor.list} || true`);
  }

  /** Until its memory is on its way there. */
  async comesTo(host: HostNumber): Promise<void> {
    const { hypervisor, end } = this.stage;
    await until(`the guest to come to host${host}`, END_MS, end, async () =>
      hypervisor.incoming.test(await this.domains(host)) ? true : undefined,
    );
  }

  async switchOff(host: HostNumber): Promise<void> {
    await this.stage.rig.off(host);
    this.#gone.add(host);
  }
}

export function must(holds: boolean, text: string): void {
  if (!holds) throw new Error(text);
}
