/** docs/provider.md: its conf is right, and its push is one. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { parseReadingsPush } from '../../src/wire/provider.ts';
import { check, HERE, loaded, warnings } from '../conf/help.ts';

const PAGE = readFileSync('docs/provider.md', 'utf8');

function block(language: string): string {
  const [, text = ''] =
    new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, 'm').exec(PAGE) ?? [];
  return text;
}

it('has a conf that check finds nothing wrong with', () => {
  const policy = '[policy]\nprobe = cpu\nkind = threshold-aware\nsuffering = > 90 for 3\n';
  const surroundings = { ...HERE, secrets: 'leave' } as const;
  const checked = check([`[array]\nhosts = a, b\n${policy}${block('ini')}`], { surroundings });
  expect(loaded(checked).provider).toMatchObject({ everyMs: 10_000, token: undefined });
  expect(loaded(checked).provider?.bounds).toHaveLength(3);
  expect(warnings(checked)).toEqual([expect.stringMatching(/the migrator is local/)]);
});

it('has a push that is one', () => {
  const push = parseReadingsPush(block('json'));
  expect(push).toMatchObject({ seq: 17, cause: 'event' });
});
