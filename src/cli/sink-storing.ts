/** Where `vmmanage sink` writes to, as its options say it: form, files, rotation, and the next sink. */
import { type Command, InvalidArgumentError } from 'commander';
import { choice, durationWithin, integer, sizeWithin } from '../core/option-types.ts';
import { isTlsScheme, parseSinkUrl } from '../core/sink-url.ts';
import type { StoreSettings } from '../sink/receiver/sink.ts';
import { FORMATS, type Format } from '../sink/receiver/store/formats.ts';
import { typed } from './command.ts';
import { CliError, EXIT } from './exit.ts';

export interface StoringOptions {
  readonly file?: string;
  readonly split?: string;
  readonly maxFiles?: number;
  readonly format?: Format;
  readonly zone?: string;
  readonly sync?: 'on' | 'off';
  readonly rotateSize?: number;
  readonly rotateAge?: number;
  readonly keep?: number;
  readonly gzip?: true;
  readonly recall?: number;
  readonly forward?: string;
  readonly forwardSpool?: string;
  readonly forwardMax?: number;
  readonly forwardCa?: string;
  readonly forwardCert?: string;
  readonly forwardKey?: string;
}

const MEBIBYTE = 2 ** 20;
const TEBIBYTE = 2 ** 40;
const MINUTE_MS = 60_000;
const FORWARD_MAX = 1024 * MEBIBYTE;

export const STORING_EXAMPLES = [
  "vmmanage sink --listen '[::]:31000' --split guests --rotate-size 100M --keep 7 --gzip",
  "vmmanage sink --listen '[::]:31000' --file log.json --format json --rotate-age 1d --sync off",
  "vmmanage sink --listen '[::]:31000' --file log --forward relp://log2:31000 --forward-spool sp",
] as const;

export function declareStoring(command: Command): void {
  command
    .option('--file <file>', 'the file that all lines are appended to')
    .option('--split <folder>', 'instead of --file: a folder with one file for each guest')
    .option(
      '--max-files <n>',
      'files of --split at most; other guests share _other.log (default: 1000)',
      count,
    )
    .option(
      '--format <form>',
      'how a line is written: text, json or rfc5424 (default: text)',
      typed(choice(...FORMATS)),
    )
    .option('--zone <zone>', "whose dates to write: Europe/Oslo (default: the system's)", zone)
    .option(
      '--sync <on|off>',
      'off: acknowledge what only the kernel has; a power cut then loses it, and no sender knows (default: on)',
      typed(choice('on', 'off')),
    )
    .option('--rotate-size <size>', 'rotate a file before it is larger', size(64, TEBIBYTE))
    .option('--rotate-age <span>', 'rotate a file that is older, before its next line', age)
    .option('--keep <n>', 'rotated files of each file that are kept (default: 7)', count)
    .option('--gzip', 'compress what was rotated')
    .option(
      '--recall <size>',
      'read back so much of the ends of the files at a start, to know what is sent again (default: 64M)',
      size(0, 1024 * MEBIBYTE),
    )
    .option('--forward <url>', 'pass everything on to another sink', url)
    .option('--forward-spool <folder>', 'where that waits until the other sink has it')
    .option(
      '--forward-max <size>',
      'size of that folder; beyond it the oldest is dropped (default: 1G)',
      size(MEBIBYTE, TEBIBYTE),
    )
    .option('--forward-ca <file>', "whose certificate it has to show (default: the system's)")
    .option('--forward-cert <file>', 'what this sink shows of itself there (PEM)')
    .option('--forward-key <file>', 'its key (PEM)');
}

/** Throws where options don't go together. */
export function storeOf(options: StoringOptions): StoreSettings {
  const { format, zone: dates, sync, recall, maxFiles } = options;
  const rotation = rotationOf(options);
  const forward = forwardOf(options);
  if (dates !== undefined && format !== undefined && format !== 'text') {
    throw usage('--zone is for --format text');
  }
  const limits = {
    ...(recall === undefined ? {} : { recallBytes: recall }),
    ...(maxFiles === undefined ? {} : { files: maxFiles }),
  };
  return {
    to: placeOf(options),
    limits,
    ...(format === undefined ? {} : { format }),
    ...(dates === undefined ? {} : { zone: dates }),
    ...(sync === undefined ? {} : { sync }),
    ...(rotation ? { rotation } : {}),
    ...(forward ? { forward } : {}),
  };
}

/** How it was asked to write, to be said in an error. */
export function placeText({ file, split }: StoringOptions): string {
  return file === undefined ? `--split ${split}` : `--file ${file}`;
}

function placeOf({ file, split, maxFiles }: StoringOptions): StoreSettings['to'] {
  if (file !== undefined && split !== undefined) {
    throw usage("--file and --split don't go together", 'say where all lines go, or one folder');
  }
  if (file !== undefined && maxFiles !== undefined) throw usage('--max-files is for --split');
  if (file !== undefined) return { file };
  if (split !== undefined) return { folder: split };
  throw usage('say where to write', 'with --file FILE or --split FOLDER');
}

function rotationOf(options: StoringOptions): StoreSettings['rotation'] {
  const { rotateSize, rotateAge, keep, gzip } = options;
  if (rotateSize === undefined && rotateAge === undefined) {
    if (keep === undefined && !gzip) return undefined;
    throw usage(
      `${gzip ? '--gzip' : '--keep'} is for files that are rotated`,
      'say when they are: --rotate-size 100M, --rotate-age 1d, or both',
    );
  }
  return {
    gzip: gzip ?? false,
    ...(rotateSize === undefined ? {} : { bytes: rotateSize }),
    ...(rotateAge === undefined ? {} : { ageMs: rotateAge }),
    ...(keep === undefined ? {} : { keep }),
  };
}

function forwardOf(options: StoringOptions): StoreSettings['forward'] {
  const { forward, forwardSpool, forwardMax = FORWARD_MAX } = options;
  const { forwardCa: ca, forwardCert: cert, forwardKey: key } = options;
  if (forward === undefined) {
    const more = forwardSpool ?? options.forwardMax ?? ca ?? cert ?? key;
    if (more === undefined) return undefined;
    throw usage('there is nothing to pass on without --forward URL');
  }
  if (forwardSpool === undefined) {
    throw usage(
      '--forward asks for --forward-spool FOLDER',
      'it keeps what is to be passed on while the other sink is away',
    );
  }
  if ((cert === undefined) !== (key === undefined)) {
    throw usage('--forward-cert and --forward-key go together');
  }
  const tls = { ca, cert, key };
  const to = parseSinkUrl(forward);
  const secret = to.ok && isTlsScheme(to.value.scheme);
  if (!secret && (ca ?? cert ?? key) !== undefined) {
    throw usage('certificates need a --forward with TLS', 'relp+tls://HOST or syslog+tls://HOST');
  }
  return { url: forward, tls, spoolFolder: forwardSpool, spoolMaxBytes: forwardMax };
}

function usage(text: string, ...hints: string[]): CliError {
  return new CliError(EXIT.usage, text, [...hints, 'see vmmanage sink --help']);
}

function url(text: string): string {
  const parsed = parseSinkUrl(text);
  if (!parsed.ok) throw new InvalidArgumentError(parsed.problem);
  return text;
}

function zone(text: string): string {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: text }).resolvedOptions().timeZone;
  } catch {
    throw new InvalidArgumentError('expected a time zone, as Europe/Oslo or UTC.');
  }
}

function size(min: number, max: number): (text: string) => number {
  return typed(sizeWithin({ min, max }));
}

function age(text: string): number {
  return typed(durationWithin({ min: MINUTE_MS }))(text);
}

function count(text: string): number {
  return typed(integer({ min: 1, max: 1_000_000 }))(text);
}
