/** The reports as people read them; `UPDATE=1` refreshes the goldens. */
import { describe, expect, it } from 'vitest';
import { isExplanation, isHosts, isStatus, isWhere } from '../../../src/cli/answers.ts';
import { renderExplanation } from '../../../src/cli/render/explain.ts';
import { renderHosts, renderWhere } from '../../../src/cli/render/hosts.ts';
import { renderShadow } from '../../../src/cli/render/shadow.ts';
import { renderStatus } from '../../../src/cli/render/status.ts';
import type { View } from '../../../src/cli/render/text.ts';
import { hoursText } from '../../../src/cli/render/times.ts';
import type { WhereReport } from '../../../src/wire/control.ts';
import { expectGolden } from '../support/golden.ts';
import {
  BLOCKED,
  CONTENT,
  EXPLAINED,
  HELD,
  HOSTS,
  LAST_MOVE,
  PASSIVE,
  RACK,
  RESTING,
  TROUBLED,
  XL,
} from '../support/reports.ts';

const VIEW: View = { colour: false, width: 80, zone: 'Europe/Oslo' };
const MOVING = {
  ...BLOCKED,
  request: { ...(BLOCKED.request ?? fail()), phase: 'migrating', progress: 'moving 45%' },
};
const SHOWN = { HELD, CONTENT, BLOCKED, TROUBLED, MOVING, RESTING, PASSIVE };

function fail(): never {
  throw new Error('no request');
}

describe('the shadow report', () => {
  const { shadow } = PASSIVE;
  const report = { ...EXPLAINED, ...(shadow ? { shadow } : {}) };

  it('tells each move that was not asked for, and whether it was needed', () => {
    expect(isExplanation(report)).toBe(true);
    expectGolden('explain-shadow', renderShadow(report, VIEW));
  });

  it('says so where there is none', () => {
    expect(renderShadow(EXPLAINED, VIEW)).toContain('Neither passive nor paused');
  });
});

describe('status', () => {
  it.each(Object.entries(SHOWN))('shows a guest that is %s', (name, report) => {
    expect(isStatus(report)).toBe(true);
    expectGolden(`status-${name.toLowerCase()}`, renderStatus(report, VIEW));
  });

  it.each(Object.entries(SHOWN))('fits 80 columns: %s', (_, report) => {
    const lines = renderStatus(report, VIEW).split('\n');
    expect(lines.filter((line) => [...line].length > 80)).toEqual([]);
  });

  it('says which sink is in use where it is not the first, and that what waits may be lost', () => {
    const sink = { url: 'relp://b:1', connected: true, queued: 3, dropped: 0 };
    const used = { ...CONTENT, sink: { ...sink, instead_of: 'relp://a:1' } };
    expect(renderStatus(used, VIEW)).toContain('ok at relp://b:1, not relp://a:1, spool 3\n');
    const passing = { ...CONTENT, sink: { ...sink, spool: 'this is a clone' } };
    expect(renderStatus(passing, VIEW)).toContain('ok, spool 3 (this is a clone)\n');
  });

  it('breaks nothing in a pipe, so that BLOCKED is one line', () => {
    const text = renderStatus(BLOCKED, { ...VIEW, width: Infinity });
    const line = text.split('\n').find((each) => each.startsWith('BLOCKED'));
    expect(line).toContain('UNCONFIRMED for 14m, next try in 40s');
    expect(line).toMatch(/xen2: ssh time-out · xen3: no such domain · do: vmmanage resolve/);
  });

  it('colours only when told to, and takes colours for no width', () => {
    const coloured = renderStatus(TROUBLED, { ...VIEW, colour: true });
    expect(coloured).toContain('\x1b[');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for.
    expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(renderStatus(TROUBLED, VIEW));
  });

  it('says that the place was seen at the arrival where the last look is older', () => {
    const { since: _, ...place } = HELD.place;
    const before = { ...place, since: '2009-05-13T01:09:55.000Z' };
    expect(renderStatus({ ...HELD, place: before }, VIEW)).toContain('seen at its arrival');
  });

  it('names the policy of each line where there are several', () => {
    const [policy] = HELD.policies;
    const two = policy ? [policy, { ...policy, name: 'web' }] : [];
    const text = renderStatus({ ...HELD, policies: two }, VIEW);
    expect(text).toContain('service  db: slow 76/min');
    expect(text).toContain('         web: slow 76/min');
  });
});

describe('explain', () => {
  it('shows the readings, every gate, the targets and the past', () => {
    expect(isExplanation(EXPLAINED)).toBe(true);
    expectGolden('explain-held', renderExplanation(EXPLAINED, VIEW));
  });

  it('asks what if a move were asked for, where nobody does', () => {
    const calm = {
      ...EXPLAINED,
      summary: 'Not moving: content.',
      asked: { verdict: 'move', hypothetical: true },
      gates: EXPLAINED.gates.map(({ gate }) => ({ gate })),
      past: [],
      readings: EXPLAINED.readings.map((each) => ({ ...each, latest: [] })),
    };
    expectGolden('explain-content', renderExplanation(calm, VIEW));
  });

  it('tells apart readings of the same minute', () => {
    const latest = [
      { time: '2009-05-13T01:08:57.000Z', value: 1 },
      { time: '2009-05-13T01:08:58.000Z', value: 2 },
    ];
    const readings = [{ probe: 'slow', unit: '/min', latest }];
    const text = renderExplanation({ ...EXPLAINED, readings }, VIEW);
    expect(text).toContain('03:08:57 1 · 03:08:58 2 per min (> 50, < 1)');
  });

  it('tells when a policy’s working hours change', () => {
    const text = renderExplanation({ ...EXPLAINED, policies: RESTING.policies }, VIEW);
    expect(text).toContain('outside workhours until 07:30');
  });

  it.each([
    [{ inside: true, until: '2009-05-15T15:00:00.000Z' }, 'in workhours until Fri 17:00'],
    [{ inside: true }, 'in workhours'],
    [
      { inside: false, until: '2009-12-28T06:30:00.000Z' },
      'outside workhours until 2009-12-28 07:30',
    ],
  ])('%o is %s', (hours, text) => {
    const zone = 'Europe/Oslo';
    expect(hoursText({ ...hours, zone, off_hours: 'rest' }, { now: HELD.now, zone })).toBe(text);
  });

  it('names the zone of working hours that are meant in another', () => {
    const hours = { inside: false, until: '2009-05-14T06:30:00.000Z', zone: 'Asia/Tokyo' };
    const here = { now: HELD.now, zone: 'Europe/Oslo' };
    expect(hoursText({ ...hours, off_hours: 'rest' }, here)).toBe(
      'outside workhours until Thu 15:30 (Asia/Tokyo)',
    );
  });

  it('leaves a gate’s name out of its reason only as a whole word', () => {
    const gates = [
      { gate: 'hold', reason: 'hold_while: a restore is under way' },
      { gate: 'quiet', reason: 'quiet 5m left' },
    ];
    const text = renderExplanation({ ...EXPLAINED, gates }, { ...VIEW, width: Infinity });
    expect(text).toContain('HOLD hold_while: a restore is under way · QUIET 5m left');
  });

  it('tells what was learned of each target', () => {
    const targets = [
      { host: 'xen1', learned: 'helped 2 of 3, last seen 4h ago' },
      { host: 'xen2' },
    ];
    const order = 'first by what was learned';
    const text = renderExplanation({ ...EXPLAINED, targets, order }, { ...VIEW, width: Infinity });
    expect(text).toContain(
      'target   xen1 (helped 2 of 3, last seen 4h ago), first by what was learned · xen2',
    );
  });

  it('names who lost to whom', () => {
    const losers = [{ policy: 'db', verdict: 'base', reason: 'idle' }];
    const winner = { policy: 'web', verdict: 'stay', reason: 'content' };
    const text = renderExplanation({ ...EXPLAINED, losers, winner }, VIEW);
    expect(text).toContain('loses to web');
  });
});

describe('hosts and where', () => {
  it('shows each host with what stands against it', () => {
    expect(isHosts({ hosts: HOSTS })).toBe(true);
    expectGolden('hosts', renderHosts(HOSTS, VIEW));
  });

  it('shows what was learned of each host, where anything was', () => {
    const last = { last_age_ms: 4 * 3_600_000, last_recovered: true, last_after_ms: 360_000 };
    const faded = { last_age_ms: 30 * 86_400_000, last_recovered: false, last_after_ms: 900_000 };
    const known = HOSTS.map((host, i) => {
      if (i === 0) return { ...host, learned: { helped: 2, of: 3, ...last, score: 0.4 } };
      return i === 2 ? { ...host, learned: { helped: 0, of: 1, ...faded } } : host;
    });
    expect(isHosts({ hosts: known })).toBe(true);
    expectGolden('hosts-learned', renderHosts(known, VIEW));
  });

  const now = HELD.now;

  it.each([
    ['at', { kind: 'at', host: 'xen3', site: 'oslo' }, 'xen3 (oslo)'],
    ['moving', { kind: 'moving', host: 'xen3' }, 'moving to xen3'],
    ['unknown', { kind: 'unknown' }, 'unknown'],
  ] as const)('says where the guest is: %s', (_, said, text) => {
    const report: WhereReport = { now, answers: [], locators: [], ...said };
    expect(isWhere(report)).toBe(true);
    expect(renderWhere(report, VIEW)).toBe(text);
  });

  it('shows each locator with its word, how old that is, and what it counts for', () => {
    const silent = { ...XL, name: 'net', decides: false, word: 'unknown', answers: [] };
    const known = { word: 'in oslo', looked: '2009-05-13T01:00:02.000Z' };
    const { asks: _asks, ...net } = { ...silent, known };
    const locators = [XL, RACK, net];
    const report: WhereReport = { now, kind: 'at', host: 'xen3', answers: [], locators };
    expect(isWhere(report)).toBe(true);
    expectGolden('where', renderWhere(report, VIEW));
  });

  it.each([
    ['the hosts agree', [XL]],
    ['the hosts and the provider agree', [XL, { ...XL, name: 'p', asks: 'the provider' }]],
    ['the hosts agree', [XL, { ...XL, name: 'p', asks: 'the provider', word: 'unknown' }]],
    ['the hosts agree', [XL, RACK]],
  ])('are summed up in the status: %s', (text, locators) => {
    const shown = renderStatus({ ...HELD, place: { ...HELD.place, locators } }, VIEW);
    expect(shown).toContain(`; ${text}, 8s ago\n`);
    const warning = 'WARNING  locator rack says xen2, 3s ago; it only warns';
    expect(shown.includes(warning)).toBe(locators.includes(RACK));
  });
});

it('the last move of the fixtures lies in the report’s own night', () => {
  expect(Date.parse(LAST_MOVE.ended)).toBeLessThan(Date.parse(HELD.now));
});
