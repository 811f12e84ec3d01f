/**
 * DESIGN.md §5 written again, from its text alone: a second, naive program that shares no code
 * with core. It keeps no counts. For each moment it looks at the whole past anew, which is slow
 * and easy to hold against the text. Moves always succeed, after a fixed time.
 * It must not import anything of src/.
 */
import { changes, type Hours, isOpen } from './calendar.ts';

/** Times are seconds since 1970; core's are stamps in milliseconds. */
export interface Tick {
  readonly time: number;
}

/** A reading. */
export interface Sample {
  readonly time: number;
  readonly probe: string;
  /** Undefined: missing. */
  readonly value: number | undefined;
}

export type Held =
  | { readonly kind: 'count'; readonly n: number }
  | { readonly kind: 'window'; readonly k: number; readonly n: number }
  | { readonly kind: 'time'; readonly seconds: number };

export interface Rule {
  readonly name: string;
  readonly probe: string;
  readonly worse: 'high' | 'low';
  readonly threshold: number;
  readonly tarry: Held;
  /** Base-aware where there is one. */
  readonly low?: { readonly threshold: number; readonly tarry: Held };
  readonly onError: 'hold' | 'reset';
  /** Schedule-aware where there is one. */
  readonly schedule?: { readonly hours: Hours; readonly offHours: 'rest' | 'rescue' };
}

export interface Terms {
  readonly rules: readonly Rule[];
  /** Seconds between two readings of each probe. */
  readonly intervals: Readonly<Record<string, number>>;
  readonly hosts: readonly string[];
  readonly base: string;
  readonly start: string;
  readonly begin: number;
  readonly moveTakes: number;
  readonly settle: number;
  readonly cooldown: number;
  readonly growth: number;
  readonly cooldownMax: number;
  readonly prefer: 'service' | 'cost';
}

export interface Asked {
  readonly time: number;
  readonly policy: string;
  readonly verdict: 'move' | 'base';
  readonly to: string;
}

/** `rests`: outside its hours it isn't heard. */
type Said = 'move' | 'base' | 'stay' | 'rests';

/** A moment at which something happened, and what is known of the past then. */
interface Moment {
  readonly time: number;
  /** A reading of this moment, present or missing. */
  readonly sample?: Sample;
  readonly past: readonly Sample[];
  readonly asked: readonly Asked[];
}

/** What is asked for, and when. What happens comes in its order. */
export function oracle(terms: Terms, happenings: readonly (Sample | Tick)[]): Asked[] {
  const asked: Asked[] = [];
  const past: Sample[] = [];
  const consider = (time: number, sample?: Sample) => {
    const request = asks(terms, { time, past, asked, ...(sample ? { sample } : {}) });
    if (request) asked.push(request);
  };
  let arrived = 0;
  consider(terms.begin);
  for (const happening of happenings) {
    // “At one instant an outcome comes before a reading.”
    for (; arrived < asked.length; arrived += 1) {
      const arrival = arrivals(terms, asked)[arrived] ?? Infinity;
      if (arrival > happening.time) break;
      consider(arrival);
    }
    const sample = 'probe' in happening ? happening : undefined;
    if (sample) past.push(sample);
    consider(happening.time, sample);
  }
  return asked;
}

function asks(terms: Terms, now: Moment): Asked | undefined {
  const { time, asked } = now;
  if (isInFlight(terms, now) || time < coolUntil(terms, now)) return undefined;
  const says = terms.rules.map((rule) => ({ rule, says: saysNow(terms, rule, now) }));
  const verdict = winning(
    says.map(({ says }) => says),
    terms.prefer,
  );
  if (verdict === 'stay') return undefined;
  const sayers = says.filter(({ says }) => says === verdict).map(({ rule }) => rule);
  const asker = sayers.find((rule) => isClosed(rule, now) && verdict === 'base');
  const to = verdict === 'base' ? terms.base : hostAfter(place(terms, asked), terms.hosts);
  const policy = (asker ?? sayers.find((rule) => hasReading(terms, rule, now)))?.name;
  return policy === undefined ? undefined : { time, policy, verdict, to };
}

/**
 * “A missing reading … never makes a reading policy ask.” A request “is made on the next present
 * reading that still keeps it due”: on one of its own, that counts.
 */
function hasReading(terms: Terms, rule: Rule, { sample, asked }: Moment): boolean {
  if (sample?.probe !== rule.probe || sample.value === undefined) return false;
  return isCounted(terms, sample, asked);
}

/** “`away` > `move` > `stay` > `home` > `base`”; “`prefer = cost` lets `base` win over `move`”. */
function winning(says: readonly Said[], prefer: Terms['prefer']): 'move' | 'base' | 'stay' {
  const someMove = says.includes('move');
  const someStay = says.includes('stay');
  const someBase = says.includes('base');
  if (prefer === 'cost' && someBase && !someStay) return 'base';
  if (someMove) return 'move';
  return someStay || !someBase ? 'stay' : 'base';
}

function saysNow(terms: Terms, rule: Rule, now: Moment): Said {
  const isBase = place(terms, now.asked) === terms.base;
  const counted = countedReadings(terms, rule, now);
  const blind = isBlind(terms, rule, now);
  const suffers = !blind && isHeld(counted, (v) => isBreach(rule, v), rule.tarry);
  // “Whenever outside … and not at base → base: this is decided by the clock.”
  if (isClosed(rule, now)) {
    if (!isBase) return 'base';
    return suffers && rule.schedule?.offHours === 'rescue' ? 'move' : 'rests';
  }
  if (blind) return 'stay';
  if (suffers) return 'move';
  const { low } = rule;
  if (!low || !isHeld(counted, (v) => isLow(rule, low.threshold, v), low.tarry)) return 'stay';
  return isBase ? 'stay' : 'base';
}

function isClosed({ schedule }: Rule, { time }: { readonly time: number }): boolean {
  return schedule !== undefined && !isOpen(schedule.hours, time);
}

function isBreach({ worse, threshold }: Rule, value: number): boolean {
  return worse === 'high' ? value > threshold : value < threshold;
}

function isLow({ worse }: Rule, lowthreshold: number, value: number): boolean {
  return worse === 'high' ? value < lowthreshold : value > lowthreshold;
}

/** “blind (a missing reading, or none for three intervals)”. */
function isBlind(terms: Terms, rule: Rule, { past, time }: Moment): boolean {
  const latest = past.filter(({ probe }) => probe === rule.probe).at(-1);
  if (!latest || latest.value === undefined) return true;
  return time - latest.time > 3 * (terms.intervals[rule.probe] ?? 0);
}

interface Present {
  readonly time: number;
  readonly value: number;
}

/** The present readings that a count is made of, oldest first. */
function countedReadings(terms: Terms, rule: Rule, { past, time: now, asked }: Moment): Present[] {
  const own = past.filter(({ probe }) => probe === rule.probe);
  const interval = terms.intervals[rule.probe] ?? 0;
  let counted: Present[] = [];
  own.forEach((sample, index) => {
    const before = own[index - 1];
    // “A gap of more than three intervals with no reading at all … starts every count afresh.”
    if (before && sample.time - before.time > 3 * interval) counted = [];
    if (!isCounted(terms, sample, asked)) return;
    if (sample.value !== undefined) counted.push({ time: sample.time, value: sample.value });
    else if (rule.onError === 'reset') counted = [];
  });
  // “After an arrival every earlier reading is out of the count.”
  const arrived = arrivals(terms, asked).filter((time) => time <= now);
  // “Counts start afresh when a window opens or closes.”
  const afresh = [...arrived, ...changesUntil(terms, rule, now)];
  return counted.filter(({ time }) => afresh.every((moment) => time >= moment));
}

function changesUntil({ begin }: Terms, { schedule }: Rule, now: number): readonly number[] {
  return schedule ? changes(schedule.hours, begin, now) : [];
}

/** “Readings taken while a move is in flight or settling are recorded, never counted.” */
function isCounted({ moveTakes, settle }: Terms, { time }: Sample, asked: readonly Asked[]) {
  return asked.every((request) => {
    // The reading that asks was counted; “at one instant an outcome comes before a reading”.
    const counts = time <= request.time || time >= request.time + moveTakes;
    const settled = time < request.time + moveTakes || time >= request.time + moveTakes + settle;
    return counts && settled;
  });
}

function isInFlight({ moveTakes }: Terms, { time, asked }: Moment): boolean {
  const last = asked.at(-1);
  return last !== undefined && time < last.time + moveTakes;
}

function arrivals({ moveTakes }: Terms, asked: readonly Asked[]): number[] {
  return asked.map(({ time }) => time + moveTakes);
}

/** Whether a condition held for its tarry, the last reading included. */
function isHeld(readings: readonly Present[], fulfils: (v: number) => boolean, tarry: Held) {
  const last = readings.at(-1);
  if (!last || !fulfils(last.value)) return false;
  switch (tarry.kind) {
    case 'count':
      return readings.length >= tarry.n && allFulfil(readings.slice(-tarry.n), fulfils);
    case 'window':
      return readings.slice(-tarry.n).filter(({ value }) => fulfils(value)).length >= tarry.k;
    case 'time':
      return readings.some(
        (first, index) =>
          last.time - first.time >= tarry.seconds && allFulfil(readings.slice(index), fulfils),
      );
  }
}

function allFulfil(readings: readonly Present[], fulfils: (v: number) => boolean): boolean {
  return readings.every(({ value }) => fulfils(value));
}

/** Where the guest is; nobody asks this while a move is in flight. */
function place({ start }: Terms, asked: readonly Asked[]): string {
  return asked.at(-1)?.to ?? start;
}

/** “next in the array after the current one, round and round …; from the base, the first”. */
function hostAfter(here: string, hosts: readonly string[]): string {
  return hosts[(hosts.indexOf(here) + 1) % hosts.length] ?? here;
}

/** “at arrival + cooldown the gate is open”; it “grows while moves don't help” (§6). */
function coolUntil(terms: Terms, now: Moment): number {
  const arrival = arrivals(terms, now.asked).at(-1);
  if (arrival === undefined) return -Infinity;
  const unhelpful = terms.growth === 1 ? 0 : movesInEpisode(terms, now);
  const grown = Math.min(terms.cooldown * terms.growth ** unhelpful, terms.cooldownMax);
  return arrival + Math.max(terms.settle, terms.cooldown, grown);
}

/** “An episode runs from the first `move` until no breach was seen for `tarry`.” */
function movesInEpisode(terms: Terms, { past, time: now, asked }: Moment): number {
  let owner: Rule | undefined;
  let moves = 0;
  for (const sample of past) {
    const upToHere = past.slice(0, past.indexOf(sample) + 1);
    const then = { time: sample.time, past: upToHere, asked };
    const seen = countedReadings(terms, owner ?? noRule(terms), then);
    if (owner && sample.probe === owner.probe && isCalm(owner, seen)) {
      owner = undefined;
      moves = 0;
    }
    const request = asked.find(({ time }) => time === sample.time && time < now);
    if (request?.verdict === 'move') {
      owner ??= terms.rules.find(({ name }) => name === request.policy);
      moves += 1;
    }
  }
  return moves;
}

function noRule(terms: Terms): Rule {
  const [rule] = terms.rules;
  if (!rule) throw new Error('the oracle was given no policy');
  return rule;
}

/** Of `k/n`: no breach among the last n. */
function isCalm(rule: Rule, readings: readonly Present[]): boolean {
  const { tarry } = rule;
  const asCount: Held = tarry.kind === 'window' ? { kind: 'count', n: tarry.n } : tarry;
  return isHeld(readings, (value) => !isBreach(rule, value), asCount);
}
