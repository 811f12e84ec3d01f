/** Every kind of probe, by hand: a test holds this list against the files of the folder. */
import { command } from './command.ts';
import { mysql } from './mysql.ts';
import type { ProbeKind } from './probe.ts';
import { system } from './system.ts';

export const probeKinds: readonly ProbeKind[] = [mysql, command, system];
