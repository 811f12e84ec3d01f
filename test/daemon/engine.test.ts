import { describe, expect, it } from 'vitest';
import type { Entry } from '../../src/core/entries.ts';
import type { Errand } from '../../src/core/events.ts';
import { INITIAL } from '../../src/core/state.ts';
import { Engine } from '../../src/daemon/engine.ts';
import { JournalError } from '../../src/daemon/journal.ts';
import { manualClock } from '../support/manual-clock.ts';
import { makeConf } from '../support/world.ts';

/** A journal that can refuse, and a diary of what happened in which order. */
function setUp() {
  const clock = manualClock();
  const diary: string[] = [];
  const disk = { full: false };
  let requests = 0;
  const engine = new Engine({ ...INITIAL, place: { host: 'h1', since: clock.now() } }, makeConf(), {
    clock,
    journal: {
      async append(entries: readonly Entry[]) {
        if (disk.full) throw new Error('no space left');
        diary.push(`disk ${entries.map(({ type }) => type).join('+')}`);
      },
    },
    newId: () => `R${++requests}`,
    perform: (errand: Errand) => void diary.push(`do ${errand.do}`),
    recorded: (entry: Entry) => void diary.push(`tell ${entry.type}`),
    troubled: (problem) => void diary.push(problem === undefined ? 'well' : `ill: ${problem}`),
  });
  const ask = () => engine.post({ at: clock.now(), type: 'ask', verdict: 'move', force: false });
  return { clock, diary, disk, engine, ask };
}

describe('the engine', () => {
  it('has each entry on disk before it is told, and does nothing before that', async () => {
    const { diary, ask } = setUp();
    await ask();
    expect(diary).toEqual(['disk intended', 'tell intended', 'do preflight']);
  });

  it('changes and does nothing when the journal can’t be written', async () => {
    const { diary, disk, engine, ask } = setUp();
    disk.full = true;
    const before = engine.state;
    await expect(ask()).rejects.toThrow(JournalError);
    expect(engine.state).toBe(before);
    expect(diary).toEqual(['ill: no space left']);
    disk.full = false;
    await ask();
    expect(diary.slice(1)).toEqual(['disk intended', 'well', 'tell intended', 'do preflight']);
  });

  it('keeps what has happened until it can be written', async () => {
    const { clock, diary, disk, engine, ask } = setUp();
    await ask();
    disk.full = true;
    const at = clock.now();
    const posted = engine.post({ at, type: 'preflighted', request: 'R1', to: 'h2', ok: true });
    await clock.advance(3000);
    expect(diary.at(-1)).toBe('ill: no space left');
    disk.full = false;
    await clock.advance(1000);
    await posted;
    expect(diary.slice(-2)).toEqual(['tell progress', 'do migrate']);
  });

  it('answers at once, and ends, while something that happened waits for the disk', async () => {
    const { clock, disk, engine, ask } = setUp();
    await ask();
    disk.full = true;
    const at = clock.now();
    const posted = engine.post({ at, type: 'preflighted', request: 'R1', to: 'h2', ok: true });
    const lost = expect(posted).rejects.toThrow(JournalError);
    await clock.advance(1000);
    await expect(engine.post({ at, type: 'pause' })).rejects.toThrow(JournalError);
    await engine.end();
    await lost;
  });

  it('keeps a release until it can be written, or nobody could move any more', async () => {
    const { clock, disk, engine } = setUp();
    await engine.post({ at: clock.now(), type: 'inhibit', id: 'i', why: 'backup' });
    disk.full = true;
    const released = engine.post({ at: clock.now(), type: 'release', id: 'i' });
    await clock.advance(3000);
    disk.full = false;
    await clock.advance(1000);
    await released;
    expect(engine.state.inhibitors).toEqual({});
  });

  it('takes events one after the other, and gives refusals to the one who asked', async () => {
    const { ask } = setUp();
    const [first, second] = await Promise.all([ask(), ask()]);
    expect(first.refusal).toBeUndefined();
    expect(second.refusal).toMatchObject({ code: 'held' });
  });
});
