/** Sinks of a loss test: the built program, killed and started again at the same port and file. */
import { spawnSync } from 'node:child_process';
import { onTestFinished } from 'vitest';
import { freePort } from '../../support/program.ts';
import { Running, until } from '../../support/rig.ts';

export class SinkProgram {
  readonly port: number;
  readonly #file: string;
  #running: Running;

  static async start(file: string): Promise<SinkProgram> {
    const sink = new SinkProgram(file, await freePort());
    onTestFinished(async () => void (await sink.#running.end('SIGKILL')));
    await sink.#listening();
    return sink;
  }

  private constructor(file: string, port: number) {
    this.#file = file;
    this.port = port;
    this.#running = this.#run();
  }

  get said(): string {
    return this.#running.said;
  }

  async killAndStart(): Promise<void> {
    await this.#running.end('SIGKILL');
    this.#running = this.#run();
    await this.#listening();
  }

  /** From now on the kernel refuses whatever lies beyond so many bytes of a file: EFBIG. */
  limitFiles(bytes: number | 'unlimited'): void {
    const words = ['--pid', String(this.#running.pid), `--fsize=${bytes}:unlimited`];
    const { status, stderr } = spawnSync('prlimit', words, { encoding: 'utf8' });
    if (status !== 0) throw new Error(`prlimit: ${stderr}`);
  }

  /** In order. */
  async end(): Promise<void> {
    const status = await this.#running.end();
    if (status !== 0) throw new Error(`the sink ended with ${status}: ${this.said}`);
  }

  #run(): Running {
    return new Running('sink', '--listen', `127.0.0.1:${this.port}`, '--file', this.#file);
  }

  async #listening(): Promise<void> {
    await until('the sink to listen', () => {
      if (!this.#running.running) throw new Error(`the sink ended: ${this.said}`);
      return this.said.includes('listening on');
    });
  }
}
