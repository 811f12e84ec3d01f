/** What goes to the store, and when it is safe. */
import { describe, expect, test } from 'vitest';
import type { Arrival } from '../../../src/sink/receiver/arrival.ts';
import { Counts } from '../../../src/sink/receiver/counts.ts';
import { Intake } from '../../../src/sink/receiver/intake.ts';
import type { Received } from '../../../src/sink/receiver/protocol.ts';
import { Rates } from '../../../src/sink/receiver/rates.ts';
import { Seen } from '../../../src/sink/receiver/seen.ts';
import { manualClock } from '../../support/manual-clock.ts';

const SENDER = { peer: '192.0.2.7' };

function message(
  seq: number,
  text: string,
  flaw?: Received['flaw'],
  name: string = 'nii3',
): Received {
  const bytes = `<30>1 - ${name} vmmanage - - [vmmanage@32473 boot="6f" seq="${seq}"] ${text}`;
  return { bytes: Buffer.from(bytes), form: 'syslog', ...(flaw ? { flaw } : {}) };
}

/** An intake whose store is safe when it is told to be. */
function intake() {
  const clock = manualClock();
  const stored: Arrival[] = [];
  const saved: (() => void)[] = [];
  const store = {
    pendingBytes: 0,
    append: (arrivals: readonly Arrival[]) => {
      stored.push(...arrivals);
      return new Promise<void>((resolve) => saved.push(resolve));
    },
    reopen: async () => undefined,
    close: async () => 0,
  };
  const signal = AbortSignal.abort();
  const rates = new Rates({ total: 0, perGuest: 0 }, { clock, tell: () => undefined, signal });
  const counts = new Counts();
  const taking = new Intake({ clock, store, seen: new Seen(), rates, counts });
  const said = () => stored.map(({ text, marks }) => [text, ...marks].join('|'));
  return { taking, counts, said, save: (append = 0) => saved[append]?.() };
}

describe('the intake', () => {
  test('leaves out what came again, and counts it', () => {
    const { taking, counts, said } = intake();
    taking.take([message(1, 'one'), message(2, 'two'), message(1, 'one')], SENDER);
    taking.take([message(2, 'two')], SENDER);
    expect(said()).toEqual(['one', 'two']);
    expect([counts.again, counts.marked]).toEqual([2, 0]);
    taking.take([message(2, 'rolled back')], SENDER);
    expect([counts.again, counts.marked]).toEqual([2, 1]);
  });

  test('says that one which came again is safe only when the first is', async () => {
    const { taking, save } = intake();
    taking.take([message(1, 'one')], SENDER);
    let safe = false;
    const again = taking.take([message(1, 'one')], SENDER).safe.then(() => {
      safe = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(safe).toBe(false);
    save(0);
    await again;
    expect(safe).toBe(true);
  });

  test('says so though what came after it, from another guest, is safe already', async () => {
    const { taking, save } = intake();
    taking.take([message(1, 'one')], SENDER);
    const other = taking.take([message(1, 'one', undefined, 'nii4')], SENDER).safe;
    save(1);
    await other;
    let safe = false;
    const again = taking
      .take([message(1, 'one'), message(1, 'one', undefined, 'nii4')], SENDER)
      .safe.then(() => {
        safe = true;
      });
    await new Promise((resolve) => setImmediate(resolve));
    expect(safe).toBe(false);
    save(0);
    await again;
  });

  test('says so too when what came after the first is safe before it, in another file', async () => {
    const { taking, save } = intake();
    taking.take([message(1, 'one')], SENDER);
    taking.take([message(2, 'two')], SENDER);
    let safe = false;
    const again = taking.take([message(1, 'one')], SENDER).safe.then(() => {
      safe = true;
    });
    save(1);
    await new Promise((resolve) => setImmediate(resolve));
    expect(safe).toBe(false);
    save(0);
    await again;
    expect(safe).toBe(true);
  });

  test('takes the whole of one that came torn for the first of its number', () => {
    const { taking, said } = intake();
    taking.take([message(1, 'on', 'torn')], SENDER);
    taking.take([message(1, 'one'), message(1, 'one')], SENDER);
    expect(said()).toEqual(['on|torn: the connection broke', 'one']);
  });
});
