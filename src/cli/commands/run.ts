/** `vmmanage run`: the daemon, in the foreground; what it does stands in the daemon room. */
import { type CliCommand, type ConfOption, withConf } from '../command.ts';
import { version } from '../version.ts';

export const run: CliCommand<ConfOption> = {
  notes:
    'SIGTERM and SIGINT end it in order, SIGHUP makes it read its conf again.\nUnder systemd: systemctl start vmmanage.',
  examples: ['vmmanage run', 'vmmanage run -c ./vmmanage.conf'],
  describe: (command) => void withConf(command),
  async run({ options }) {
    const { runDaemon } = await import('../../daemon/run.ts');
    return runDaemon({ files: options.conf ?? [], version: version() });
  },
};
