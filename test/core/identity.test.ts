/** A machine that isn't the one that the journal tells of: what makes it rest, and what ends that. */
import { expect, it } from 'vitest';
import { carry } from '../../src/core/carried.ts';
import { acts } from '../../src/core/clone.ts';
import { isEntry } from '../../src/core/entry-shapes.ts';
import type { Ids } from '../../src/core/identity.ts';
import { mayBeginJob } from '../../src/core/jobs.ts';
import { restore } from '../../src/core/step.ts';
import { MINUTE, makeConf, refusalOf, World } from '../support/world.ts';

const HERE = { 'machine-id': 'a', 'product-uuid': 'p' };
const ASK = { type: 'ask', verdict: 'move', force: false } as const;
const COPY = 'this is another machine than the journal tells of';

/** What an earlier life had seen, and what this one sees. */
function woken(before: Ids, now: Ids): World {
  const world = new World(makeConf({ alert: { remindMs: 7 * 1440 * MINUTE } }));
  world.send({ type: 'identified', ids: before });
  world.send({ type: 'identified', ids: now });
  return world;
}

it.each([
  ['another instance', { 'instance-id': 'i-1' }, { 'instance-id': 'i-2' }, 'instance-id'],
  ['another machine-id', HERE, { ...HERE, 'machine-id': 'b' }, 'machine-id'],
  ['an instance where it was none', HERE, { ...HERE, 'instance-id': 'i-1' }, 'instance-id'],
])('%s rests until a person says that it is the guest', (_, before, now, changed) => {
  const world = woken(before, now);
  expect(acts(world.state)).toBe(false);
  expect(refusalOf(world.send(ASK))?.reason).toContain(COPY);
  expect(world.state.paused?.why).toBe(`${COPY} (${changed})`);
  expect(world.entries.every(({ entry }) => isEntry(entry))).toBe(true);
  const alerts = world.entries.flatMap(({ entry }) => (entry.type === 'alert' ? [entry] : []));
  expect(alerts).toMatchObject([
    { about: 'identity changed', text: expect.stringContaining('vmmanage resume') },
  ]);
  world.send({ type: 'resume' });
  expect(acts(world.state)).toBe(true);
  world.send({ type: 'identified', ids: now });
  expect(acts(world.state)).toBe(true);
});

it.each([
  ['the same', HERE, HERE],
  ['a source that is read for the first time', { 'machine-id': 'a' }, HERE],
  ['another product UUID alone', HERE, { ...HERE, 'product-uuid': 'q' }],
  ['one whose metadata are silent', { ...HERE, 'instance-id': 'i-1' }, HERE],
  ['the first life', {}, { ...HERE, 'instance-id': 'i-1' }],
])('%s goes on', (_, before, now) => {
  const world = woken(before, now);
  expect(acts(world.state)).toBe(true);
  expect(world.state.paused).toBeUndefined();
});

it('begins no job and is moved by nobody, over a restart, and no pause with an end takes its place', () => {
  const world = woken(HERE, { ...HERE, 'machine-id': 'b' });
  expect(refusalOf(world.send({ type: 'pause', forMs: MINUTE }))?.reason).toContain(
    'rests already',
  );
  const stated = world.send({ ...ASK, force: true, why: 'now' });
  expect(refusalOf(stated)?.reason).toContain(COPY);
  expect(world.types()).not.toContain('intended');
  const again = restore(world.stored, world.conf);
  expect(acts(again)).toBe(false);
  expect(carry(again).paused).toMatchObject({ copy: true });
  expect(mayBeginJob(again, world.conf, world.now())).toBe(false);
});
