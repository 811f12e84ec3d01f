/** The real clock whose sleeps are noted and take no time; deadlines are as long as they are. */
import type { Clock } from '../../../src/core/clock.ts';
import { systemClock } from '../../../src/system/clock.ts';

export interface HastyClock extends Clock {
  readonly slept: number[];
}

export function hastyClock(): HastyClock {
  const slept: number[] = [];
  const sleep = async (ms: number) => {
    slept.push(ms);
  };
  return { ...systemClock(), sleep, slept };
}
