/** A log that a web server gives, as a stream; a compressed one is told by its first bytes. */
import { Readable } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { type Read, readerOf } from '../../logs/blocks.ts';
import { CliError, EXIT } from '../exit.ts';

/** No server keeps us for ever: so much is read, and so long is waited for more. */
const BYTES_MAX = 16 * 1024 ** 3;
const SILENT_MS = 30_000;
const REDIRECTS_MAX = 3;

export function isUrl(operand: string): boolean {
  return /^https?:\/\//i.test(operand);
}

export async function readerAt(url: string, stop: AbortSignal): Promise<Read> {
  const { default: axios } = await import('axios');
  try {
    const { data } = await axios.get<Readable>(url, {
      responseType: 'stream',
      timeout: SILENT_MS,
      maxRedirects: REDIRECTS_MAX,
      signal: stop,
    });
    return unpacked(bounded(data, url));
  } catch (error) {
    throw failed(url, (error as Error).message);
  }
}

async function* bounded(stream: Readable, url: string): AsyncGenerator<Buffer> {
  const silent = setTimeout(() => stream.destroy(new Error('it fell silent')), SILENT_MS);
  let bytes = 0;
  try {
    for await (const chunk of stream) {
      silent.refresh();
      bytes += chunk.length;
      if (bytes > BYTES_MAX) throw new Error(`it has more than ${BYTES_MAX} bytes`);
      yield chunk;
    }
  } catch (error) {
    throw failed(url, (error as Error).message);
  } finally {
    clearTimeout(silent);
  }
}

/** Of gzip what is in it, of anything else what it is. */
export function unpacked(chunks: AsyncIterable<Uint8Array>): Read {
  return readerOf(plain(chunks));
}

async function* plain(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const iterator = chunks[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done) return;
  const all = resumed(first.value, iterator);
  if (first.value[0] !== 0x1f || first.value[1] !== 0x8b) return yield* all;
  const packed = Readable.from(all, { objectMode: false });
  const gunzip = createGunzip();
  packed.on('error', (error) => gunzip.destroy(error));
  yield* packed.pipe(gunzip);
}

async function* resumed(first: Uint8Array, rest: AsyncIterator<Uint8Array>) {
  yield first;
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
}

function failed(url: string, why: string): CliError {
  return new CliError(EXIT.failed, `${url} can't be read: ${why}`);
}
