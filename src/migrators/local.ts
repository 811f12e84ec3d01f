/**
 * The embedded default: an array of named hosts that is kept in one file, so that a conf can be
 * tried with no hypervisor. It moves nothing, and says so; but it behaves like the real ones: a
 * move takes its time, outlives the daemon that asked, may fail at its very end, and is refused
 * while another is under way.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { hostList } from '../core/option-shapes.ts';
import { bad, duration, good, hostName, path } from '../core/option-types.ts';
import { type OptionsOf, type OptionType, option, optional } from '../core/options.ts';
import type { Sighting } from '../core/sighting.ts';
import { oneLine } from '../system/said.ts';
import { changeGuest, type Guest, leftMs, type Moving, readGuests, seen } from './local-file.ts';
import type {
  Attempt,
  Locator,
  Migrator,
  MigratorContext,
  MigratorKind,
  Move,
  Preflight,
  Stopper,
} from './migrator.ts';

/** Which moves fail: all to these hosts, or this part of all. */
export type Failing =
  | { readonly kind: 'hosts'; readonly hosts: readonly string[] }
  | { readonly kind: 'rate'; readonly rate: number };

export const failing: OptionType<Failing> = {
  name: 'list of hosts, or a rate',
  parse(text) {
    const rate = /^(\d{1,3})\s?%$/.exec(text)?.[1];
    if (rate !== undefined) {
      if (Number(rate) > 100) return bad(`${rate}% is more than all`);
      return good({ kind: 'rate', rate: Number(rate) / 100 });
    }
    const hosts = hostList.parse(text);
    return hosts.ok ? good({ kind: 'hosts', hosts: hosts.value }) : hosts;
  },
};

const options = {
  file: optional(path, {
    example: '/srv/vmmanage/local-hosts.json',
    help: 'Where the array is kept; local-hosts.json in the state folder by default.',
  }),
  delay: option(duration, '1s', { help: 'How long a move takes.' }),
  start: optional(hostName, {
    example: 'xen2',
    help: 'Where the guest is at first; on the first host by default.',
  }),
  fail: optional(failing, {
    example: '20%',
    help: 'Moves that fail at their end: to these hosts, or a part of all.',
  }),
  unreachable: optional(hostList, {
    example: 'xen3',
    help: 'Hosts whose preflight fails.',
  }),
};

type Options = OptionsOf<typeof options>;

export const local: MigratorKind<typeof options> = {
  kind: 'local',
  help: 'An array kept in one file, to try a conf with no hypervisor. It moves nothing.',
  caution: () => 'the migrator is local: it only writes to a file where the guest would be',
  options,
  setup: () => [
    'It moves nothing. Another [migrator] kind takes its place when you know which (docs/hosts.md).',
  ],
  open(chosen, context) {
    const array = new LocalArray(chosen, context);
    return { migrator: array, locator: array, stopper: array };
  },
};

class LocalArray implements Migrator, Locator, Stopper {
  readonly #options: Options;
  readonly #context: MigratorContext;
  readonly #file: string;

  constructor(chosen: Options, context: MigratorContext) {
    this.#options = chosen;
    this.#context = context;
    this.#file = chosen.file ?? join(context.stateFolder, 'local-hosts.json');
  }

  async preflight({ to }: Move): Promise<Preflight> {
    try {
      await readGuests(this.#file);
    } catch (error) {
      return { ok: false, reason: reasonOf(error) };
    }
    const reason = this.#whyNotTo(to);
    return reason === undefined ? { ok: true } : { ok: false, reason };
  }

  async migrate(move: Move, signal: AbortSignal): Promise<Attempt> {
    try {
      const refusal = await this.#begin(move);
      if (refusal !== undefined) return { ok: false, text: refusal };
      await this.#wait(move, signal);
      return await this.#conclude(move);
    } catch (error) {
      return { ok: false, text: reasonOf(error) };
    }
  }

  async underway(request: string): Promise<boolean> {
    const guest = await this.#look().catch(() => undefined);
    return guest?.moving?.request === request;
  }

  async stop(request: string): Promise<void> {
    await this.#change((guest) => {
      const asked = guest.moving?.request === request;
      return { guest: asked ? { host: guest.host } : guest, result: undefined };
    }).catch(() => undefined);
  }

  async locate(): Promise<Sighting> {
    try {
      return this.#sighting(await this.#look());
    } catch (error) {
      return { kind: 'unknown', answers: [this.#answer(reasonOf(error))] };
    }
  }

  #sighting({ host, moving }: Guest): Sighting {
    if (moving) {
      const answers = [this.#answer(`moving to ${moving.to}`)];
      return { kind: 'moving', to: moving.to, answers };
    }
    if (this.#context.hosts.includes(host)) {
      return { kind: 'at', host, answers: [this.#answer(host)] };
    }
    const says = `${oneLine(host)}, which is not a host of this site`;
    return { kind: 'unknown', answers: [this.#answer(says)] };
  }

  #answer(says: string) {
    return { who: 'local array', says };
  }

  async #look(): Promise<Guest> {
    const guests = await readGuests(this.#file);
    return seen(guests.get(this.#context.vm) ?? this.#atStart(), this.#context.clock.now());
  }

  #atStart(): Guest {
    return { host: this.#options.start ?? this.#context.hosts[0] ?? '' };
  }

  /** Undefined when the move is under way; otherwise why it was refused. */
  #begin(move: Move): Promise<string | undefined> {
    return this.#change((guest) => {
      const refusal = this.#whyNot(move, guest);
      if (refusal !== undefined || guest.host === move.to || guest.moving) {
        return { guest, result: refusal };
      }
      return { guest: { host: guest.host, moving: this.#newMove(move) }, result: undefined };
    });
  }

  #whyNot({ request, from, to }: Move, { host, moving }: Guest): string | undefined {
    if (moving && (moving.request !== request || moving.to !== to)) {
      return `the guest is already moving to ${moving.to}`;
    }
    if (moving || host === to) return undefined;
    if (host !== from) return `the guest is at ${oneLine(host)}, not at ${from}`;
    return this.#whyNotTo(to);
  }

  #whyNotTo(to: string): string | undefined {
    if (!this.#context.hosts.includes(to)) return `${to} is not a host of this site`;
    if (this.#options.unreachable?.includes(to)) return `${to} can't be reached (unreachable =)`;
    return undefined;
  }

  #newMove({ request, to }: Move): Moving {
    const fails = isFailing(this.#options.fail, request, to);
    const since = this.#context.clock.now();
    return { to, request, since, takesMs: this.#options.delay, ...(fails && { fails }) };
  }

  async #wait(move: Move, signal: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    while (!signal.aborted) {
      const { moving } = await this.#look();
      if (moving?.request !== move.request) return;
      await clock.sleep(leftMs(moving, clock.now()), signal);
    }
  }

  /** A move that is still under way now is one that was cancelled. */
  #conclude(move: Move): Promise<Attempt> {
    return this.#change((guest) => {
      const cancelled = guest.moving?.request === move.request;
      if (cancelled) return { guest: { host: guest.host }, result: failed('cancelled') };
      const arrived = guest.host === move.to;
      const result = arrived
        ? { ok: true, text: `moved to ${move.to}` }
        : failed(`the move to ${move.to} failed (fail =)`);
      return { guest, result };
    });
  }

  #change<T>(change: (guest: Guest) => { guest: Guest; result: T }): Promise<T> {
    const { vm, clock } = this.#context;
    return changeGuest(this.#file, vm, clock, (stored) =>
      change(seen(stored ?? this.#atStart(), clock.now())),
    );
  }
}

function failed(text: string): Attempt {
  return { ok: false, text };
}

/** The same request always has the same fate: a simulation can be repeated. */
export function isFailing(fail: Failing | undefined, request: string, to: string): boolean {
  if (fail === undefined) return false;
  if (fail.kind === 'hosts') return fail.hosts.includes(to);
  const share = createHash('sha256').update(request).digest().readUInt32BE(0) / 2 ** 32;
  return share < fail.rate;
}

function reasonOf(error: unknown): string {
  return oneLine(error instanceof Error ? error.message : String(error));
}
