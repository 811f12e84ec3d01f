/** As threshold-aware; and a service that idles for its tarry moves to the base. */
import type { Judgement, Policy, View } from '../core/policy.ts';

export const baseAware: Policy = {
  kind: 'base-aware',
  help: 'Moves to the next host when the service suffers, and to the base when it idles.',
  options: {},
  idle: 'required',
  judge({ suffering, idle, atBase }: View): Judgement {
    if (suffering.due) return { verdict: 'move', reason: 'suffering' };
    if (!idle?.due) return { verdict: 'stay', reason: 'content' };
    if (atBase) return { verdict: 'stay', reason: 'already at base' };
    return { verdict: 'base', reason: 'idle' };
  },
};
