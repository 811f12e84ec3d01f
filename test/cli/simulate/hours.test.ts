import { describe, expect, it } from 'vitest';
import { workingHours } from '../../../src/cli/simulate/hours.ts';
import { makeConf, scheduleOf } from '../../support/world.ts';

const at = (text: string) => Date.parse(text);
const seconds = (from: string, to: string) => [at(from) / 1000, at(to) / 1000];

describe('the working hours of a page', () => {
  it('are none where no policy has any', () => {
    expect(workingHours(makeConf(), { fromMs: 0, toMs: 86_400_000 })).toEqual([]);
  });

  it('are cut to the trace, and leave out the weekend', () => {
    const schedule = scheduleOf('Mon-Fri 09:00-16:00');
    const conf = makeConf({ policy: { kind: 'schedule-aware', schedule } });
    // From a Thursday noon to the Monday after, 10:00.
    const trace = { fromMs: at('2026-11-19T12:00Z'), toMs: at('2026-11-23T10:00Z') };
    expect(workingHours(conf, trace)).toEqual([
      seconds('2026-11-19T12:00Z', '2026-11-19T16:00Z'),
      seconds('2026-11-20T09:00Z', '2026-11-20T16:00Z'),
      seconds('2026-11-23T09:00Z', '2026-11-23T10:00Z'),
    ]);
  });
});
