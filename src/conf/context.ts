/** What is handed from builder to builder while a conf is checked. */
import type { Findings } from './findings.ts';
import type { EffectiveValue } from './loaded.ts';

/**
 * Whether secrets are read. `look`: they are, but what systemd hands to the daemon alone can't be, and is
 * only warned of. `leave`: they are neither read nor expanded, and are undefined, for commands that
 * need none and may not be permitted to read them.
 */
export type Secrets = 'read' | 'look' | 'leave';

/** What of the machine a conf may refer to. */
export interface Surroundings {
  readonly hostname: string;
  /**
   * The IANA name of the system's time zone. A getter, asked only where it counts: the rules of the
   * zones take 8 MiB of a daemon's memory once they are looked at.
   */
  readonly zone: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly secrets: Secrets;
}

export interface Context {
  readonly findings: Findings;
  readonly effective: EffectiveValue[];
  readonly surroundings: Surroundings;
}
