/**
 * The log of docs/logs.md is what the tests' own recipe makes; UPDATE=1 writes it anew. That the page
 * says what the program prints is held in console.real.test.ts.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { LOG_EVENTS } from '../../src/core/log-events.ts';
import { madeLines, textLine } from '../support/made-logs.ts';

const FILE = 'etc/examples/logs/central.log';
const FROM_S = 1_242_165_600;

it('the example is as its recipe makes it', () => {
  const made = { guests: 4, hosts: 3, fromS: FROM_S, toS: FROM_S + 86_400, everyS: 5400 };
  const text = madeLines(made).map((line) => `${textLine(line)}\n`);
  if (process.env['UPDATE']) {
    mkdirSync('etc/examples/logs', { recursive: true });
    writeFileSync(FILE, text.join(''));
  }
  expect(readFileSync(FILE, 'utf8')).toBe(text.join(''));
});

it('the page names every event', () => {
  const page = readFileSync('docs/logs.md', 'utf8');
  for (const [event, { help }] of Object.entries(LOG_EVENTS)) {
    expect(page).toMatch(new RegExp(`^\\| \`${event}\` \\| ${help} \\|`, 'm'));
  }
});
