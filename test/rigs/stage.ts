/** Where the story plays: both hosts, the guest with its daemon, and the central log outside of it. */
import { join } from 'node:path';
import { Child } from '../../scripts/main-job/child.ts';
import { until } from '../../scripts/main-job/job.ts';
import { announces, indented, say } from '../../scripts/main-job/say.ts';
import { CentralLog } from './central-log.ts';
import { SINK_PORT } from './confs.ts';
import { type Hypervisor, hypervisorOf } from './hypervisors.ts';
import { installInGuest, installOnHost, startDaemon, writeConf } from './install.ts';
import type { HostNumber, Rig } from './rig.ts';
import { Silence } from './silence.ts';

export interface Stage {
  readonly rig: Rig;
  readonly hypervisor: Hypervisor;
  readonly log: CentralLog;
  readonly silence: Silence;
  readonly end: AbortSignal;
}

const HOSTS: readonly HostNumber[] = [1, 2];
const READY_MS = 240_000;
const SHOW_EVERY_MS = 500;

/** Sets the stage, plays on it, and ends what runs on this machine; the rig itself stays up. */
export async function onStage(
  rig: Rig,
  folder: string,
  end: AbortSignal,
  play: (stage: Stage) => Promise<void>,
): Promise<void> {
  const hypervisor = hypervisorOf(rig.name);
  const log = new CentralLog(join(folder, 'central.log'));
  announces('START', 'the guest on host1');
  await rig.start(1);
  const sink = startSink(rig, log.file, folder);
  const silence = new Silence(rig);
  const shown = setInterval(() => log.show(), SHOW_EVERY_MS);
  try {
    await install(rig, hypervisor);
    await startDaemon(rig);
    const found = () => log.find(/Now using host1/, 0);
    await until('the daemon to find itself', READY_MS, end, found);
    await play({ rig, hypervisor, log, silence, end });
  } catch (error) {
    if (!end.aborted) await showGuest(rig);
    throw error;
  } finally {
    clearInterval(shown);
    log.show();
    silence.stop();
    await sink.end();
  }
}

/** On the bridge of the hosts, from the built program. */
function startSink({ script, lan }: Rig, file: string, folder: string): Child {
  const listen = ['sink', '--listen', `${lan}.1:${SINK_PORT}`, '--file', file];
  const words = [script, 'lan', process.execPath, 'dist/cli/main.js', ...listen];
  announces('START', `the sink at ${lan}.1:${SINK_PORT}, into ${file}`);
  return new Child('the sink', words, join(folder, 'sink.log'));
}

async function install(rig: Rig, hypervisor: Hypervisor): Promise<void> {
  announces('INSTALL', 'vmmanage-host on host1 and host2, vmmanage in the guest');
  await Promise.all([
    ...HOSTS.map((host) => installOnHost(rig, hypervisor, host)),
    installInGuest(rig),
  ]);
  await writeConf(rig, hypervisor, 'both');
}

/** What the daemon said in the guest, where something went wrong. */
async function showGuest(rig: Rig): Promise<void> {
  const said = await rig.ask(['guest', 'tail -n 30 /var/log/vmmanage.log']);
  say(`\nThe daemon:\n\n${indented(said.stdout || said.stderr)}`);
}
