/** What docs/test.md shows is so: its scenarios pass, its failure reads so, and its keys are all. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { TEST } from '../../src/cli/scenario/scenario.ts';
import { parseSeries } from '../../src/cli/scenario/series.ts';
import { gateResults } from '../../src/core/gates.ts';
import { INITIAL } from '../../src/core/state.ts';
import { fileOf, run } from '../cli/scenario/support.ts';
import { tempFolder } from '../support/temp.ts';
import { makeConf } from '../support/world.ts';

const page = readFileSync('docs/test.md', 'utf8');
const blocks = [...page.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
const [conf = '', ...scenarios] = blocks
  .filter(([, language]) => language === 'ini')
  .map(([, , text = '']) => text);

/** The folder's name is left out of what is said, and what is wrapped for 80 columns joined. */
async function tested(scenario: string) {
  const folder = tempFolder();
  fileOf(conf, 'vmmanage.conf', folder);
  const { status, out } = await run(fileOf(scenario, 'vmmanage.test', folder), '--json');
  return { status, told: JSON.parse(out.replaceAll(`${folder}/`, '')) };
}

describe('the scenarios of the page', () => {
  it('are looked at', () => expect(scenarios.length).toBe(2));

  it.each(scenarios)('pass: %s', async (scenario) => {
    const { status, told } = await tested(scenario);
    expect([status, told.failed, told.problems]).toEqual([0, 0, []]);
  });

  it('fail as it shows', async () => {
    const { told } = await tested(scenarios[0]?.replace('expect 7m', 'expect 6m') ?? '');
    const said = told.tests[0].failures.flatMap(
      ({ file, line, written, expected, happened, because }: Record<string, string[]>) => [
        `${file}:${line}: ${written ?? '[test moves on the third slow reading]'}`,
        ...[expected, happened, ...(because ?? [])],
      ],
    );
    const shown = blocks.map(([, , text = '']) => text).find((text) => text.startsWith('FAIL'));
    const lines = shown?.trimEnd().split('\n').slice(1) ?? [];
    const label = /^ +(?:(?:expected|happened|because) +)?/;
    expect(lines.map((line) => line.replace(label, ''))).toEqual(said);
  });
});

it('the page names every gate, in the program’s order', () => {
  const [, list = ''] = /^The gates are those of([\s\S]*?); and/m.exec(page) ?? [];
  const named = [...list.matchAll(/`([^`]+)`/g)].map(([, gate]) => gate);
  const at = { wallMs: 0, boot: 'b', bootMs: 0 };
  const gates = gateResults({ verdict: 'move' }, INITIAL, makeConf(), at);
  expect(named).toEqual(gates.map(({ gate }) => gate));
});

describe('the tables of the page', () => {
  it('have every key of a test', () => {
    const keys = [...page.matchAll(/^\| `([a-z_]+)(?: [A-Z ]+)?` \|/gm)].map(([, key]) => key);
    const known = [...Object.keys(TEST), 'series', 'expect', 'set'];
    expect(keys.filter((key) => known.includes(key ?? '')).sort()).toEqual(known.sort());
  });

  it('expand series as the program does', () => {
    const part = page.slice(page.indexOf('## Series'), page.indexOf('## When'));
    const rows = [...part.matchAll(/^\| `([^`]+)` \| `?([^|`]+)`? \|/gm)];
    expect(rows).toHaveLength(7);
    for (const [, written = '', expanded = ''] of rows) {
      // A series needs a reading: the 1 in front.
      const parsed = parseSeries(`1 ${written}`);
      const samples = parsed.ok ? parsed.value.slice(1) : [];
      const text = samples.map((s) => (s === 'missing' ? '_' : s === 'none' ? '~' : s)).join(' ');
      expect(text).toBe(expanded.trim());
    }
  });
});
