/** Puts vmmanage into the guest and `vmmanage-host` on both hosts, as their administrators would. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';
import {
  type Array2,
  CONF_FILE,
  guestConf,
  HOST_USER,
  hostConf,
  KEY_FILE,
  KNOWN_HOSTS_FILE,
  LOAD_FILE,
  LOADS,
  sudoers,
  VM,
  vmsConf,
} from './confs.ts';
import type { Hypervisor } from './hypervisors.ts';
import type { HostNumber, Rig } from './rig.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const HOST_PROGRAM = '/usr/local/bin/vmmanage-host';
const PROGRAM = '/opt/vmmanage/bin/vmmanage';
const COPY_MS = 180_000;
const MEBIBYTE = 2 ** 20;

export async function installOnHost(
  rig: Rig,
  hypervisor: Hypervisor,
  host: HostNumber,
): Promise<void> {
  const home = `/var/lib/${HOST_USER}-guests`;
  const key = readFileSync(join(rig.keys, 'guest.pub'), 'utf8').trim();
  const put = (file: string, mode: string, input: string) =>
    rig.host(host, `cat >${file} && chmod ${mode} ${file}`, { input });
  await rig.host(
    host,
    `useradd --system --create-home --home-dir ${home} --shell /bin/sh --password '*' ${HOST_USER}
     install -d -m 755 /etc/vmmanage-host
     install -d -m 700 -o ${HOST_USER} ${home}/.ssh`,
  );
  await put(HOST_PROGRAM, '755', readFileSync(join(ROOT, 'etc/host/vmmanage-host'), 'utf8'));
  await put('/etc/vmmanage-host/host.conf', '644', hostConf(`host${host}`));
  await put('/etc/vmmanage-host/vms.conf', '644', vmsConf(rig, hypervisor));
  await put('/etc/sudoers.d/vmmanage-host', '440', sudoers(HOST_PROGRAM));
  const line = `command="vmmanage-host --vm ${VM}",restrict ${key}\n`;
  await put(`${home}/.ssh/authorized_keys`, '644', line);
}

export async function installInGuest(rig: Rig): Promise<void> {
  await rig.guest(
    `mkdir -p /etc/vmmanage /var/log /opt/vmmanage; echo ${LOADS.calm} >${LOAD_FILE}`,
  );
  await rig.guest('tar -xzf - -C /opt/vmmanage', { input: await packed(), ms: COPY_MS });
  const put = (file: string, from: string) =>
    rig.guest(`umask 077; cat >${file}`, { input: readFileSync(join(rig.keys, from), 'utf8') });
  await put(KEY_FILE, 'guest');
  await put(KNOWN_HOSTS_FILE, 'known_hosts');
}

/** What of the built program runs the daemon; the guest has little room. */
async function packed(): Promise<Buffer> {
  const parts = ['package.json', 'bin', 'dist/run'];
  const { stdout } = await execa('tar', ['-C', ROOT, '-czf', '-', ...parts], {
    encoding: 'buffer',
    maxBuffer: 256 * MEBIBYTE,
  });
  return Buffer.from(stdout);
}

export async function writeConf(rig: Rig, hypervisor: Hypervisor, array: Array2): Promise<void> {
  await rig.guest(`cat >${CONF_FILE}`, { input: guestConf(rig, hypervisor, array) });
}

export async function startDaemon(rig: Rig): Promise<void> {
  const run = `exec ${PROGRAM} run -c ${CONF_FILE} >>/var/log/vmmanage.log 2>&1`;
  await rig.guest(`setsid sh -c 'echo $$ >/run/vmmanage.pid; ${run}' </dev/null >/dev/null 2>&1 &`);
}

export async function signalDaemon(rig: Rig, signal: 'HUP' | 'KILL' | 'TERM'): Promise<void> {
  await rig.guest(`kill -${signal} $(cat /run/vmmanage.pid)`);
}
