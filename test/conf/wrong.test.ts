/** One conf for each mistake, in wrong/; its last line says which one message it gets. */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkSources } from '../../src/conf/load.ts';
import { FOLDER, HERE, PLUGINS, problems } from './help.ts';

const files = readdirSync(`${FOLDER}wrong`).filter((name) => name.endsWith('.conf'));

function expected(file: string): string {
  const last = readFileSync(`${FOLDER}${file}`, 'utf8').trimEnd().split('\n').at(-1) ?? '';
  const [, line, text = ''] = /^; expect (\d+): (.*)$/.exec(last) ?? [];
  return `${file}${line === '0' ? '' : `:${line}`}: ${text.replaceAll('FILE', file)}`;
}

describe('a wrong conf', () => {
  it('is kept for each mistake', () => {
    expect(files.length).toBeGreaterThan(80);
  });

  it.each(files)('%s gets its one message', (name) => {
    const file = `wrong/${name}`;
    // As in a checkout that everybody can read, whatever this one's permissions are.
    const source = { file, bytes: readFileSync(`${FOLDER}${file}`), exposed: true };
    const checked = checkSources([source], file, PLUGINS, HERE);
    expect(problems(checked)).toEqual([expected(file)]);
    expect(checked.loaded).toBeUndefined();
  });
});
