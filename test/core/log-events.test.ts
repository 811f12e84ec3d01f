/** Every text that the daemon writes has a kind: also one that is added to sentences.ts tomorrow. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { headsOf, logEventOf, logEvents } from '../../src/core/log-events.ts';

const SOURCE = readFileSync('src/core/sentences.ts', 'utf8');

/** What `say` is called with, and the tables and functions that make texts for it. */
function textsIn(source: string): string[] {
  const made =
    /(?:say\(\s*|^ {2}(?:move|base|away|home): |^ {2}\['[^']+', |return )(['`])(.+?)\1/gm;
  return [...source.matchAll(made)].map(([, , text = '']) => text.replace(/\$\{[^}]*\}/g, 'x'));
}

/** Parts of a sentence, which none begins with. */
const PARTS = new Set(['x x', 'xx', 'move to', 'move to base', 'move away to', 'move home to']);

const TEXTS = textsIn(SOURCE).filter((text) => !PARTS.has(text) && text !== 'nobody answered');

it('the texts looked at are all that the daemon says', () => {
  expect(TEXTS.length).toBeGreaterThan(35);
  expect(TEXTS).toContain('Requesting migration of VM: just moving');
  expect(TEXTS).toContain('Would process: at home now');
  // Each call of `say` has its text there, or one that a function or a table above makes.
  expect(SOURCE.match(/\bsay\(/g)?.length).toBeLessThanOrEqual(TEXTS.length);
});

it.each(TEXTS)('“%s” has a kind', (text) => {
  expect(logEventOf(text)).not.toBe('other');
});

it.each([
  ['Requesting migration of VM: moving up', 'request'],
  ['Requesting migration of VM', 'request'],
  ['Already in home array', 'settled'],
  ['Now using nii3.2.mln', 'place'],
  ['Probe slow of nobody', 'other'],
  ['Move to nowhere', 'other'],
  ['sshd[4]: Arrived at work', 'other'],
  ['', 'other'],
])('“%s” of the thesis or of others: %s', (text, event) => {
  expect(logEventOf(text)).toBe(event);
});

it('no kind can hide another', () => {
  const heads = logEvents().flatMap((event) => (headsOf(event) ?? []).map((head) => [event, head]));
  const hidden = heads.flatMap(([event, head]) =>
    heads.filter(([other, longer]) => other !== event && longer?.startsWith(head ?? '')),
  );
  expect(hidden).toEqual([]);
});
