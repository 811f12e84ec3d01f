/**
 * The sources as the architecture tests see them: which files there are, and what each imports and
 * names. Regular expressions do, since Biome's format leaves little variety; the TypeScript 7
 * compiler has no programming interface.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** From the repository's root: `src/core/step.ts`. */
  readonly path: string;
  /** `core` of `src/core/step.ts`. */
  readonly room: string;
  readonly text: string;
}

/** Every TypeScript file below src/. */
export function allSources(): Source[] {
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' });
  return names
    .filter((name) => name.endsWith('.ts'))
    .sort()
    .map((name) => ({
      path: join('src', name),
      room: name.split('/')[0] ?? '',
      text: readFileSync(join(ROOT, 'src', name), 'utf8'),
    }));
}

const STRING = /'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/.source;
/** A comment begins a line or follows a blank: `//` elsewhere is a regex or an URL. */
const COMMENT = /(?<![^\s([{,;])(?:\/\*[\s\S]*?\*\/|\/\/[^\n]*)/.source;

/** The text without its comments. */
export function withoutComments(text: string): string {
  const pattern = new RegExp(`(${STRING})|${COMMENT}`, 'g');
  return text.replace(pattern, (_, string?: string) => string ?? '');
}

/** The text without its comments and without what its strings hold; templates are kept. */
export function bareCode(text: string): string {
  return withoutComments(text).replace(new RegExp(STRING, 'g'), "''");
}

/** What `text` imports, re-exports or reads of a package, as it is written there, types included. */
export function specifiers(text: string): string[] {
  // Other strings are matched too, so that words in them aren't taken for keywords.
  const pattern = new RegExp(
    `(\\bfrom\\s*|\\bimport(?:\\.meta\\.resolve)?\\s*\\(?\\s*)?(${STRING})`,
    'g',
  );
  const found = [...withoutComments(text).matchAll(pattern)];
  return found.filter(([, keyword]) => keyword).map(([, , string = '']) => string.slice(1, -1));
}

/** `../core/words.ts` in `src/conf/load.ts` → `src/core/words.ts`; packages give undefined. */
export function resolved(specifier: string, importer: string): string | undefined {
  if (!specifier.startsWith('.')) return undefined;
  return normalize(join(dirname(importer), specifier));
}

/** The package of a specifier: `mysql2` of `mysql2/promise`; Node's own and relative ones: none. */
export function packageOf(specifier: string): string | undefined {
  if (specifier.startsWith('.') || specifier.startsWith('node:')) return undefined;
  const parts = specifier.split('/');
  return parts.slice(0, specifier.startsWith('@') ? 2 : 1).join('/');
}

/** The room of a path below src/; anything outside of src/ gives its path. */
export function roomOf(path: string): string {
  const [top, room = ''] = path.split('/');
  return top === 'src' ? room : relative('.', path);
}
