/** Every link between the pages leads somewhere: the file is there, and so is its heading. */
import { existsSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PAGES, proseOf } from './support.ts';

/** As GitHub and GitLab name headings: what is no letter, digit, blank, `-` or `_` is left out. */
function anchorsOf(page: string): string[] {
  const anchors: string[] = [];
  for (const [, title = ''] of proseOf(page).matchAll(/^#{1,6} (.*)$/gm)) {
    const shown = title.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase();
    const slug = shown.replace(/[^\p{L}\p{N} _-]/gu, '').replaceAll(' ', '-');
    const before = anchors.filter((each) => each.replace(/-\d+$/, '') === slug).length;
    anchors.push(before === 0 ? slug : `${slug}-${before}`);
  }
  return anchors;
}

/** Of pages and of pictures; addresses of other machines aren't tried. */
function linksOf(page: string): string[] {
  const prose = proseOf(page).replaceAll(/`[^`\n]*`/g, 'code');
  return [...prose.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link = '']) => link);
}

function problemWith(page: string, link: string): string[] {
  const [path = '', anchor] = link.split('#');
  const file = path === '' ? page : join(dirname(page), path);
  if (!existsSync(file)) return [`${link}: there is no ${file}`];
  if (anchor === undefined || statSync(file).isDirectory()) return [];
  return anchorsOf(file).includes(anchor) ? [] : [`${link}: ${file} has no such heading`];
}

describe('the links', () => {
  it('are looked at', () => {
    expect(PAGES.flatMap(linksOf).length).toBeGreaterThan(100);
    expect(linksOf('docs/README.md').length).toBeGreaterThan(30);
  });

  it.each(PAGES)('of %s lead somewhere', (page) => {
    expect(linksOf(page).flatMap((link) => problemWith(page, link))).toEqual([]);
  });
});

it('every page of docs/ can be reached from its index', () => {
  const seen = new Set<string>();
  const visit = (page: string) => {
    if (seen.has(page) || !page.startsWith('docs/') || !page.endsWith('.md')) return;
    seen.add(page);
    for (const link of linksOf(page)) visit(join(dirname(page), link.split('#')[0] ?? ''));
  };
  visit('docs/README.md');
  const pages = PAGES.filter((page) => page.startsWith('docs/'));
  expect(pages.filter((page) => !seen.has(page))).toEqual([]);
});
