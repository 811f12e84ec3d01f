/** `vmmanage jobs`: the queues, what is claimed of them, and how far that is done. */
import { isJobs } from '../answers.ts';
import { connect, show } from '../ask.ts';
import {
  type CliCommand,
  type DaemonOptions,
  type JsonOption,
  withJson,
  withRuntime,
} from '../command.ts';
import { EXIT } from '../exit.ts';
import { renderJobs } from '../render/jobs.ts';

export const jobs: CliCommand<DaemonOptions & JsonOption> = {
  notes: 'The estimate is what the big jobs that wait would take, by the jobs and moves so far.',
  examples: ['vmmanage jobs', "vmmanage jobs --json | jq '.queues[].claimed'"],
  describe: (command) => void withJson(withRuntime(command)),
  async run(call) {
    const client = await connect(call);
    show(call, await client.look('/v1/jobs', isJobs), renderJobs);
    return EXIT.done;
  },
};
