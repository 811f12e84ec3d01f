/**
 * How long one `step` takes that asks for nothing: a reading of a service that comes and goes and
 * never suffers for its tarry. The median over batches, so that what else runs on the machine tells
 * little. Ends with 1 where the bound is passed.
 */
import type { Event } from '../src/core/events.ts';
import { INITIAL, type State } from '../src/core/state.ts';
import { step } from '../src/core/step.ts';
import { makeConf } from '../test/support/world.ts';

const BATCH = 1000;
const BATCHES = 1000;
const WARM = 200;
/** What the issue asks for. */
const MEDIAN_MAX_NS = 1000;

const MINUTE_MS = 60_000;
/** Two beyond the bound in three, so that counts are begun and broken. */
const VALUES = [76, 76, 10];

function main(): void {
  const conf = makeConf();
  let state: State = INITIAL;
  const spans: number[] = [];
  for (let batch = 0; batch < WARM + BATCHES; batch += 1) {
    const events = Array.from({ length: BATCH }, (_, n) => reading(batch * BATCH + n));
    const beganNs = process.hrtime.bigint();
    for (const event of events) state = step(state, event, conf).state;
    const tookNs = Number(process.hrtime.bigint() - beganNs);
    if (batch >= WARM) spans.push(tookNs / BATCH);
  }
  if (state.request) throw new Error('a request was made');
  const medianNs = spans.toSorted((a, b) => a - b)[BATCHES / 2] ?? 0;
  console.log(
    `a step without a request: ${Math.round(medianNs)} ns median (at most ${MEDIAN_MAX_NS})`,
  );
  const within = medianNs <= MEDIAN_MAX_NS;
  console.log(within ? 'within its bound' : 'BEYOND its bound');
  process.exitCode = within ? 0 : 1;
}

function reading(n: number): Event {
  const ms = n * MINUTE_MS;
  const at = { wallMs: ms, boot: 'b', bootMs: ms };
  const value = VALUES[n % VALUES.length] ?? 0;
  return { type: 'reading', at, reading: { probe: 'slow', at, value }, newRequest: 'R1' };
}

main();
