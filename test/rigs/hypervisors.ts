/** What the provider does at its hosts in the story, in the words of each hypervisor. All as root. */
import type { HostNumber, Rig, RigName } from './rig.ts';

export const DOMAIN = 'guest';
/** More than the guest may have left to it, so that it doesn't fit any more. */
const LEFT_MB = 150;

export interface Hypervisor {
  /** Its kind of migrator, and `tool=` of vmmanage-host. */
  readonly tool: 'xl' | 'libvirt';
  /** Prints the domains that a host has, one a line. */
  readonly list: string;
  /** As a host lists a guest that is coming to it. */
  readonly incoming: RegExp;
  move(rig: Rig, from: HostNumber, to: HostNumber): Promise<void>;
  takeMemory(rig: Rig, host: HostNumber): Promise<void>;
  giveMemory(rig: Rig, host: HostNumber): Promise<void>;
  /** Makes the next transfer from here last long enough to be disturbed. */
  slow(rig: Rig, host: HostNumber): Promise<void>;
  /** Makes the transfer that is under way fail at its end, at its target. */
  spoil(rig: Rig, target: HostNumber): Promise<void>;
  /** Takes away what `spoil` made. */
  mend(rig: Rig, target: HostNumber): Promise<void>;
}

const MOVE_MS = 600_000;
const SLOW_MIB_PER_S = 16;

/** A domain that never runs: it has a name and memory. */
function stillDomain(name: string, memory: string): string {
  const conf = `name="${name}"\\ntype="pv"\\nkernel="/root/guest/vmlinuz"\\nmemory=%d\\n`;
  return `printf '${conf}' ${memory} >/run/still.cfg && xl create -q -p /run/still.cfg`;
}

const xl: Hypervisor = {
  tool: 'xl',
  list: "xl list | awk 'NR > 1 { print $1 }'",
  incoming: /^guest--incoming$/m,
  async move(rig, from, to) {
    await rig.host(from, `xl migrate ${DOMAIN} ${rig.address(to)}`, { ms: MOVE_MS });
  },
  async takeMemory(rig, host) {
    const free = '$(xl info | awk \'$1 == "free_memory" { print $3 }\')';
    await rig.host(host, stillDomain('other', `$((${free} - ${LEFT_MB}))`));
  },
  async giveMemory(rig, host) {
    await rig.host(host, 'xl destroy other');
  },
  async slow() {
    // It takes half a minute by itself.
  },
  /**
   * The name is taken while the memory is on its way: xl sees that after the whole transfer. Then both
   * hosts have a domain of that name, and only the provider knows which one is the guest.
   */
  async spoil(rig, target) {
    await rig.host(target, stillDomain(DOMAIN, '128'));
  },
  async mend(rig, target) {
    await rig.host(target, `xl destroy ${DOMAIN}`);
  },
};

const libvirt: Hypervisor = {
  tool: 'libvirt',
  list: 'virsh list --all --name | grep .',
  incoming: /^guest$/m,
  async move(rig, from, to) {
    const uri = `qemu+ssh://${rig.address(to)}/system`;
    const flags = '--live --p2p --persistent --undefinesource';
    await rig.host(from, `virsh migrate ${flags} ${DOMAIN} ${uri}`, { ms: MOVE_MS });
  },
  /** Both hosts have this machine's memory: what one keeps back is what it can't give. */
  async takeMemory(rig, host) {
    await rig.host(host, 'echo min_free_mem = 9999999 >>/etc/vmmanage-host/host.conf');
  },
  async giveMemory(rig, host) {
    await rig.host(host, "sed -i '/^min_free_mem/d' /etc/vmmanage-host/host.conf");
  },
  async slow(rig, host) {
    await rig.host(host, `virsh migrate-setspeed ${DOMAIN} ${SLOW_MIB_PER_S}`);
  },
  /** The QEMU that receives it crashes; both hosts see all processes, but this one has its network. */
  async spoil(rig, target) {
    await rig.host(target, 'pkill -KILL --ns $$ --nslist net qemu-system');
  },
  async mend() {
    // Nothing is left of it.
  },
};

export function hypervisorOf(rig: RigName): Hypervisor {
  return { xen: xl, libvirt }[rig];
}
