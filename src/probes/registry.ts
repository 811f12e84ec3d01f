/** Every kind of probe, by hand: a test holds this list against the files of the folder. */
import { apache } from './apache.ts';
import { command } from './command.ts';
import { http } from './http.ts';
import { mysql } from './mysql.ts';
import type { ProbeKind } from './probe.ts';
import { prometheus } from './prometheus.ts';
import { queue } from './queue.ts';
import { system } from './system.ts';

export const probeKinds: readonly ProbeKind[] = [
  mysql,
  apache,
  http,
  prometheus,
  queue,
  command,
  system,
];
