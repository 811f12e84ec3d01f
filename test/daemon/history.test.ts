import { appendFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { History, parseRow } from '../../src/daemon/history.ts';
import { tempFolder } from '../support/temp.ts';

const NOON = Date.UTC(2026, 10, 21, 12);
const at = (wallMs: number) => ({ wallMs, boot: 'b', bootMs: 1 });
const present = (wallMs: number, value: number) => ({ probe: 'slow', at: at(wallMs), value });

describe('the history', () => {
  it('is one CSV file a day with a header; a missing reading has no value', () => {
    const folder = tempFolder();
    const history = new History(folder, 90);
    history.append(present(NOON, 76), '/min', 'xen1');
    history.append({ probe: 'slow', at: at(NOON + 1000), missing: 'gone' }, '/min', undefined);
    history.append(present(NOON + 86_400_000, 1.5), '/min', 'xen1');
    expect(readFileSync(join(folder, 'history/2026-11-21.csv'), 'utf8')).toBe(
      'time,probe,value,unit,host\n' +
        '2026-11-21T12:00:00.000Z,slow,76,/min,xen1\n' +
        '2026-11-21T12:00:01.000Z,slow,,/min,\n',
    );
    expect(readdirSync(join(folder, 'history'))).toHaveLength(2);
  });

  it('goes on in the day’s file after a restart, also after a torn line', () => {
    const folder = tempFolder();
    new History(folder, 90).append(present(NOON, 1), 'x', 'h');
    appendFileSync(join(folder, 'history/2026-11-21.csv'), '2026-11-21T12:0');
    const again = new History(folder, 90);
    again.append(present(NOON + 1000, 2), 'x', 'h');
    expect(again.rowsSince(NOON).map(({ value }) => value)).toEqual([1, 2]);
  });

  it('keeps the files of history_days days, and drops no others', () => {
    const folder = tempFolder();
    mkdirSync(join(folder, 'history'));
    for (const day of ['2026-11-18', '2026-11-19', '2026-11-20']) {
      writeFileSync(join(folder, 'history', `${day}.csv`), 'time,probe,value,unit,host\n');
    }
    writeFileSync(join(folder, 'history', 'notes.txt'), '');
    new History(folder, 2).append(present(NOON, 1), 'x', 'h');
    expect(readdirSync(join(folder, 'history'))).toEqual([
      '2026-11-20.csv',
      '2026-11-21.csv',
      'notes.txt',
    ]);
  });

  it('gives back only rows after the wall clock’s last step backwards', () => {
    const history = new History(tempFolder(), 90);
    for (const wallMs of [NOON, NOON + 60_000, NOON - 60_000, NOON]) {
      history.append(present(wallMs, wallMs - NOON), 'x', 'h');
    }
    expect(history.rowsSince(0).map(({ value }) => value)).toEqual([-60_000, 0]);
  });

  it.each([
    ['the header', 'time,probe,value,unit,host'],
    ['too few cells', '2026-11-21T12:00:00.000Z,slow,1'],
    ['no time', 'soon,slow,1,x,h'],
    ['no number', '2026-11-21T12:00:00.000Z,slow,many,x,h'],
    ['no probe', '2026-11-21T12:00:00.000Z,,1,x,h'],
  ])('takes %s for no row', (_, line) => {
    expect(parseRow(line)).toBeUndefined();
  });
});
