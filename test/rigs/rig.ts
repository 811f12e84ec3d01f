/** A rig: two hosts and their guest, brought up and asked by the script of its name beside this file. */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

export const RIGS = ['xen', 'libvirt'] as const;
export type RigName = (typeof RIGS)[number];
export type HostNumber = 1 | 2;

export interface Said {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Bounds {
  readonly input?: string | Buffer;
  readonly ms?: number;
}

const CALL_MS = 120_000;
const UP_MS = 10 * 60_000;
/** As the scripts' settings have it. */
const RIG_FOLDER =
  process.env['RIG'] ||
  join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'vmmanage-rigs');
const HERE = fileURLToPath(new URL('.', import.meta.url));

export class Rig {
  readonly name: RigName;
  /** Its network, whose `.1` is ours. */
  readonly lan: string;
  readonly #end: AbortSignal;

  constructor(name: RigName, end: AbortSignal) {
    this.name = name;
    this.lan = name === 'xen' ? '10.77.0' : '10.78.0';
    this.#end = end;
  }

  get script(): string {
    return `${HERE}${this.name}`;
  }

  /** Where the images are, and the keys. */
  get keys(): string {
    return join(RIG_FOLDER, 'keys');
  }

  address(host: HostNumber): string {
    return `${this.lan}.1${host}`;
  }

  /** Calls the script, whatever comes of it; rejects at the end of its time or of ours. */
  async ask(words: readonly string[], { input, ms = CALL_MS }: Bounds = {}): Promise<Said> {
    const { exitCode, stdout, stderr, timedOut, isCanceled } = await execa(this.script, words, {
      reject: false,
      timeout: ms,
      cancelSignal: this.#end,
      forceKillAfterDelay: 1_000,
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    });
    if (isCanceled) this.#end.throwIfAborted();
    if (timedOut) throw new Error(`${this.name} ${words.join(' ')}: no end after ${ms / 1000} s`);
    return { status: exitCode ?? 1, stdout, stderr };
  }

  /** Rejects when the script fails. */
  async run(words: readonly string[], bounds: Bounds = {}): Promise<string> {
    const { status, stdout, stderr } = await this.ask(words, bounds);
    if (status === 0) return stdout;
    throw new Error(`${this.name} ${words.join(' ')} ended with ${status}: ${stderr || stdout}`);
  }

  host(host: HostNumber, command: string, bounds: Bounds = {}): Promise<string> {
    return this.run(['host', String(host), command], bounds);
  }

  guest(command: string, bounds: Bounds = {}): Promise<string> {
    return this.run(['guest', command], bounds);
  }

  async up(): Promise<void> {
    await this.run(['up'], { ms: UP_MS });
  }

  async start(host: HostNumber): Promise<void> {
    await this.run(['start', String(host)], { ms: UP_MS });
  }

  async off(host: HostNumber): Promise<void> {
    await this.run(['off', String(host)]);
  }
}

export async function buildImages(rig: RigName, end: AbortSignal): Promise<void> {
  const stdio = { stdin: 'ignore', stdout: 'inherit', stderr: 'inherit' } as const;
  await execa(`${HERE}images`, [rig], { ...stdio, cancelSignal: end });
}

/** Ends everything, whatever happened before; its own words are shown. */
export async function takeDown({ script }: Rig): Promise<void> {
  await execa(script, ['down'], { stdio: 'inherit', reject: false, timeout: CALL_MS });
}
