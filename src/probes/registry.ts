/** Every kind of probe, by hand: a test holds this list against the files of the folder. */
import { mysql } from './mysql.ts';
import type { ProbeKind } from './probe.ts';

export const probeKinds: readonly ProbeKind[] = [mysql];
