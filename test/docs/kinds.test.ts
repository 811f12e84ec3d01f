/** Each kind of probe, policy and migrator has its page, with a conf of that kind and the same sections. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { migratorKinds } from '../../src/migrators/registry.ts';
import { policyKinds } from '../../src/policies/registry.ts';
import { probeKinds } from '../../src/probes/registry.ts';
import { blocks, proseOf } from './support.ts';

const FAMILIES = [
  {
    folder: 'docs/probes',
    section: 'probe',
    kinds: probeKinds.map(({ kind }) => kind),
    headings: ['When to use it', 'Choosing the bound', 'What a missing reading means', 'Traps'],
  },
  {
    folder: 'docs/policies',
    section: 'policy',
    kinds: policyKinds.map(({ kind }) => kind),
    headings: ['When to use it', 'Choosing the bounds', 'What a missing reading does', 'Traps'],
  },
  {
    folder: 'docs/migrators',
    section: 'migrator',
    kinds: migratorKinds.map(({ kind }) => kind),
    headings: ['When to use it', 'What it needs', 'Where the guest is', 'Traps'],
  },
];

describe.each(FAMILIES)('$folder', ({ folder, section, kinds, headings }) => {
  it('has a page for each kind, and no other', () => {
    expect(readdirSync(folder).sort()).toEqual(kinds.map((kind) => `${kind}.md`).sort());
  });

  it.each(kinds)('%s: the page says what a reader looks for', (kind) => {
    const page = `${folder}/${kind}.md`;
    expect(existsSync(page)).toBe(true);
    const found = [...proseOf(page).matchAll(/^## (.*)$/gm)].map(([, title]) => title);
    for (const heading of [...headings, 'Options']) expect(found).toContain(heading);
    const of = new RegExp(`^\\[${section}(?: \\w+)?\\]\\n(?:[^[].*\\n|\\n)*?kind += ${kind}$`, 'm');
    expect(blocks(page, 'ini').some((text) => of.test(text))).toBe(true);
  });

  it('is linked from the index', () => {
    const index = readFileSync('docs/README.md', 'utf8');
    for (const kind of kinds) {
      expect(index).toContain(`(${folder.slice('docs/'.length)}/${kind}.md)`);
    }
  });
});
