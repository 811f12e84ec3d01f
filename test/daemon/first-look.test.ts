/** At its start home looks for a clone that acts by a hand-over that its journal doesn't know. */
import { describe, expect, it } from 'vitest';
import { FirstLook } from '../../src/daemon/first-look.ts';
import { CLONE_OPTIONS } from '../../src/migrators/clone/options.ts';
import { CloneSite } from '../../src/migrators/clone/site.ts';
import { formatDocument } from '../../src/wire/clone.ts';
import { MemoryCloud, MemoryMailbox } from '../migrators/clone/doubles.ts';
import { manualClock } from '../support/manual-clock.ts';
import { optionsFrom } from '../support/options.ts';

const REQUEST = '01JH0000000000000000000000';
const NEVER = new AbortController().signal;

async function home() {
  const clock = manualClock();
  const mailbox = await MemoryMailbox.start();
  const cloud = new MemoryCloud();
  const options = optionsFrom(CLONE_OPTIONS, { mailbox: mailbox.url });
  const context = { clock, vm: 'db7', hosts: ['aws'], stateFolder: '/x', addressOf: String };
  const sites = [new CloneSite(cloud, options, context)];
  cloud.all.set('i-1', {
    ...{ id: 'i-1', state: 'running', request: REQUEST, launchedMs: undefined },
  });
  const handOver = () =>
    mailbox.documents.set(
      `db7.${REQUEST}.handover`,
      formatDocument({
        ...{ what: 'handover', vm: 'db7', request: REQUEST, instance: 'i-1', queues: {} },
      }),
    );
  const first = new FirstLook(clock);
  const look = (needed = false) => first.look(sites, () => needed, NEVER);
  return { clock, mailbox, cloud, handOver, first, look };
}

describe('the first look', () => {
  it('lets home begin where no clone is', async () => {
    const { cloud, first, look } = await home();
    cloud.all.clear();
    expect(first.isOver).toBe(false);
    expect(await look()).toBeUndefined();
    expect(first.isOver).toBe(true);
  });

  it('finds one that acts, until it is gone, though it only ends', async () => {
    const { cloud, handOver, first, look } = await home();
    handOver();
    expect(await look()).toContain('instance i-1 acts, by a hand-over that this journal');
    cloud.become('i-1', 'ending');
    expect(await look()).toContain('instance i-1 acts');
    cloud.become('i-1', 'gone');
    expect(await look()).toBeUndefined();
    expect(first.isOver).toBe(true);
  });

  it('passes over one that has handed back', async () => {
    const { mailbox, handOver, look } = await home();
    handOver();
    mailbox.documents.set(
      `db7.${REQUEST}.handback`,
      formatDocument({ what: 'handback', vm: 'db7', request: REQUEST, queues: {} }),
    );
    expect(await look()).toBeUndefined();
  });

  it('passes over one that nothing was handed over to, and one that the journal knows', async () => {
    const one = await home();
    expect(await one.look()).toBeUndefined();
    const other = await home();
    other.handOver();
    expect(await other.look(true)).toBeUndefined();
  });

  it.each<[string, (made: Awaited<ReturnType<typeof home>>) => void]>([
    ['cloud', ({ cloud }) => (cloud.failure = 'no answer')],
    ['mailbox', ({ mailbox }) => (mailbox.status = 503)],
  ])('waits half a minute for a %s that can’t be asked, and no longer', async (_, fail) => {
    const made = await home();
    fail(made);
    expect(await made.look()).toContain('nobody can tell yet whether a clone acts');
    await made.clock.advance(29_000);
    expect(await made.look()).toContain('nobody can tell yet');
    await made.clock.advance(1_000);
    expect(await made.look()).toBeUndefined();
  });

  it('waits for a cloud that can’t be asked as long as one was seen that acts', async () => {
    const { clock, cloud, handOver, look } = await home();
    handOver();
    await look();
    cloud.failure = 'no answer';
    await clock.advance(600_000);
    expect(await look()).toContain('nobody can tell yet');
  });
});
