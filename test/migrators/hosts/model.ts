/**
 * Hosts that are made up: one guest, its transfers, and a mood for each call that decides what the
 * host makes of it. They answer with `vmmanage-host`'s own texts, in virtual time.
 */
import type { Clock } from '../../../src/core/clock.ts';
import type { Ended, Program } from '../../../src/system/programs.ts';

/**
 * `lost`: it does as asked, and the answer is lost. `late`: it takes its time. `failing`: as
 * `honest`, but a transfer that begins then fails at its end. The last three are not the truth.
 */
export const MOODS = [
  ...(['honest', 'refusing', 'lost', 'late', 'failing', 'vetoing', 'broken', 'garbled'] as const),
  ...(['yes', 'no', 'done'] as const),
] as const;
export type Mood = (typeof MOODS)[number];

interface Transfer {
  readonly request: string;
  readonly from: string;
  readonly to: string;
  readonly endsMs: number;
  readonly fails: boolean;
  state: 'moving' | 'done' | 'failed' | 'cancelled';
}

const LATE_MS = 4000;
const SWITCH_MS = 3000;

export class ModelHosts {
  /** The host that the guest is on, or is being moved from. */
  at: string;
  /** Every transfer that was begun. */
  readonly transfers: Transfer[] = [];
  readonly #clock: Clock;
  readonly #moods: readonly Mood[];
  readonly #takesMs: number;
  #calls = 0;
  /** From then on all is well. */
  calm = false;

  constructor(clock: Clock, at: string, moods: readonly Mood[], takesMs: number) {
    this.#clock = clock;
    this.at = at;
    this.#moods = moods;
    this.#takesMs = takesMs;
  }

  get moving(): boolean {
    this.settle();
    return this.transfers.some(({ state }) => state === 'moving');
  }

  /** As `runProgram`, with an ssh that leads here. */
  async run({ argv }: Program): Promise<Ended> {
    const [account = '', ...words] = argv.slice(argv.indexOf('--') + 1);
    const host = account.split('@').at(-1) ?? '';
    this.#calls += 1;
    const mood = this.calm ? 'honest' : (this.#moods[this.#calls % this.#moods.length] ?? 'honest');
    if (mood === 'late') await this.#clock.sleep(LATE_MS);
    this.settle();
    return this.#answer(host, words, mood);
  }

  #answer(host: string, words: readonly string[], mood: Mood): Ended {
    const head = `vmmanage-host=1\nhost=${host}\n`;
    const request = words.at(-1) ?? '';
    switch (mood) {
      case 'refusing':
        return ended(255, '', `ssh: connect to host ${host} port 22: Connection refused\r\n`);
      case 'vetoing':
        return ended(75, `${head}veto=busy\nreason=one at a time\n`);
      case 'broken':
        return ended(69, `${head}reason=xl does not answer\n`);
      case 'garbled':
        return ended(0, `${head}here=y`);
      case 'yes':
        return ended(0, `${head}here=yes\nstate=up\nrequest=${request}\n`);
      case 'no':
        return ended(0, `${head}here=no\nrequest=${request}\nstate=unknown\n`);
      case 'done':
        return ended(0, `${head}here=no\nrequest=${request}\nstate=done\n`);
      case 'lost':
        this.#obey(host, words, false);
        return ended(255, '', `Timeout, server ${host} not responding.\r\n`);
      default:
        return this.#obey(host, words, mood === 'failing');
    }
  }

  #obey(host: string, [verb, ...words]: readonly string[], fails: boolean): Ended {
    const head = `vmmanage-host=1\nhost=${host}\n`;
    switch (verb) {
      case 'where':
        return ended(0, `${head}here=${this.#here(host)}\n`);
      case 'capacity':
        return ended(0, `${head}state=up\nin=0\nmax_in=1\n`);
      case 'migrate':
        return this.#migrate(host, words[0] ?? '', words[1] ?? '', fails);
      case 'cancel':
        this.#cancel(host, words[0] ?? '');
    }
    const known = this.#of(host, words.at(-1) ?? '');
    return ended(0, `${head}request=${words.at(-1)}\nstate=${known?.state ?? 'unknown'}\n`);
  }

  #migrate(host: string, to: string, request: string, fails: boolean): Ended {
    const head = `vmmanage-host=1\nhost=${host}\n`;
    if (!this.#of(host, request)) {
      const busy = this.transfers.some(({ state }) => state === 'moving');
      if (busy || this.at !== host) return ended(75, `${head}veto=busy\nreason=not here\n`);
      const endsMs = this.#clock.monotonicMs() + this.#takesMs;
      this.transfers.push({ request, from: host, to, endsMs, fails, state: 'moving' });
    }
    return ended(0, `${head}request=${request}\ntarget=${to}\nstate=accepted\n`);
  }

  #cancel(host: string, request: string): void {
    const known = this.#of(host, request);
    if (known?.state === 'moving') known.state = 'cancelled';
  }

  #here(host: string): string {
    const moving = this.transfers.find(({ state }) => state === 'moving');
    if (moving?.to === host) return 'incoming';
    if (this.at !== host) return 'no';
    if (!moving) return 'yes';
    const here = moving.endsMs - this.#clock.monotonicMs() < SWITCH_MS ? 'leaving' : 'yes';
    return `${here}\nrequest=${moving.request}\ntarget=${moving.to}`;
  }

  #of(host: string, id: string): Transfer | undefined {
    return this.transfers.find(({ request, from }) => request === id && from === host);
  }

  /** What has ended by now. */
  settle(): void {
    for (const transfer of this.transfers) {
      if (transfer.state !== 'moving' || transfer.endsMs > this.#clock.monotonicMs()) continue;
      transfer.state = transfer.fails ? 'failed' : 'done';
      if (!transfer.fails) this.at = transfer.to;
    }
  }
}

function ended(exit: number, stdout: string, stderr = ''): Ended {
  const quiet = { signal: undefined, timedOut: false, aborted: false, cut: false };
  return { ...quiet, exit, stdout, stderr };
}
