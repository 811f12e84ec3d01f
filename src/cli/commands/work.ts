/** `vmmanage work`: the worker, in the foreground; what it does stands in the jobs room. */
import { join } from 'node:path';
import { JOBS_SOCKET } from '../../wire/jobs.ts';
import { folderOf } from '../ask.ts';
import { type CliCommand, type DaemonOptions, withRuntime } from '../command.ts';
import { EXIT } from '../exit.ts';
import { clean } from '../render/clean.ts';

export const work: CliCommand<DaemonOptions> = {
  notes: [
    'Runs the jobs that the daemon hands it, one process for all queues. It reads no conf.',
    'SIGTERM and SIGINT end it and what it runs; those jobs are run again later.',
    'Under systemd: systemctl start vmmanage-jobs.',
  ].join('\n'),
  examples: ['vmmanage work', 'vmmanage work --runtime /run/vmmanage'],
  describe: (command) => void withRuntime(command),
  async run(call) {
    const { terminal } = call;
    const socket = join(await folderOf(call), JOBS_SOCKET);
    const { work: toWork } = await import('../../jobs/worker.ts');
    const say = (message: string) => terminal.err(`vmmanage: ${clean(message)}`);
    await toWork({ socket, clock: terminal.clock, signal: terminal.interrupted(), say });
    return EXIT.done;
  },
};
