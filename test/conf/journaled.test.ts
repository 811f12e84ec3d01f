/** A conf that the journal keeps the values of, made a conf again. */
import { describe, expect, it } from 'vitest';
import { confOfValues } from '../../src/conf/journaled.ts';
import type { Loaded } from '../../src/conf/loaded.ts';
import { sampleConf } from '../../src/conf/sample.ts';
import type { ConfValues } from '../../src/core/entries.ts';
import { check, checkFiles, loaded, PLUGINS } from './help.ts';

function valuesOf({ effective }: Loaded): ConfValues {
  const values: Record<string, Record<string, string>> = {};
  for (const { section, key, value } of effective) {
    values[section] = { ...values[section], [key]: value };
  }
  return values;
}

const WITH_SECRET = `[array]
hosts = a, b
[probe]
kind = mysql
password = hunter2
[policy]
kind = threshold-aware
suffering = > 50 for 3
`;

const WITH_TOKEN = `${WITH_SECRET}[provider]
url = https://control.example.net
token = s3cret
`;

describe('a journaled conf', () => {
  it.each([
    ['the sample', loaded(check([sampleConf(PLUGINS)]))],
    ['a flat file', loaded(checkFiles(['flat/base.conf']))],
    ['every spelling', loaded(checkFiles(['good/everything.conf']))],
    ['two sites', loaded(checkFiles(['good/sites.conf']))],
    ['a secret, which is left out', loaded(check([WITH_SECRET]))],
    ['a secret that has to be given', loaded(check([WITH_TOKEN]))],
  ])('decides as the conf itself: %s', (_, conf) => {
    const again = confOfValues(valuesOf(conf), PLUGINS);
    expect(again).toMatchObject({ rules: JSON.parse(JSON.stringify(conf.rules)) });
  });

  it('says what this version doesn’t take any more', () => {
    const values = valuesOf(loaded(check([WITH_SECRET])));
    const array = { ...values['array'], colour: 'red' };
    expect(confOfValues({ ...values, array }, PLUGINS)).toEqual({
      problem: 'the journal: [array] colour: unknown key',
    });
    expect(confOfValues({}, PLUGINS)).toHaveProperty('problem');
  });
});
