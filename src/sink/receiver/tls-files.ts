/**
 * What TLS needs of the disk: the sink's certificate and key, the authority of its clients and the
 * names of those that may come in. All of it is read and tried together, so that a change takes
 * effect whole or not at all.
 */
import { X509Certificate } from 'node:crypto';
import { open } from 'node:fs/promises';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { parseAllowList } from './tls-name.ts';

export interface TlsFiles {
  /** PEM; intermediate certificates stand behind the sink's own. */
  readonly cert: string;
  /** PEM, without a passphrase; not readable by others. */
  readonly key: string;
  /** PEM: whose certificates clients have to show. Without it none is asked for. */
  readonly clientCa?: string;
  /** Who of them may come in; without it and `allowFile` all. */
  readonly allow?: ReadonlySet<string>;
  /** The same as a file, a name a line. */
  readonly allowFile?: string;
}

export interface TlsMaterial {
  readonly context: SecureContextOptions;
  /** Undefined: every name. */
  readonly allowed: ReadonlySet<string> | undefined;
  /** When the sink's own certificate ends, in milliseconds since 1970. */
  readonly endsMs: number;
}

/** A sentence for people: which file, and what is wrong with it. */
export class TlsFilesError extends Error {
  override readonly name = 'TlsFilesError';
  /** What the system said, where a file can't be read: `EACCES`. */
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

const FILE_MAX_BYTES = 4 * 2 ** 20;
const READABLE_BY_OTHERS = 0o004;

/** Rejects with TlsFilesError. */
export async function readTlsFiles(files: TlsFiles): Promise<TlsMaterial> {
  const { cert, key, clientCa, allowFile } = files;
  const [certText, keyText] = [await textOf(cert), await secretOf(key)];
  const ca = clientCa === undefined ? undefined : await textOf(clientCa);
  const own = certificateIn(cert, certText);
  if (clientCa !== undefined) certificateIn(clientCa, ca ?? '');
  const context = { cert: certText, key: keyText, ...(ca === undefined ? {} : { ca }) };
  tryContext(context, files);
  const allowed = allowFile === undefined ? files.allow : await namesIn(allowFile, files.allow);
  return { context, allowed, endsMs: Date.parse(own.validTo) };
}

async function namesIn(
  file: string,
  more: ReadonlySet<string> = new Set(),
): Promise<ReadonlySet<string>> {
  const parsed = parseAllowList(await textOf(file));
  if (!parsed.ok) throw new TlsFilesError(`${file}: ${parsed.problem}`);
  return new Set([...parsed.value, ...more]);
}

/** The first one of a file. */
function certificateIn(file: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch {
    throw new TlsFilesError(`${file} holds no certificate (PEM)`);
  }
}

function tryContext(context: SecureContextOptions, { cert, key }: TlsFiles): void {
  try {
    createSecureContext(context);
  } catch (error) {
    throw new TlsFilesError(unfit(error, cert, key));
  }
}

/** OpenSSL's own texts never hold what stands in the files. */
function unfit(error: unknown, cert: string, key: string): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === 'ERR_OSSL_X509_KEY_VALUES_MISMATCH') return `${key} isn't the key of ${cert}`;
  if (/BAD_PASSWORD|INTERRUPTED|PASSPHRASE/i.test(code) || /passphrase|password/i.test(message)) {
    return `${key} has a passphrase: write the key without one (openssl pkey)`;
  }
  if (/NO_START_LINE|UNSUPPORTED/.test(code)) return `${key} holds no key (PEM)`;
  return `${cert} and ${key} can't be used: ${message}`;
}

function textOf(file: string): Promise<string> {
  return read(file, false);
}

function secretOf(file: string): Promise<string> {
  return read(file, true);
}

async function read(file: string, secret: boolean): Promise<string> {
  const handle = await open(file).catch((error) => Promise.reject(unread(file, error)));
  try {
    const { mode, size } = await handle.stat();
    if (secret && (mode & READABLE_BY_OTHERS) !== 0) {
      throw new TlsFilesError(`others can read ${file}: chmod o= ${file}`);
    }
    if (size > FILE_MAX_BYTES) throw new TlsFilesError(`${file} is larger than 4 MiB`);
    return await handle.readFile('utf8');
  } catch (error) {
    if (error instanceof TlsFilesError) throw error;
    throw unread(file, error as Error);
  } finally {
    await handle.close();
  }
}

function unread(file: string, { code }: NodeJS.ErrnoException): TlsFilesError {
  return new TlsFilesError(`${file} can't be read: ${code}`, code);
}
