/**
 * Where the sink writes: one file, or one for each guest, in one of three forms, and on to another
 * sink where that is asked for. It decides nothing about what a record says.
 */
import { dirname } from 'node:path';
import type { Clock } from '../../../core/clock.ts';
import type { Retry } from '../../../system/backoff.ts';
import { syncFile, syncFolder } from '../../../system/files.ts';
import { Spread, type SpreadSeen } from '../../../system/metrics/spread.ts';
import type { Tell } from '../../notice.ts';
import { type Arriving, isRun, type Known, type Store } from '../arrival.ts';
import { Archive } from './archive.ts';
import { Slots } from './descriptors.ts';
import { type Form, formOf } from './form.ts';
import type { Format } from './formats.ts';
import { type Forward, type ForwardOptions, type ForwardStatus, openForward } from './forward.ts';
import { LogFile, type LogFileOptions } from './log-file.ts';
import { type OpenOutput, openForAppending } from './output.ts';
import { recall } from './recall.ts';
import { Rotation } from './rotation.ts';
import { Split } from './split.ts';

/** One file that all records go to, or a folder with one for each guest. */
export type Place = { readonly file: string } | { readonly folder: string };

export interface StoreOptions {
  readonly to: Place;
  readonly clock: Clock;
  readonly tell: Tell;
  /** `text` by default. */
  readonly format?: Format;
  /** An IANA name for the dates of the text form; by default the machine's. */
  readonly zone?: string;
  /** `off`: a record counts as safe once the kernel has it, so a power cut may lose it. `on` by default. */
  readonly sync?: 'on' | 'off';
  readonly rotation?: RotationSettings;
  readonly forward?: Omit<ForwardOptions, 'clock' | 'tell'>;
  readonly limits?: Partial<StoreLimits>;
  /** How files are opened and tried again; tests hand in a disk that fails. */
  readonly disk?: {
    readonly openOutput?: OpenOutput;
    readonly retry?: Retry;
    readonly syncFile?: (path: string) => Promise<void>;
  };
}

export interface RotationSettings {
  readonly bytes?: number;
  readonly ageMs?: number;
  /** How many rotated files of each file are kept; 7 by default. */
  readonly keep?: number;
  readonly gzip?: boolean;
}

export interface StoreLimits {
  /** How much of the files' ends is read back at a start. */
  readonly recallBytes: number;
  /** Of a folder: files of guests, besides the one that the rest shares. */
  readonly files: number;
  /** Of a folder: files that are open at a time. */
  readonly openFiles: number;
  /** How long lines that nobody waits for may wait for others, so that a sync serves many; 0: not at all. */
  readonly gatherMs: number;
}

const STORE_LIMITS: StoreLimits = {
  recallBytes: 64 * 2 ** 20,
  files: 1000,
  openFiles: 200,
  gatherMs: 3,
};

const KEEP = 7;

export interface RecallingStore extends Store {
  /** Why a disk doesn't take what is pending, while one doesn't. */
  readonly failing: string | undefined;
  /** Seconds that syncs took; undefined where none are made. */
  readonly syncs: SpreadSeen | undefined;
  /** Of what is passed on; undefined where nothing is. */
  readonly forward: ForwardStatus | undefined;
  /** What the latest records in the files are known by, oldest first. */
  recent(): AsyncIterable<Known>;
}

/** Seconds that a sync may take: from a fast disk's to one that is in trouble. */
export const SYNC_BOUNDS_S: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
];

const RETRY: Retry = { firstMs: 100, maxMs: 5000 };

/** Rejects where the file or the folder can't be opened. */
export async function openStore(options: StoreOptions): Promise<RecallingStore> {
  const { clock, tell, disk = {}, rotation } = options;
  const limits = { ...STORE_LIMITS, ...options.limits };
  const keep = rotation?.keep ?? KEEP;
  const archive = new Archive({ gzip: rotation?.gzip ?? false, keep, tell });
  const syncs = options.sync === 'off' ? undefined : new Spread(SYNC_BOUNDS_S);
  const shared: Omit<LogFileOptions, 'path'> = {
    clock,
    tell,
    ...(syncs ? { syncs } : {}),
    gatherMs: limits.gatherMs,
    retry: disk.retry ?? RETRY,
    openOutput: disk.openOutput ?? openForAppending,
    ...(rotation ? { rotation: new Rotation({ rules: rotation, archive, clock, tell }) } : {}),
  };
  const files = await openFiles(options.to, shared, limits);
  try {
    const forward = options.forward && (await openForward({ ...options.forward, clock, tell }));
    if (rotation) for (const path of files.paths) archive.settle(path);
    const form = formOf(options.format ?? 'text', options.zone);
    const syncExisting = syncs && (disk.syncFile ?? syncWithName);
    return new FileStore({ form, files, archive, forward, limits, syncs, syncExisting });
  } catch (error) {
    await Promise.all(files.all.map((file) => file.close(0)));
    throw error;
  }
}

/** The files of a store, one or many. */
interface Files {
  readonly all: readonly LogFile[];
  readonly paths: readonly string[];
  fileOf(name: string): LogFile;
}

async function openFiles(
  to: Place,
  shared: Omit<LogFileOptions, 'path'>,
  limits: StoreLimits,
): Promise<Files> {
  if ('file' in to) {
    const file = new LogFile({ ...shared, path: to.file });
    await file.open();
    return { all: [file], paths: [to.file], fileOf: () => file };
  }
  const slots = new Slots(limits.openFiles);
  const fileAt = (path: string) => new LogFile({ ...shared, path, slots });
  const { folder } = to;
  const split = await Split.open({ folder, maxFiles: limits.files, tell: shared.tell, fileAt });
  return {
    get all() {
      return split.files;
    },
    get paths() {
      return split.paths;
    },
    fileOf: (name) => split.fileOf(name),
  };
}

interface Parts {
  readonly form: Form;
  readonly files: Files;
  readonly archive: Archive;
  readonly forward: Forward | undefined;
  readonly limits: StoreLimits;
  readonly syncs: Spread | undefined;
  /** Makes what an earlier life left in a file safe; undefined where nothing is synced. */
  readonly syncExisting: ((path: string) => Promise<void>) | undefined;
}

async function syncWithName(path: string): Promise<void> {
  await syncFile(path);
  await syncFolder(dirname(path));
}

/** What goes to one file with one `append`. */
interface Share {
  text: string;
  records: number;
}

class FileStore implements RecallingStore {
  readonly #parts: Parts;
  pendingBytes = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  get failing(): string | undefined {
    return this.#parts.files.all.find(({ failing }) => failing !== undefined)?.failing;
  }

  get syncs(): SpreadSeen | undefined {
    return this.#parts.syncs?.seen();
  }

  get forward(): ForwardStatus | undefined {
    return this.#parts.forward?.status;
  }

  append(arrivals: readonly Arriving[], awaited = true): Promise<void> {
    if (arrivals.length === 0) return Promise.resolve();
    // First the spool: what is in a file is known when it comes again, and wouldn't be passed on.
    this.#parts.forward?.pass(arrivals);
    const shares = this.#shares(arrivals);
    let length = 0;
    const written: Promise<void>[] = [];
    for (const [file, { text, records }] of shares) {
      length += text.length;
      written.push(file.append(text, records, awaited));
    }
    this.pendingBytes += length;
    return Promise.all(written).then(() => {
      this.pendingBytes -= length;
    });
  }

  recent(): AsyncIterable<Known> {
    const { files, limits, syncExisting } = this.#parts;
    return recall(files.paths, { bytes: limits.recallBytes, sync: syncExisting });
  }

  async reopen(): Promise<void> {
    await Promise.all(this.#parts.files.all.map((file) => file.reopen()));
  }

  async close(withinMs: number): Promise<number> {
    const { files, archive, forward } = this.#parts;
    const lost = await Promise.all(files.all.map((file) => file.close(withinMs)));
    await Promise.all([archive.close(), forward?.close(withinMs)]);
    return lost.reduce((sum, each) => sum + each, 0);
  }

  #shares(arrivals: readonly Arriving[]): Map<LogFile, Share> {
    const { files, form } = this.#parts;
    const shares = new Map<LogFile, Share>();
    // Records that follow each other are mostly of one guest.
    let [name, share]: [string | undefined, Share] = [undefined, { text: '', records: 0 }];
    for (const arrival of arrivals) {
      if (arrival.name !== name) {
        name = arrival.name;
        const file = files.fileOf(name);
        share = shares.get(file) ?? { text: '', records: 0 };
        shares.set(file, share);
      }
      share.text += form(arrival);
      share.records += isRun(arrival) ? arrival.lines : 1;
    }
    return shares;
  }
}
