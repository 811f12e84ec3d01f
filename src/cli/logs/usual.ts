/** Where the central log lies when nobody says so: as the unit of the sink has it. */
import { stat } from 'node:fs/promises';
import { readIfPresent } from '../../system/files.ts';
import { CliError, EXIT } from '../exit.ts';

/** As in systemd/vmmanage-sink.service. */
const USUAL_FILE = '/var/log/vmmanage/central.log';
const UNIT_SETTINGS = '/etc/default/vmmanage-sink';

/** Of the settings that the unit reads, else the usual one; it has to be there. */
export async function usualFile(settings = UNIT_SETTINGS): Promise<string> {
  const set = (await readIfPresent(settings).catch(() => undefined)) ?? '';
  const path = /^\s*FILE=["']?([^\s"']{1,4096})["']?\s*$/m.exec(set)?.[1] ?? USUAL_FILE;
  const there = await stat(path).catch(({ code }) => code !== 'ENOENT');
  if (there) return path;
  throw new CliError(EXIT.failed, `${path}, the usual central log, isn't there`, [
    'the central log is on the machine that runs vmmanage-sink: systemctl status vmmanage-sink',
    'name another file, a folder or a URL: vmmanage logs FILE',
  ]);
}
