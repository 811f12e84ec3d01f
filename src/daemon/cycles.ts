/**
 * The chatty block of a cycle (`log_cycles`), as the thesis's program printed one each time it read: the
 * reading, then what each policy that looks at this probe says to it, and the gate that holds it. It only tells.
 */
import type { Conf } from '../core/conf.ts';
import { opinions, standings } from '../core/opinions.ts';
import type { State } from '../core/state.ts';
import { isPresent, type Reading } from '../core/words.ts';
import type { LocalLog } from './local-log.ts';

/** All that is told of it otherwise. */
export function tellReading(reading: Reading, log: Pick<LocalLog, 'debug'>): void {
  const said = isPresent(reading) ? { value: reading.value } : { missing: reading.missing };
  log.debug('reading', { probe: reading.probe, ...said });
}

/** `state` is the one after the reading. */
export function tellCycle(
  reading: Reading,
  state: State,
  conf: Conf,
  log: Pick<LocalLog, 'cycle'>,
): void {
  const { probe, at } = reading;
  const said = isPresent(reading) ? { value: reading.value } : { missing: reading.missing };
  const unit = conf.probes[probe]?.unit || undefined;
  log.cycle(`Cycle of ${probe}`, { ...said, unit, host: state.place?.host });
  for (const { policy: name, verdict, reason } of opinions(state, conf, at)) {
    const policy = conf.policies.find((each) => each.name === name);
    if (policy?.probe !== probe) continue;
    const { suffering, idle } = standings(policy, state, at);
    const counted = { suffering: suffering.progress, idle: idle?.progress };
    const held = verdict === 'stay' ? undefined : state.said.held[name]?.gate;
    log.cycle(`  policy ${name}: ${verdict}`, { reason, ...counted, held });
  }
}
