/** The system probe on what guests recorded of their /proc, and on files that are odd. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../src/probes/probe.ts';
import { openSystem, system } from '../../src/probes/system.ts';
import {
  countCpus,
  parseCpu,
  parseDisks,
  parseLoad,
  parseMemory,
  parsePressure,
  wholeDisks,
} from '../../src/probes/system-files.ts';
import { manualClock } from '../support/manual-clock.ts';
import { optionsFrom } from '../support/options.ts';
import { RUNS } from '../support/runs.ts';
import { tempFolder } from '../support/temp.ts';

const RECORDED = join(import.meta.dirname, 'fixtures/proc');
const INTERVAL_MS = 10_000;

type Given = Parameters<typeof optionsFrom<typeof system.options>>[1];
type Change = (proc: string, clock: ReturnType<typeof manualClock>) => void | Promise<void>;

/** A probe on a /proc that begins as `from`; each change is followed by a reading. */
function readings(given: Given, from: string, ...changes: Change[]): Promise<Measurement[]> {
  return readingsOf(given, recorded(from), ...changes);
}

function recorded(from: string): string {
  const proc = join(tempFolder(), 'proc');
  cpSync(join(RECORDED, from), proc, { recursive: true });
  return proc;
}

async function readingsOf(given: Given, proc: string, ...changes: Change[]) {
  const clock = manualClock();
  const chosen = optionsFrom(system.options, given);
  const probe = openSystem(chosen, { clock, intervalMs: INTERVAL_MS }, proc);
  const never = new AbortController().signal;
  const measured = [await probe.read(never)];
  for (const change of changes) {
    await clock.advance(INTERVAL_MS);
    await change(proc, clock);
    measured.push(await probe.read(never));
  }
  await probe.close();
  return measured.map(({ raw: _, ...rest }) => rest);
}

/** Into the files that are there, which the probe keeps open. */
const become =
  (name: string): Change =>
  (proc) => {
    const from = join(RECORDED, name);
    const files = readdirSync(from, { recursive: true, withFileTypes: true });
    for (const file of files.filter((each) => each.isFile())) {
      const path = join(file.parentPath, file.name);
      writeFileSync(join(proc, relative(from, path)), readFileSync(path));
    }
  };

const write =
  (name: string, text: string): Change =>
  (proc) =>
    writeFileSync(join(proc, name), text);

const FIRST = { missing: 'first reading of a difference', first: true };

describe('a guest that was recorded', () => {
  // By hand from the files: the Xen guest's line cpu went from 169 0 373 70 0 0 4 1302 to
  // 1198 0 851 655 1 0 8 1390, so 1511 busy, 586 idle and 88 stolen ticks.
  it.each([
    ['xen', 'cpu', (1511 / 2097) * 100],
    ['xen', 'steal', (88 / 2185) * 100],
    // 67 reads in 103 ms and 26 writes in 163 ms.
    ['xen', 'disk-latency', 266 / 93],
    // 402 + 4 + 1 busy, 393 + 3 idle.
    ['kvm', 'cpu', (407 / 803) * 100],
    ['kvm', 'steal', 0],
    // 14 reads in 2 ms and 500 writes in 45 ms.
    ['kvm', 'disk-latency', 47 / 514],
  ])('%s tells its %s over the time between two readings', async (guest, measure, value) => {
    const [first, second] = await readings({ measure }, `${guest}/1`, become(`${guest}/2`));
    expect(first).toEqual(FIRST);
    expect(second).toEqual({ value: expect.closeTo(value, 9) });
  });

  it.each([
    ['xen', 'memory', ((145096 - 95992) / 145096) * 100],
    ['xen', 'load', 0.79],
    ['xen', 'pressure-cpu-some', 22.28],
    ['xen', 'pressure-memory-some', 0],
    ['xen', 'pressure-memory-full', 0],
    ['xen', 'pressure-io-some', 0],
    ['xen', 'pressure-io-full', 0],
  ])('%s tells its %s at once', async (guest, measure, value) => {
    expect(await readings({ measure }, `${guest}/2`)).toEqual([
      { value: expect.closeTo(value, 9) },
    ]);
  });

  it('kvm tells its load for each of its two cores', async () => {
    const load = Number(readFileSync(join(RECORDED, 'kvm/2/loadavg'), 'utf8').split(' ')[0]);
    expect(await readings({ measure: 'load' }, 'kvm/2')).toEqual([{ value: load / 2 }]);
  });

  it.each(['cpu', 'memory', 'load', 'pressure-io-full', 'disk-latency'])(
    'shows of its %s the lines that were read',
    async (measure) => {
      const chosen = optionsFrom(system.options, { measure });
      const context = { clock: manualClock(), intervalMs: INTERVAL_MS };
      const { raw = '' } = await openSystem(chosen, context, join(RECORDED, 'xen/2')).read(
        new AbortController().signal,
      );
      expect(raw).toMatch(/^(cpu {2}|MemTotal: |0\.79 |some |202 )/);
      expect(raw.length).toBeLessThan(300);
    },
  );
});

describe('a difference is missing', () => {
  const cpu = (...fields: number[]) => write('stat', `cpu  ${fields.join(' ')} 0 0\ncpu0 1 2\n`);
  const disk = (...fields: number[]) => write('diskstats', ` 254 0 vda ${fields.join(' ')}\n`);

  it.each([
    ['a busy counter goes back', { measure: 'cpu' }, cpu(1, 0, 0, 9999, 0, 0, 0, 9999)],
    ['the idle time goes back', { measure: 'cpu' }, cpu(9999, 0, 9999, 1, 0, 0, 9, 9999)],
    [
      'steal goes back, as after a move of a Xen guest',
      { measure: 'steal' },
      cpu(9999, 0, 9999, 9999, 0, 0, 9, 1),
    ],
    [
      'a disk was taken away and comes anew',
      { measure: 'disk-latency' },
      disk(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0),
    ],
  ])('where %s', async (_, given, change) => {
    expect(await readings(given, 'xen/1', change)).toEqual([
      FIRST,
      { missing: 'a counter went back' },
    ]);
  });

  it('after the machine stood still, and there again the next time', async () => {
    const froze: Change = (proc, clock) => {
      become('xen/2')(proc, clock);
      clock.freeze(4_000);
    };
    const [, frozen, next] = await readings(
      { measure: 'cpu' },
      'xen/1',
      froze,
      cpu(1199, 0, 851, 656, 1, 0, 8, 1390),
    );
    expect(frozen).toEqual({ missing: 'the machine stood still since the last reading' });
    expect(next).toEqual({ value: 50 });
  });

  it.each([
    [20_000, { value: 50 }],
    [20_001, { missing: 'first reading after a gap' }],
  ])('after more than three intervals: one and %d ms', async (ms, expected) => {
    const change: Change = async (proc, clock) => {
      await clock.advance(ms);
      cpu(170, 0, 373, 71, 0, 0, 4, 1302)(proc, clock);
    };
    expect((await readings({ measure: 'cpu' }, 'xen/1', change))[1]).toEqual(expected);
  });

  it('where everything was stolen, though steal itself is told', async () => {
    const all = cpu(169, 0, 373, 70, 0, 0, 4, 1402);
    expect((await readings({ measure: 'cpu' }, 'xen/1', all))[1]).toEqual({
      missing: 'no processor time was available',
    });
    expect((await readings({ measure: 'steal' }, 'xen/1', all))[1]).toEqual({ value: 100 });
  });

  it('where no tick has passed', async () => {
    expect((await readings({ measure: 'steal' }, 'xen/1', become('xen/1')))[1]).toEqual({
      missing: 'the processors stood still',
    });
  });

  it('where a disk hangs; where nobody asked of it, nobody waited', async () => {
    const hangs = disk(3, 0, 24, 11, 0, 0, 0, 0, 7, 8, 11);
    expect((await readings({ measure: 'disk-latency' }, 'xen/1', hangs))[1]).toEqual({
      missing: 'the disk has ended none of 7 inputs and outputs',
    });
    const rests = become('xen/1');
    expect((await readings({ measure: 'disk-latency' }, 'xen/1', rests))[1]).toEqual({ value: 0 });
  });
});

describe('a measurement is missing', () => {
  const noPressure = 'this kernel tells no pressure: boot it with psi=1 (it needs CONFIG_PSI)';

  it('with the remedy, where the kernel tells no pressure', async () => {
    const proc = recorded('xen/1');
    rmSync(join(proc, 'pressure'), { recursive: true });
    const [measured] = await readingsOf({ measure: 'pressure-io-full' }, proc);
    expect(measured).toEqual({ missing: noPressure });
  });

  it('where a file cannot be read', async () => {
    const proc = recorded('xen/1');
    rmSync(join(proc, 'stat'));
    mkdirSync(join(proc, 'stat'));
    const [measured] = await readingsOf({ measure: 'cpu' }, proc);
    expect(measured).toEqual({ missing: expect.stringMatching(/stat can't be read \(EISDIR\)$/) });
  });

  it.each([
    ['cpu', 'stat', 'cpu  1 2 3\n', '/proc/stat tells no times of the processors'],
    ['memory', 'meminfo', 'MemTotal: 1 kB\n', '/proc/meminfo tells no MemAvailable'],
    ['memory', 'meminfo', 'MemTotal: 0 kB\nMemAvailable: 0 kB\n', /no MemAvailable/],
    ['load', 'loadavg', '\n', '/proc/loadavg tells no load'],
    ['load', 'stat', 'cpu  1 2 3\n', '/proc/stat names no processor'],
    ['pressure-cpu-some', 'pressure/cpu', 'none\n', '/proc/pressure/cpu tells no avg10 of some'],
    [
      'disk-latency',
      'diskstats',
      '   7 0 loop0 1 1 1 1 1 1 1 1 1 1 1\n',
      'the machine has no disk',
    ],
  ])('%s, where %s is %j', async (measure, name, text, missing) => {
    const [, measured] = await readings({ measure }, 'xen/1', write(name, text));
    expect(measured).toEqual({ missing: expect.stringMatching(missing) });
  });

  it('where there is no such disk, naming those that there are', async () => {
    const given = { measure: 'disk-latency', device: 'sda' };
    expect(await readings(given, 'xen/1')).toEqual([
      { missing: 'there is no disk sda; there are: xvda' },
    ]);
  });
});

describe('disks', () => {
  const names = (...all: string[]) => {
    const text = all.map((name) => ` 8 0 ${name} 1 2 3 4 5 6 7 8 9 10 11\n`).join('');
    return wholeDisks(parseDisks(text)).map(({ name }) => name);
  };

  it.each([
    [
      ['vda', 'vda1', 'vda14', 'vdb'],
      ['vda', 'vdb'],
    ],
    [
      ['nvme0n1', 'nvme0n1p1', 'nvme1n1'],
      ['nvme0n1', 'nvme1n1'],
    ],
    [
      ['xvda1', 'xvda10', 'xvda2'],
      ['xvda1', 'xvda10', 'xvda2'],
    ],
    [
      ['sda', 'sda1', 'sdaa', 'sdaa1'],
      ['sda', 'sdaa'],
    ],
    [['loop0', 'ram1', 'sr0', 'dm-0', 'md127', 'zram0', 'fd0', 'vda'], ['vda']],
  ])('of %j are %j', (all, wholes) => {
    expect(names(...all)).toEqual(wholes);
  });

  it('of old kernels have fewer fields', () => {
    expect(parseDisks('8 0 sda 1 2 3 4 5 6 7 8 9\n')).toMatchObject([
      { name: 'sda', done: 6, tookMs: 12, underWay: 9 },
    ]);
  });
});

describe('any text', () => {
  const recorded = ['stat', 'meminfo', 'loadavg', 'diskstats', 'pressure/io'].map((name) =>
    readFileSync(join(RECORDED, 'xen/2', name), 'utf8'),
  );
  /** Random, or a recorded file cut off, or with something put into it. */
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc
      .tuple(fc.constantFrom(...recorded), fc.nat(), fc.nat(), fc.string())
      .map(([file, at, length, put]) => {
        const from = at % file.length;
        return file.slice(0, from) + put + file.slice(from + (length % 80));
      }),
  );

  /** All that the parsers make of a text, with which of them made it; nothing where they make none. */
  function parsed(given: string): Map<string, number> {
    const { busy, idle, steal } = parseCpu(given) ?? {};
    const found: [string, number | undefined][] = [
      ['busy', busy],
      ['idle', idle],
      ['steal', steal],
      ['memory', parseMemory(given)],
      ['load', parseLoad(given)],
      ['some', parsePressure(given, 'some')],
      ['full', parsePressure(given, 'full')],
      ...parseDisks(given).flatMap(({ line, done, tookMs, underWay }): [string, number][] => [
        [`${line} done`, done],
        [`${line} tookMs`, tookMs],
        [`${line} underWay`, underWay],
      ]),
    ];
    return new Map(found.filter((each): each is [string, number] => each[1] !== undefined));
  }

  /** The whole numbers and decimals of a text, and the sums of two to five of one line. */
  function standsIn(given: string, value: number): boolean {
    return given.split('\n').some((line) => {
      const numbers = (line.match(/\d+(\.\d+)?/g) ?? []).slice(0, 20).map(Number);
      return numbers.includes(value) || isSum(numbers, value, 5);
    });
  }

  function isSum(numbers: readonly number[], value: number, most: number): boolean {
    if (most === 0 || value < 0) return false;
    return numbers.some((each, i) => {
      const rest = value - each;
      return rest === 0 || isSum(numbers.slice(i + 1), rest, most - 1);
    });
  }

  it('gives numbers that stand there, their sums, or shares; or none; and never throws', () => {
    fc.assert(
      fc.property(text, (given) => {
        const { memory = 0, some = 0, full = 0 } = Object.fromEntries(parsed(given));
        for (const share of [memory, some, full]) {
          expect(share >= 0 && share <= 100).toBe(true);
        }
        for (const [name, value] of parsed(given)) {
          expect([name, name === 'memory' || standsIn(given, value)]).toEqual([name, true]);
        }
        expect(countCpus(given)).toBeLessThanOrEqual(given.split('cpu').length - 1);
      }),
      { numRuns: RUNS },
    );
  });

  it('that is cut off anywhere gives the numbers of the whole, or none', () => {
    const whole = new Map(recorded.flatMap((file) => [...parsed(file)]));
    expect(whole.size).toBeGreaterThan(9);
    for (const file of recorded) {
      for (let at = 0; at < file.length; at += 1) {
        for (const [name, value] of parsed(file.slice(0, at))) {
          expect([name, value]).toEqual([name, whole.get(name)]);
        }
      }
    }
  });
});

it('the units', () => {
  const unit = (measure: string) => system.unit(optionsFrom(system.options, { measure }), 1000);
  expect(['cpu', 'steal', 'memory', 'load', 'disk-latency', 'pressure-io-some'].map(unit)).toEqual([
    ...['%', '%', '%', 'per core', 'ms', '%'],
  ]);
});
