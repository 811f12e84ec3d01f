/** `vmmanage sample-conf`: a conf to begin with, made from the options tables. */
import type { CliCommand } from '../command.ts';
import { EXIT } from '../exit.ts';

export const sampleConf: CliCommand = {
  notes: [
    'It is valid as it stands, and only watches (mode = passive). docs/README.md lists a page for each',
    'kind of probe, policy and migrator; the sections that few need are in docs/conf.md.',
  ].join('\n'),
  examples: ['vmmanage sample-conf > /etc/vmmanage/vmmanage.conf'],
  async run({ terminal }) {
    const [sample, { plugins }] = await Promise.all([
      import('../../conf/sample.ts'),
      import('../../daemon/plugins.ts'),
    ]);
    terminal.out(sample.sampleConf(plugins()).trimEnd());
    return EXIT.done;
  },
};
