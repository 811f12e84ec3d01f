/**
 * Rotation: a file that is large or old enough gets a name with the time in it, `FILE-20090513T163440.123Z`,
 * and a new one takes its place. What happens to it after that (gzip, and deletion of the oldest)
 * goes on beside the writing: see archive.ts. Each step leaves whole files, whatever is killed in it:
 *
 *   rename FILE → FILE-STAMP   killed here: the next start makes a new FILE
 *   open a new FILE            its name is synced before anything in it counts as safe
 *   gzip FILE-STAMP            into a file of another name; killed here: begun again
 *   rename it, delete FILE-STAMP   killed between: both are whole, and the plain one is deleted
 */
import { rename, stat } from 'node:fs/promises';
import type { Clock } from '../../../core/clock.ts';
import { isMissing } from '../../../system/files.ts';
import type { Tell } from '../../notice.ts';
import type { Archive } from './archive.ts';

export interface RotationRules {
  /** A file that would grow beyond it is rotated first. */
  readonly bytes?: number;
  /** A file older than this is rotated before its next line. */
  readonly ageMs?: number;
}

export interface RotationOptions {
  readonly rules: RotationRules;
  readonly archive: Archive;
  readonly clock: Clock;
  readonly tell: Tell;
}

/** After one that failed, so that a disk that refuses isn't asked with every batch. */
const RETRY_MS = 60_000;

export class Rotation {
  readonly #options: RotationOptions;
  readonly #failedMs = new Map<string, number>();

  constructor(options: RotationOptions) {
    this.#options = options;
  }

  isDue(path: string, bytes: number, ageMs: number): boolean {
    const { rules, clock } = this.#options;
    const due = bytes > (rules.bytes ?? Infinity) || ageMs >= (rules.ageMs ?? Infinity);
    if (!due) return false;
    const failedMs = this.#failedMs.get(path);
    return failedMs === undefined || clock.monotonicMs() - failedMs >= RETRY_MS;
  }

  /**
   * Moves the file aside and has `open` make the new one. False where either failed: the old one is
   * then still the one to write to.
   */
  async rotate(path: string, open: () => Promise<void>): Promise<boolean> {
    const { archive, clock, tell } = this.#options;
    try {
      const aside = await freeName(path, clock.now().wallMs);
      await rename(path, aside);
      await open().catch((error) => putBack(aside, path, error));
      this.#failedMs.delete(path);
      archive.settle(path);
      return true;
    } catch (error) {
      if (!this.#failedMs.has(path)) tell(notRotated(path, error));
      this.#failedMs.set(path, clock.monotonicMs());
      return false;
    }
  }
}

/** The file goes on under its name; the first error is the one to tell. */
async function putBack(aside: string, path: string, error: unknown): Promise<never> {
  await rename(aside, path).catch(() => undefined);
  throw error;
}

/** Two rotations within a millisecond, or a clock that was set back, take the next one that is free. */
async function freeName(path: string, wallMs: number): Promise<string> {
  for (let ms = wallMs; ; ms += 1) {
    const name = `${path}-${stamp(ms)}`;
    if (!(await exists(name)) && !(await exists(`${name}.gz`))) return name;
  }
}

/** `20090513T163440.123Z`. */
function stamp(ms: number): string {
  return new Date(ms).toISOString().replace(/[-:]/g, '');
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    (error) => {
      if (isMissing(error)) return false;
      throw error;
    },
  );
}

function notRotated(path: string, error: unknown) {
  return {
    level: 'error',
    text: 'log file not rotated, it grows on',
    fields: { file: path, error: String(error) },
  } as const;
}
