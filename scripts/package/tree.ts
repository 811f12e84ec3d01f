/** A package's files, while they are put together below a folder that stands for `/`. */
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  lutimesSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { ROOT } from './release.ts';

const PLAIN = 0o644;
const PROGRAM = 0o755;

export class Tree {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
    makeFolder(root);
  }

  /** Paths are those of the installed system, without the first slash. */
  write(path: string, content: string | Uint8Array, mode = PLAIN): void {
    const at = this.#place(path);
    writeFileSync(at, content);
    chmodSync(at, mode);
  }

  gzip(path: string, text: string): void {
    this.write(path, gzipSync(text, { level: 9 }));
  }

  /** A file of the repository, or a folder with all that is in it; programs stay programs. */
  copy(from: string, to: string): void {
    const source = fileURLToPath(new URL(from, ROOT));
    if (statSync(source).isDirectory()) {
      for (const name of readdirSync(source)) this.copy(`${from}/${name}`, `${to}/${name}`);
      return;
    }
    const at = this.#place(to);
    copyFileSync(source, at);
    chmodSync(at, statSync(source).mode & 0o100 ? PROGRAM : PLAIN);
  }

  /** `target` is relative to the link. */
  link(path: string, target: string): void {
    symlinkSync(target, this.#place(path));
  }

  program(path: string, from: string): void {
    const at = this.#place(path);
    copyFileSync(from, at);
    chmodSync(at, PROGRAM);
  }

  /** Files and links, sorted. */
  paths(): string[] {
    return this.#all().filter((path) => !this.stat(path).isDirectory());
  }

  stat(path: string) {
    return lstatSync(join(this.root, path));
  }

  read(path: string): Buffer {
    return readFileSync(join(this.root, path));
  }

  /** So that two builds of one commit are the same. */
  date(epoch: number): void {
    for (const path of [...this.#all(), '.']) lutimesSync(join(this.root, path), epoch, epoch);
  }

  /** Not by way of links, as readdir's own `recursive` goes. */
  #all(folder = ''): string[] {
    const entries = readdirSync(join(this.root, folder), { withFileTypes: true });
    const paths = entries.flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? [path, ...this.#all(path)] : [path];
    });
    return paths.sort();
  }

  #place(path: string): string {
    const at = join(this.root, path);
    let folder = this.root;
    for (const name of dirname(path)
      .split('/')
      .filter((each) => each !== '.')) {
      folder = join(folder, name);
      makeFolder(folder);
    }
    return at;
  }
}

/** Whatever the umask is. */
function makeFolder(path: string): void {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o755);
}
