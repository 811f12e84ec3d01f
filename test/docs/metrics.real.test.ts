/** docs/metrics.md: its table is that of the code; its examples are right by Prometheus's own tool. */
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { METRICS } from '../../src/daemon/metrics/page.ts';
import { check, loaded } from '../conf/help.ts';
import { mustFind } from '../support/program.ts';
import { tempFolder } from '../support/temp.ts';

const FILE = 'docs/metrics.md';
const TABLE = /(<!-- Made from .* -->\n)([\s\S]*?)(<!-- end -->\n)/;

function table(): string {
  const rows = METRICS.map(({ name, type, labels = [], help }) => {
    const named = labels.map((label) => `\`${label}\``).join(', ');
    return `| \`${name}\` | ${type} | ${named} | ${help.replaceAll('|', '\\|')} |\n`;
  });
  return `\n| metric | type | labels | what it is |\n| --- | --- | --- | --- |\n${rows.join('')}\n`;
}

function page(): string {
  return readFileSync(FILE, 'utf8');
}

/** The insides of the page's code blocks that are of this language. */
function block(language: string, nth = 0): string {
  const all = [...page().matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)];
  const text = all.filter(([, named]) => named === language)[nth]?.[2];
  if (text === undefined) throw new Error(`${FILE} has no such block`);
  return text;
}

function promtool(words: readonly string[], text: string, name = 'file.yml') {
  const file = join(tempFolder(), name);
  writeFileSync(file, text);
  return spawnSync(mustFind('promtool'), [...words, file], { encoding: 'utf8' });
}

describe('the page on metrics', () => {
  it('has the table that the code has', () => {
    if (process.env['UPDATE']) {
      writeFileSync(
        FILE,
        page().replace(TABLE, (_, begin, __, end) => begin + table() + end),
      );
    }
    expect(TABLE.exec(page())?.[2]).toBe(table());
  });

  it('has a conf that is right', () => {
    const text = `[array]\nhosts = a, b\n[probe]\nkind = mysql\n[policy]\nkind = threshold-aware\nsuffering = > 1 for 1\n${block('ini')}`;
    expect(loaded(check([text])).metrics).toEqual({ listen: { host: '127.0.0.1', port: 9464 } });
  });

  it('has a scrape config that promtool takes', () => {
    const { status, stdout, stderr } = promtool(['check', 'config'], block(''));
    expect([status, stdout + stderr]).toEqual([0, expect.stringContaining('SUCCESS')]);
  });

  it('has alert rules that promtool takes, on metrics and label values that there are', () => {
    const rules = block('yaml');
    const { status, stdout } = promtool(['check', 'rules', '--lint-fatal'], rules);
    expect([status, stdout]).toEqual([0, expect.stringContaining('SUCCESS: 8 rules found')]);
    const known = METRICS.map(({ name }) => name as string);
    const used = [...`${rules}${block('', 1)}`.matchAll(/\bvmmanage_\w+/g)].map(([name]) => name);
    expect(used.length).toBeGreaterThan(8);
    expect(used.filter((name) => !known.includes(name))).toEqual([]);
  });
});
