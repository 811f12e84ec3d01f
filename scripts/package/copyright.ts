/** The file `copyright` of the packages with the program: its licence, and those of all that is bundled. */
import { readdirSync, readFileSync } from 'node:fs';
import { ROOT } from './release.ts';

/** What esbuild says of its output: which files it was made of. */
interface Metafile {
  readonly outputs: Readonly<
    Record<
      string,
      { readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>> }
    >
  >;
}

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly homepage?: string;
}

/** Copied as it is, beside the bundle. */
const BESIDE = ['node_modules/uplot'];
/** `node_modules/` may be a link: what is before it doesn't matter. */
const IN_PACKAGE = /^(?:.*?\/)??(node_modules\/(?:.*\/node_modules\/)?(?:@[^/]+\/)?[^/]+)\//;
const LICENCE_FILE = /^(licen[cs]e|copying)(\.(md|txt|mit))?$/i;
const IN_README = /^(?:#+ )?License\n-*\n([\s\S]+)$/im;
const APACHE = /Apache License\s+Version 2\.0/;
const APACHE_NOTE = `Licensed under the Apache License, Version 2.0, which Debian systems have in
/usr/share/common-licenses/Apache-2.0.`;

/** The text; throws where a package has no licence with it. */
export function copyright(): string {
  const parts = bundledFolders().map(part);
  const own = readFileSync(new URL('LICENSE', ROOT), 'utf8').trim();
  return `vmmanage\n\n${own}

Its program holds, in one bundle, parts of the packages that follow, each under its own licence.
${parts.map((text) => `\n${'-'.repeat(72)}\n${text}\n`).join('')}`;
}

/** The folders of the packages of which anything is in the bundle, sorted. */
function bundledFolders(): string[] {
  const meta = JSON.parse(readFileSync(new URL('dist/.meta.json', ROOT), 'utf8')) as Metafile;
  const inputs = Object.values(meta.outputs).flatMap(({ inputs }) => Object.entries(inputs));
  const used = inputs.filter(([, { bytesInOutput }]) => bytesInOutput > 0);
  const folders = used.flatMap(([path]) => IN_PACKAGE.exec(path)?.[1] ?? []);
  return [...new Set([...folders, ...BESIDE])].sort();
}

function part(folder: string): string {
  const at = new URL(`${folder}/`, ROOT);
  const manifest = JSON.parse(readFileSync(new URL('package.json', at), 'utf8')) as Manifest;
  const { name, version, license, homepage } = manifest;
  const from = homepage === undefined ? '' : `\n${homepage}`;
  return `${name} ${version} (${license ?? 'see below'})${from}\n\n${licenceText(at, name)}`;
}

/** Debian wants the Apache licence referred to, not repeated. */
function licenceText(folder: URL, name: string): string {
  const text = writtenLicence(folder)?.trim().replaceAll('\r\n', '\n');
  if (!text) throw new Error(`${name} is bundled, and has no licence with it`);
  if (!APACHE.test(text)) return text;
  const notices = text.match(/^\s*Copyright (?!\[|\{)[^\n]*\d{4}[^\n]*$/gm) ?? [];
  return [...notices.map((line) => line.trim()), APACHE_NOTE].join('\n');
}

/** A file of its own, or the last part of the readme. */
function writtenLicence(folder: URL): string | undefined {
  const read = (name: string) => readFileSync(new URL(name, folder), 'utf8');
  const file = readdirSync(folder).find((each) => LICENCE_FILE.test(each));
  if (file !== undefined) return read(file);
  return IN_README.exec(read('README.md'))?.[1];
}
