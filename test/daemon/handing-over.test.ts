/** A clone's side of a hand-over: of two instances of one request only the one that home means acts. */
import { describe, expect, it, onTestFinished } from 'vitest';
import type { Happening } from '../../src/core/events.ts';
import { INITIAL } from '../../src/core/state.ts';
import { HandingOver } from '../../src/daemon/handing-over.ts';
import { CLONE_OPTIONS } from '../../src/migrators/clone/options.ts';
import { CloneSite } from '../../src/migrators/clone/site.ts';
import { systemClock } from '../../src/system/clock.ts';
import { formatDocument, WHATS } from '../../src/wire/clone.ts';
import { MemoryCloud, MemoryMailbox } from '../migrators/clone/doubles.ts';
import { optionsFrom } from '../support/options.ts';
import { until } from '../support/rig.ts';

const REQUEST = '01JH0000000000000000000000';

/** A clone's daemon with what it posts, while the mailbox names the instance that is to act. */
async function clone(instance: string, meant: string) {
  const clock = systemClock();
  const box = await MemoryMailbox.start();
  const options = optionsFrom(CLONE_OPTIONS, { mailbox: box.url, poll: '50ms' });
  const context = { clock, vm: 'db7', hosts: ['aws'], stateFolder: '/x', addressOf: String };
  const posted: Happening[] = [];
  const handing = new HandingOver({
    ...{ clock, vm: 'db7', mailbox: box.url, earlier: [] },
    log: { warn: () => undefined, info: () => undefined } as never,
    state: () => ({
      ...INITIAL,
      origin: { request: REQUEST, instance, host: 'aws', home: 'xen1' },
    }),
    sites: () => [new CloneSite(new MemoryCloud(), options, context)],
    queues: {
      rest: async () => ({ queues: {}, jobs: 0 }),
      takeOver: async () => undefined,
      wake: async () => undefined,
      nudge: () => undefined,
    },
    post: async (happening) => posted.push(happening),
  });
  const name = `db7.${REQUEST}.handover`;
  const handover = (to: string) =>
    box.documents.set(
      name,
      formatDocument({ what: 'handover', vm: 'db7', request: REQUEST, instance: to, queues: {} }),
    );
  handover(meant);
  handing.begin();
  onTestFinished(() => handing.end());
  return { handing, posted, handover };
}

const acted = (posted: readonly Happening[]) => posted.some(({ type }) => type === 'handed-over');

describe('a clone', () => {
  it('takes over only what is handed over to itself', async () => {
    const { handing, posted, handover } = await clone('i-2', 'i-1');
    await until('it to say so', () =>
      handing.notes().some((note) => note.includes('handed over to instance i-1, and this is i-2')),
    );
    expect(acted(posted)).toBe(false);
    handover('i-2');
    await until('it to act', () => acted(posted));
  });

  it('whose cloud tells it no id takes over what is handed over for its request', async () => {
    const { posted } = await clone('unknown', 'i-1');
    await until('it to act', () => acted(posted));
  });
});

describe('home', () => {
  it('clears at its start what the requests before may have left in the mailbox', async () => {
    const clock = systemClock();
    const box = await MemoryMailbox.start();
    const options = optionsFrom(CLONE_OPTIONS, { mailbox: box.url, poll: '50ms' });
    const context = { clock, vm: 'db7', hosts: ['aws'], stateFolder: '/x', addressOf: String };
    const site = new CloneSite(new MemoryCloud(), options, context);
    const other = `db7.${REQUEST.replace('H', 'J')}.taken`;
    for (const what of WHATS) box.documents.set(`db7.${REQUEST}.${what}`, '{}');
    box.documents.set(other, '{}');
    const handing = new HandingOver({
      ...{ clock, vm: 'db7', mailbox: undefined, state: () => INITIAL, sites: () => [site] },
      earlier: [{ request: REQUEST, to: 'aws' }],
      log: { warn: () => undefined, info: () => undefined } as never,
      queues: {
        ...{ rest: async () => undefined, takeOver: async () => undefined },
        ...{ wake: async () => undefined, nudge: () => undefined },
      },
      post: async () => undefined,
    });
    handing.begin();
    onTestFinished(() => handing.end());
    await until('the mailbox to be clear', () => box.documents.size === 1);
    expect([...box.documents.keys()]).toEqual([other]);
  });
});
