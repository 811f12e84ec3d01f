/**
 * What the files of /proc say, as numbers: pure parsers of text (proc(5), and the kernel's
 * Documentation/accounting/psi.rst and admin-guide/iostats.rst). A file that isn't as described
 * gives undefined or nothing, never a guess.
 */

/** Ticks of all processors since boot. */
export interface CpuTicks {
  readonly busy: number;
  /** Idle, or waiting for a disk. */
  readonly idle: number;
  /** Wanted, and given to other guests by the hypervisor. */
  readonly steal: number;
}

/** The line `cpu` of /proc/stat; without its end it may be cut off. A guest's own guests are in `user` and `nice` already. */
export function parseCpu(stat: string): CpuTicks | undefined {
  const line = lineOf(stat, /^cpu +(.+)\n/m);
  const fields = line?.split(' ').map(wholeNumber) ?? [];
  // Kernels before 2.6.11 tell no steal; there is none without a hypervisor.
  const [user, nice, system, idle, iowait, irq, softirq, steal] = fields;
  const busy = sum(user, nice, system, irq, softirq);
  const rest = sum(idle, iowait);
  if (busy === undefined || rest === undefined || steal === undefined) return undefined;
  return { busy, idle: rest, steal };
}

/** How many processors are at work now. */
export function countCpus(stat: string): number {
  return stat.match(/^cpu\d+ /gm)?.length ?? 0;
}

/** Used memory in percent: what couldn't be had without swapping (MemAvailable). */
export function parseMemory(meminfo: string): number | undefined {
  const total = kibibytes(meminfo, 'MemTotal');
  const available = kibibytes(meminfo, 'MemAvailable');
  if (total === undefined || available === undefined) return undefined;
  if (total === 0 || available > total) return undefined;
  return ((total - available) / total) * 100;
}

/** The mean of running and waiting processes over the last minute. */
export function parseLoad(loadavg: string): number | undefined {
  const load = /^(\d{1,9}\.\d{2}) \d+\.\d{2} \d+\.\d{2} /.exec(loadavg)?.[1];
  return load === undefined ? undefined : Number(load);
}

/** The share of time in percent in which some, or all, had to wait: the mean of ten seconds. */
export function parsePressure(text: string, who: 'some' | 'full'): number | undefined {
  const line = lineOf(text, who === 'some' ? /^some (.+)$/m : /^full (.+)$/m);
  const share = /^avg10=(\d{1,3}\.\d{2}) /.exec(line ?? '')?.[1];
  return share === undefined || Number(share) > 100 ? undefined : Number(share);
}

export interface Disk {
  readonly name: string;
  /** Reads and writes that ended. */
  readonly done: number;
  /** How long those took, all together. */
  readonly tookMs: number;
  /** Begun, and not ended yet. */
  readonly underWay: number;
  readonly line: string;
}

/** Every line of /proc/diskstats that is as described; one without its end may be cut off. */
export function parseDisks(diskstats: string): Disk[] {
  return diskstats
    .split('\n')
    .slice(0, -1)
    .map(parseDisk)
    .filter((disk) => disk !== undefined);
}

function parseDisk(line: string): Disk | undefined {
  const [, , name = '', ...fields] = line.trim().split(/ +/);
  const [reads, , , readMs, writes, , , writeMs, underWay] = fields.map(wholeNumber);
  const done = sum(reads, writes);
  const tookMs = sum(readMs, writeMs);
  if (done === undefined || tookMs === undefined || underWay === undefined) return undefined;
  return { name, done, tookMs, underWay, line: line.trim() };
}

/** What would count an input or output a second time, or is no disk of the machine's. */
const NOT_COUNTED = /^(loop|ram|zram|dm-|md|sr|fd)\d/;

/** The disks as wholes. A partition follows its disk in the file. */
export function wholeDisks(disks: readonly Disk[]): Disk[] {
  const wholes: Disk[] = [];
  for (const disk of disks.filter(({ name }) => !NOT_COUNTED.test(name))) {
    if (!isPartition(disk.name, wholes.at(-1)?.name ?? '')) wholes.push(disk);
  }
  return wholes;
}

/** `vda1` is one of `vda`, `nvme0n1p1` of `nvme0n1`; `xvda10` is none of `xvda1`. */
function isPartition(name: string, disk: string): boolean {
  if (disk === '' || !name.startsWith(disk)) return false;
  const rest = name.slice(disk.length);
  return (/\d$/.test(disk) ? /^p\d+$/ : /^\d+$/).test(rest);
}

function lineOf(text: string, shape: RegExp): string | undefined {
  return shape.exec(text)?.[1];
}

function kibibytes(meminfo: string, name: string): number | undefined {
  const shape = new RegExp(`^${name}: +(\\d{1,15}) kB$`, 'm');
  return wholeNumber(lineOf(meminfo, shape) ?? '');
}

function wholeNumber(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Undefined where one of them is missing. */
function sum(...numbers: readonly (number | undefined)[]): number | undefined {
  return numbers.every((each) => each !== undefined)
    ? numbers.reduce((all, each) => all + each, 0)
    : undefined;
}
