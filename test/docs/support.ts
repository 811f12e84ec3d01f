/** The pages for people, and what stands in them. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Every page of the project, from its root. */
export const PAGES: readonly string[] = [
  ...readdirSync('.'),
  ...readdirSync('docs', { recursive: true }).map((name) => join('docs', String(name))),
  'test/rigs/README.md',
].filter((name) => name.endsWith('.md'));

export interface Block {
  /** What its first line says behind the three ticks; '' where it says nothing. */
  readonly language: string;
  readonly text: string;
}

export function blocksOf(page: string): Block[] {
  const pattern = /^```(\w*)\n([\s\S]*?)^```$/gm;
  const all = [...readFileSync(page, 'utf8').matchAll(pattern)];
  return all.map(([, language = '', text = '']) => ({ language, text }));
}

/** The insides of the code blocks of one language. */
export function blocks(page: string, language: string): string[] {
  const all = blocksOf(page).filter((block) => block.language === language);
  return all.map(({ text }) => text);
}

/** A page without its code: what is in a block or between ticks is no link and no heading. */
export function proseOf(page: string): string {
  return readFileSync(page, 'utf8').replace(/^```[\s\S]*?^```$/gm, '');
}
