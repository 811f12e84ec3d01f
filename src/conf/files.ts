/**
 * The conf's files: which ones they are, and their bytes. The only file of this room that touches
 * the disk. It never writes.
 */
import { closeSync, fstatSync, openSync, readdirSync, readSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Parsed } from '../core/options.ts';
import type { Findings } from './findings.ts';
import type { Source } from './lex.ts';
import { FILE_MAX_BYTES } from './lines.ts';

export const DEFAULT_CONF = '/etc/vmmanage/vmmanage.conf';
const DROP_INS_MAX = 100;

const READABLE_BY_OTHERS = 0o004;
const CHUNK_BYTES = 64 * 1024;

/** The given files (or the default one), then conf.d/*.conf beside the first, sorted. */
export function readSources(given: readonly string[], findings: Findings): Source[] {
  const [first = DEFAULT_CONF, ...rest] = given;
  return readAll([first, ...rest, ...dropIns(first, findings)], findings);
}

/** A file as it is about to be written, then conf.d/*.conf beside it. */
export function sourcesBeside(first: Source, findings: Findings): Source[] {
  return [first, ...readAll(dropIns(first.file, findings), findings)];
}

function readAll(files: readonly string[], findings: Findings): Source[] {
  const sources: Source[] = [];
  for (const file of firstOfEach(files)) {
    const read = readBounded(file, FILE_MAX_BYTES);
    if (read.ok) sources.push({ file, ...read.value });
    else findings.problem({ file, line: 0 }, read.problem);
  }
  return sources;
}

function firstOfEach(files: readonly string[]): string[] {
  const paths = files.map((file) => resolve(file));
  return files.filter((_, i) => paths.indexOf(paths[i] ?? '') === i);
}

function dropIns(first: string, findings: Findings): string[] {
  const folder = join(dirname(first), 'conf.d');
  try {
    const found = readdirSync(folder, { withFileTypes: true });
    const names = found.filter((file) => !file.isDirectory()).map(({ name }) => name);
    const confs = names.filter((name) => name.endsWith('.conf') && !name.startsWith('.')).sort();
    if (confs.length <= DROP_INS_MAX) return confs.map((name) => join(folder, name));
    findings.problem({ file: folder, line: 0 }, `holds more than ${DROP_INS_MAX} files`);
  } catch (error) {
    const code = codeOf(error);
    if (code !== 'ENOENT' && code !== 'ENOTDIR') {
      findings.problem({ file: folder, line: 0 }, sentence(code));
    }
  }
  return [];
}

interface Content {
  readonly bytes: Uint8Array;
  readonly exposed: boolean;
}

/** A file's bytes, one more than `maxBytes` at most: an endless file ends there. */
export function readBounded(file: string, maxBytes: number): Parsed<Content> {
  let fd: number | undefined;
  try {
    fd = openSync(file, 'r');
    const bytes = readUpTo(fd, maxBytes + 1);
    if (bytes.length > maxBytes) {
      return { ok: false, problem: `is larger than ${maxBytes / 1024} KiB` };
    }
    const exposed = (fstatSync(fd).mode & READABLE_BY_OTHERS) !== 0;
    return { ok: true, value: { bytes, exposed } };
  } catch (error) {
    return { ok: false, problem: sentence(codeOf(error)) };
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function readUpTo(fd: number, limit: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let total = 0;
  while (total < limit) {
    const chunk = new Uint8Array(Math.min(CHUNK_BYTES, limit - total));
    const n = readSync(fd, chunk);
    if (n === 0) break;
    chunks.push(chunk.subarray(0, n));
    total += n;
  }
  return Buffer.concat(chunks);
}

function codeOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return typeof code === 'string' ? code : String(error);
}

const SENTENCES: Readonly<Record<string, string>> = {
  ENOENT: "can't be read: there is no such file",
  EACCES: "can't be read: permission denied",
  EISDIR: "can't be read: it is a folder",
  ENOTDIR: "can't be read: a part of its path is no folder",
};

function sentence(code: string): string {
  return (Object.hasOwn(SENTENCES, code) && SENTENCES[code]) || `can't be read: ${code}`;
}
