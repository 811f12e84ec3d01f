/** The built daemon and worker of a guest whose state folder goes from machine to machine. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { JobsReport } from '../../src/wire/control.ts';
import { call, Running, until } from './rig.ts';

/** A guest whose state folder can go to another machine. */
export class Carried {
  readonly #folder = mkdtempSync(join(tmpdir(), 'vmmanage-jobs-'));
  readonly #conf: string;
  #home = 0;
  daemon: Running | undefined;
  worker: Running | undefined;

  constructor(conf: string) {
    this.#conf = conf;
    onTestFinished(async () => {
      await Promise.all([this.daemon?.end('SIGKILL'), this.worker?.end('SIGKILL')]);
      rmSync(this.#folder, { recursive: true, force: true });
    });
  }

  get home(): string {
    return join(this.#folder, String(this.#home));
  }

  get state(): string {
    return join(this.home, 'state');
  }

  get runtime(): string {
    return join(this.home, 'run');
  }

  startDaemon(): void {
    const path = join(this.#folder, 'vmmanage.conf');
    const vm = `[vm]\nname = db7\nstate = ${this.home}/state\nruntime = ${this.runtime}\n`;
    writeFileSync(path, `${this.#conf}${vm}`, { mode: 0o600 });
    this.daemon = new Running('run', '-c', path);
  }

  startWorker(): void {
    this.worker = new Running('work', '--runtime', this.runtime);
  }

  start(): void {
    this.startDaemon();
    this.startWorker();
  }

  async kill(): Promise<void> {
    await Promise.all([this.daemon?.end('SIGKILL'), this.worker?.end('SIGKILL')]);
  }

  /** Only what lies in the state folder comes along. */
  move(): void {
    const before = this.home;
    this.#home += 1;
    cpSync(join(before, 'state'), join(this.home, 'state'), {
      recursive: true,
      filter: (path) => !path.endsWith('.lock'),
    });
    rmSync(before, { recursive: true });
  }

  async report(): Promise<JobsReport | undefined> {
    const answer = await call(join(this.runtime, 'look.sock'), 'GET', '/v1/jobs').catch(
      () => undefined,
    );
    return answer?.body as JobsReport | undefined;
  }

  /** Until its page is put away. */
  async finish(ms: number): Promise<void> {
    await until(
      'the page to be put away',
      async () => (await this.report())?.queues[0]?.last !== undefined,
      ms,
    );
  }
}
