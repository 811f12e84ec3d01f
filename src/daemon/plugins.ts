/** Every plugin there is, as the conf room wants them handed in. */
import type { Plugins } from '../conf/plugins.ts';
import { queueTable } from '../jobs/options.ts';
import { locatorKinds } from '../migrators/locators/registry.ts';
import { migratorKinds } from '../migrators/registry.ts';
import { policyKinds } from '../policies/registry.ts';
import { probeKinds } from '../probes/registry.ts';

export function plugins(): Plugins {
  return {
    probes: probeKinds,
    policies: policyKinds,
    migrators: migratorKinds,
    locators: locatorKinds,
    queue: queueTable,
  };
}
