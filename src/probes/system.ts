/**
 * What the guest itself feels: its processors, its memory, its disks, and how much of them the
 * hypervisor keeps from it. One probe is one measure, read from one file or two of /proc;
 * system-files.ts parses them. It knows nothing of other guests, and can't: what it calls cpu is the
 * share of the time that was available to this one.
 */
import { join } from 'node:path';
import { bad, choice, pattern } from '../core/option-types.ts';
import { type OptionsOf, type OptionType, optional, required } from '../core/options.ts';
import type { Stamp } from '../core/time.ts';
import { KeptFile } from '../system/kept-file.ts';
import { FIRST } from './delta.ts';
import { LONGEST_INTERVALS } from './growth.ts';
import {
  type Conflict,
  type Measurement,
  type Probe,
  type ProbeContext,
  type ProbeKind,
  withRaw,
} from './probe.ts';
import {
  countCpus,
  type Disk,
  parseCpu,
  parseDisks,
  parseLoad,
  parseMemory,
  parsePressure,
  wholeDisks,
} from './system-files.ts';

/** What a look at the files gave: numbers of now, or counters to compare with the next ones. */
interface Look {
  readonly numbers: readonly number[];
  /** Inputs and outputs that wait for a disk now. */
  readonly underWay?: number;
  raw(): string;
}

type Found = Look | { readonly missing: string; raw?(): string };

/** The text of a file of /proc. Throws what the system says. */
type Files = (name: string) => string;

interface Measure {
  readonly unit: string;
  /** Over the time since the last reading, rather than of now. */
  readonly difference?: true;
  look(files: Files, device: string | undefined): Found;
  /** From the numbers, or from how much they grew; undefined and a reason where there is none. */
  value(numbers: readonly number[], underWay: number): number | string;
}

const MEASURES = {
  cpu: {
    unit: '%',
    difference: true,
    look: lookAtCpu,
    value: ([busy = 0, idle = 0]) =>
      busy + idle > 0 ? share(busy, busy + idle) : 'no processor time was available',
  },
  steal: {
    unit: '%',
    difference: true,
    look: lookAtCpu,
    value: ([busy = 0, idle = 0, steal = 0]) =>
      busy + idle + steal > 0 ? share(steal, busy + idle + steal) : 'the processors stood still',
  },
  memory: { unit: '%', look: lookAtMemory, value: itself },
  load: { unit: 'per core', look: lookAtLoad, value: itself },
  'disk-latency': {
    unit: 'ms',
    difference: true,
    look: lookAtDisks,
    value([done = 0, tookMs = 0], underWay) {
      if (done > 0) return tookMs / done;
      // Nobody asked anything of it, so nobody waited: that is known, and no guess.
      return underWay === 0 ? 0 : `the disk has ended none of ${underWay} inputs and outputs`;
    },
  },
  'pressure-cpu-some': pressure('cpu', 'some'),
  'pressure-memory-some': pressure('memory', 'some'),
  'pressure-memory-full': pressure('memory', 'full'),
  'pressure-io-some': pressure('io', 'some'),
  'pressure-io-full': pressure('io', 'full'),
} satisfies Record<string, Measure>;

type MeasureName = keyof typeof MEASURES;

const someMeasure = choice(...(Object.keys(MEASURES) as MeasureName[]));

const measureName: OptionType<MeasureName> = {
  name: someMeasure.name,
  parse(text) {
    // Documentation/accounting/psi.rst: only a group of processes can all be kept waiting.
    if (text !== 'pressure-cpu-full') return someMeasure.parse(text);
    return bad('is 0 for a machine as a whole, always; pressure-cpu-some tells more');
  },
};

const options = {
  measure: required(measureName, {
    example: 'cpu',
    help: 'What is read: shares are in percent; cpu is of the time available, steal apart; disk-latency is 0 where nothing was read or written.',
  }),
  device: optional(pattern(/^[A-Za-z0-9_!-]{1,64}$/, 'the name of a disk, such as vda'), {
    example: 'vda',
    help: 'The disk of disk-latency, as in /proc/diskstats; all disks where it is left out.',
  }),
};

type Options = OptionsOf<typeof options>;

export const system: ProbeKind<typeof options> = {
  kind: 'system',
  help: 'What the guest itself feels: processors, steal, memory, pressure, load, disks.',
  worse: () => 'high',
  options,
  unit: ({ measure }) => MEASURES[measure].unit,
  conflict,
  open: (chosen, context) => openSystem(chosen, context, '/proc'),
};

function conflict({ measure, device }: Options): Conflict | undefined {
  if (device === undefined || measure === 'disk-latency') return undefined;
  return { key: 'device', problem: `has no meaning for measure = ${measure}` };
}

/** `proc` is where the files are. */
export function openSystem(chosen: Options, context: ProbeContext, proc: string): Probe {
  return new SystemProbe(chosen, context, proc);
}

/** Less is the unrest of the clocks: boot time is told in steps of 10 ms. */
const FROZEN_MS = 1000;

interface Seen {
  readonly look: Look;
  readonly monotonicMs: number;
  readonly at: Stamp;
}

class SystemProbe implements Probe {
  readonly #measure: Measure;
  readonly #device: string | undefined;
  readonly #context: ProbeContext;
  readonly #proc: string;
  readonly #files: Files;
  /** By their names below `proc`. */
  readonly #kept = new Map<string, KeptFile>();
  #before: Seen | undefined;

  constructor({ measure, device }: Options, context: ProbeContext, proc: string) {
    this.#measure = MEASURES[measure];
    this.#device = device;
    this.#context = context;
    this.#proc = proc;
    this.#files = (name) => this.#read(name);
  }

  async read(): Promise<Measurement> {
    const look = this.#look();
    const measured = 'missing' in look ? { missing: look.missing } : this.#measured(look);
    return look.raw ? withRaw(measured, look.raw) : measured;
  }

  async close(): Promise<void> {
    this.#before = undefined;
    for (const file of this.#kept.values()) file.close();
    this.#kept.clear();
  }

  #read(name: string): string {
    const file = this.#kept.get(name) ?? new KeptFile(join(this.#proc, name));
    this.#kept.set(name, file);
    return readOrExplain(file);
  }

  #look(): Found {
    try {
      return this.#measure.look(this.#files, this.#device);
    } catch (error) {
      if (error instanceof Unreadable) return { missing: error.message };
      throw error;
    }
  }

  #measured(look: Look): Measurement {
    return this.#measure.difference ? this.#grown(look) : this.#valueOf(look.numbers, 0);
  }

  #grown(look: Look): Measurement {
    const { clock, intervalMs } = this.#context;
    const before = this.#before;
    const now = { look, monotonicMs: clock.monotonicMs(), at: clock.now() };
    this.#before = now;
    if (before === undefined) return FIRST;
    const apart = whyApart(before, now, intervalMs * LONGEST_INTERVALS);
    if (apart !== undefined) return { missing: apart };
    const grown = look.numbers.map((each, i) => each - (before.look.numbers[i] ?? 0));
    if (grown.some((each) => each < 0)) return { missing: 'a counter went back' };
    return this.#valueOf(grown, look.underWay ?? 0);
  }

  #valueOf(numbers: readonly number[], underWay: number): Measurement {
    const value = this.#measure.value(numbers, underWay);
    return typeof value === 'string' ? { missing: value } : { value };
  }
}

/** Why two readings can't be compared. */
function whyApart(before: Seen, now: Seen, longestMs: number): string | undefined {
  const passedMs = now.monotonicMs - before.monotonicMs;
  const frozenMs = now.at.bootMs - before.at.bootMs - passedMs;
  if (frozenMs >= FROZEN_MS) return 'the machine stood still since the last reading';
  return passedMs > longestMs ? 'first reading after a gap' : undefined;
}

function lookAtCpu(files: Files): Found {
  const stat = files('stat');
  const raw = () => linesWith(stat, /^cpu .*$/m);
  const cpu = parseCpu(stat);
  if (cpu === undefined) return { missing: '/proc/stat tells no times of the processors', raw };
  return { numbers: [cpu.busy, cpu.idle, cpu.steal], raw };
}

function lookAtMemory(files: Files): Found {
  const meminfo = files('meminfo');
  const raw = () => linesWith(meminfo, /^Mem(Total|Available):.*$/gm);
  const used = parseMemory(meminfo);
  if (used === undefined) return { missing: '/proc/meminfo tells no MemAvailable', raw };
  return { numbers: [used], raw };
}

function lookAtLoad(files: Files): Found {
  const loadavg = files('loadavg');
  const cpus = countCpus(files('stat'));
  const load = parseLoad(loadavg);
  const raw = () => `${linesWith(loadavg, /^.*$/m)}\n${cpus} processors`;
  if (load === undefined) return { missing: '/proc/loadavg tells no load', raw };
  if (cpus === 0) return { missing: '/proc/stat names no processor', raw };
  return { numbers: [load / cpus], raw };
}

function lookAtDisks(files: Files, device: string | undefined): Found {
  const all = parseDisks(files('diskstats'));
  const disks = device === undefined ? wholeDisks(all) : all.filter(({ name }) => name === device);
  if (disks.length === 0) return { missing: noDisk(device, wholeDisks(all)) };
  const total = (of: (disk: Disk) => number) => disks.reduce((sum, disk) => sum + of(disk), 0);
  return {
    numbers: [total(({ done }) => done), total(({ tookMs }) => tookMs)],
    underWay: total(({ underWay }) => underWay),
    raw: () => disks.map(({ line }) => line).join('\n'),
  };
}

function noDisk(device: string | undefined, there: readonly Disk[]): string {
  if (device === undefined) return 'the machine has no disk';
  const names = there.map(({ name }) => name).join(', ');
  return `there is no disk ${device}${names === '' ? '' : `; there are: ${names}`}`;
}

function pressure(what: 'cpu' | 'memory' | 'io', who: 'some' | 'full'): Measure {
  const name = `pressure/${what}`;
  const look = (files: Files): Found => {
    const text = files(name);
    const waited = parsePressure(text, who);
    const raw = () => text.trimEnd();
    if (waited === undefined) return { missing: `/proc/${name} tells no avg10 of ${who}`, raw };
    return { numbers: [waited], raw };
  };
  return { unit: '%', look, value: itself };
}

function itself([value = 0]: readonly number[]): number {
  return value;
}

function share(part: number, whole: number): number {
  return (part / whole) * 100;
}

function linesWith(text: string, shape: RegExp): string {
  return text.match(shape)?.join('\n') ?? '';
}

/** A file that isn't there or can't be read; the message is for people. */
class Unreadable extends Error {}

function readOrExplain(file: KeptFile): string {
  try {
    return file.read();
  } catch (error) {
    const { code = String(error) } = error as NodeJS.ErrnoException;
    throw new Unreadable(whyUnreadable(file.path, code));
  }
}

/** A kernel without pressure has no such file, or one that can't be read (EOPNOTSUPP). */
function whyUnreadable(path: string, code: string): string {
  if (path.includes('/pressure/') && (code === 'ENOENT' || code === 'EOPNOTSUPP')) {
    return 'this kernel tells no pressure: boot it with psi=1 (it needs CONFIG_PSI)';
  }
  return `${path} can't be read (${code})`;
}
