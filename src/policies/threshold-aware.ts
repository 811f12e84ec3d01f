/** A service that suffers for its tarry moves to the next host; nothing else is asked for. */
import type { Judgement, Policy, View } from '../core/policy.ts';

export const thresholdAware: Policy = {
  kind: 'threshold-aware',
  help: 'Moves to the next host when the service suffers.',
  options: {},
  idle: 'none',
  judge({ suffering }: View): Judgement {
    if (suffering.due) return { verdict: 'move', reason: 'suffering' };
    return { verdict: 'stay', reason: 'content' };
  },
};
