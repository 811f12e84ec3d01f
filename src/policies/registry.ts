/** The policies there are. A new one is a file of its own and one line here. */
import type { Policy } from '../core/policy.ts';
import { baseAware } from './base-aware.ts';
import { scheduleAware } from './schedule-aware.ts';
import { siteAware } from './site-aware.ts';
import { thresholdAware } from './threshold-aware.ts';

export const policyKinds: readonly Policy[] = [thresholdAware, baseAware, scheduleAware, siteAware];
