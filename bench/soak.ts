/**
 * Whether the daemon grows: 200,000 cycles at full speed, in virtual time. All is real (daemon, scheduler, engine,
 * journal, history, the system probe's files) but the clock, which is moved by hand, and one probe that makes its service
 * suffer now and then, so that the guest is moved, held and settles. Prints the heap after a full collection as a
 * curve, and ends with 1 where it isn't flat, or where a probe was not read at each of its moments. At one cycle a second
 * they are more than two days. `CYCLES=4000` for fewer. Needs `--expose-gc`.
 */
import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { loadConf } from '../src/conf/load.ts';
import { Daemon } from '../src/daemon/daemon.ts';
import { localLog } from '../src/daemon/local-log.ts';
import { plugins } from '../src/daemon/plugins.ts';
import { locatorKinds } from '../src/migrators/locators/registry.ts';
import { migratorKinds } from '../src/migrators/registry.ts';
import { mysql } from '../src/probes/mysql.ts';
import type { ProbeKind } from '../src/probes/probe.ts';
import { system } from '../src/probes/system.ts';
import { type ManualClock, manualClock } from '../test/support/manual-clock.ts';
import { type Point, whyNotFlat } from './footprint/curve.ts';

const CYCLES = Number(process.env['CYCLES'] ?? 200_000);
const POINTS = 40;
const INTERVAL_MS = 1000;
/** Of each so many cycles it suffers in the first ones. */
const WAVE = { cycles: 1800, suffers: 60 };

const CONF = (folder: string) => `[vm]
name = soak
state = ${folder}/state
runtime = ${folder}/run
[array]
hosts = xen1, xen2, xen3
base = xen9
[probe wave]
kind = mysql
interval = 1s
[probe cpu]
kind = system
measure = cpu
interval = 1s
[probe memory]
kind = system
measure = memory
interval = 1s
[policy wave]
kind = base-aware
probe = wave
suffering = > 50 for 3/5
idle = < 1 for 10m
[policy memory]
kind = threshold-aware
probe = memory
suffering = > 100 for 2m
[migrator]
kind = local
delay = 5s
[log]
level = error
`;

class Soak {
  readonly #folder = mkdtempSync(join(tmpdir(), 'vmmanage-soak-'));
  readonly #clock: ManualClock = manualClock();
  readonly #points: Point[] = [];
  #waves = 0;

  async run(): Promise<boolean> {
    const daemon = await this.#start();
    console.log('  cycles    heap MiB   journal MiB   history MiB   s');
    const beganMs = performance.now();
    try {
      for (let n = 1; n <= CYCLES; n += 1) {
        await this.#clock.advance(INTERVAL_MS);
        await quiet();
        if (n % Math.ceil(CYCLES / POINTS) === 0) this.#note(n, performance.now() - beganMs);
      }
    } finally {
      await daemon.stop('the soak is over');
      rmSync(this.#folder, { recursive: true });
    }
    return this.#judge();
  }

  #start(): Promise<Daemon> {
    const conf = join(this.#folder, 'vmmanage.conf');
    writeFileSync(conf, CONF(this.#folder));
    const surroundings = { hostname: 'soak', zone: 'UTC', env: {}, secrets: 'read' } as const;
    const loaded = loadConf([conf], plugins(), surroundings);
    const clock = this.#clock;
    const kinds = {
      probes: [this.#wave(), system],
      migrators: migratorKinds,
      locators: locatorKinds,
    };
    const log = localLog('error', clock);
    const options = { version: 'soak', clock, log, load: async () => loaded, ...kinds };
    return Daemon.start(options, loaded);
  }

  #wave(): ProbeKind {
    const read = async () => {
      this.#waves += 1;
      const within = this.#waves % WAVE.cycles;
      if (within === WAVE.cycles - 1) return { missing: 'no answer in time' };
      return { value: within < WAVE.suffers ? 76 : within % 7 };
    };
    return { ...mysql, open: () => ({ read, close: async () => undefined }) } as ProbeKind;
  }

  #note(cycles: number, tookMs: number): void {
    globalThis.gc?.();
    globalThis.gc?.();
    const bytes = process.memoryUsage().heapUsed;
    this.#points.push({ cycles, bytes });
    const [journal, history] = [this.#stored('journal'), this.#stored('history')];
    const row = [mib(bytes).padStart(11), mib(journal).padStart(12), mib(history).padStart(12)];
    console.log(`${String(cycles).padStart(8)} ${row.join('  ')}   ${(tookMs / 1000).toFixed(0)}`);
  }

  /** Bytes on disk of what is called so. */
  #stored(name: string): number {
    const state = join(this.#folder, 'state');
    const files = readdirSync(state, { recursive: true, encoding: 'utf8' });
    const own = files
      .filter((each) => each.startsWith(name))
      .map((each) => statSync(join(state, each)));
    return own.filter((each) => each.isFile()).reduce((sum, { size }) => sum + size, 0);
  }

  #judge(): boolean {
    const grown = whyNotFlat(this.#points);
    console.log(grown ?? 'the heap is flat');
    // The first is read at the guest's own moment within the first second (spread).
    const missed = CYCLES - this.#waves;
    console.log(`${this.#waves} readings of each probe in ${CYCLES} s, ${missed} missed`);
    return grown === undefined && missed === 0;
  }
}

/** What the disk was asked for is done, and who waited for it has gone on. */
async function quiet(): Promise<void> {
  do await turn();
  while (process.getActiveResourcesInfo().some((each) => each.startsWith('FSReq')));
  await turn();
}

function mib(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(2);
}

if (globalThis.gc === undefined) throw new Error('run it by: npm run soak');
process.exitCode = (await new Soak().run()) ? 0 : 1;
