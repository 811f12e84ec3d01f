/**
 * DESIGN.md §5 written again, from its text alone: a second, naive program that shares no code
 * with core. It keeps no counts. For each reading it looks at the whole past anew, which is slow
 * and easy to hold against the text. Moves always succeed, after a fixed time.
 * It must not import anything of src/.
 */

/** Times are seconds from anywhere; core's are stamps in milliseconds. */
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
}

export interface Terms {
  readonly rules: readonly Rule[];
  /** Seconds between two readings of each probe. */
  readonly intervals: Readonly<Record<string, number>>;
  readonly hosts: readonly string[];
  readonly base: string;
  readonly start: string;
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

type Said = 'move' | 'base' | 'stay';

/** What is asked for on which reading. Samples come in their order. */
export function oracle(terms: Terms, samples: readonly Sample[]): Asked[] {
  const asked: Asked[] = [];
  samples.forEach((sample, index) => {
    const request = asks(terms, samples.slice(0, index + 1), sample, asked);
    if (request) asked.push(request);
  });
  return asked;
}

function asks(
  terms: Terms,
  past: readonly Sample[],
  now: Sample,
  asked: readonly Asked[],
): Asked | undefined {
  // “A missing reading … never makes a reading policy ask.”
  if (now.value === undefined) return undefined;
  if (!isCounted(terms, now, asked)) return undefined;
  const says = terms.rules.map((rule) => ({ rule, says: saysNow(terms, rule, past, now, asked) }));
  const verdict = winning(
    says.map(({ says }) => says),
    terms.prefer,
  );
  if (verdict === 'stay') return undefined;
  // A request “is made on the next present reading that still keeps it due”: on one of its own.
  const asker = says.find(({ rule, says }) => says === verdict && rule.probe === now.probe);
  if (!asker || now.time < coolUntil(terms, past, now, asked)) return undefined;
  const to = verdict === 'base' ? terms.base : hostAfter(place(terms, asked), terms.hosts);
  return { time: now.time, policy: asker.rule.name, verdict, to };
}

/** “`away` > `move` > `stay` > `home` > `base`”; “`prefer = cost` lets `base` win over `move`”. */
function winning(says: readonly Said[], prefer: Terms['prefer']): Said {
  const someMove = says.includes('move');
  const someStay = says.includes('stay');
  const someBase = says.includes('base');
  if (prefer === 'cost' && someBase && !someStay) return 'base';
  if (someMove) return 'move';
  return someStay || !someBase ? 'stay' : 'base';
}

function saysNow(
  terms: Terms,
  rule: Rule,
  past: readonly Sample[],
  now: Sample,
  asked: readonly Asked[],
): Said {
  if (isBlind(terms, rule, past, now)) return 'stay';
  const counted = countedReadings(terms, rule, past, asked);
  if (isHeld(counted, (v) => isBreach(rule, v), rule.tarry)) return 'move';
  const { low } = rule;
  if (!low || !isHeld(counted, (v) => isLow(rule, low.threshold, v), low.tarry)) return 'stay';
  return place(terms, asked) === terms.base ? 'stay' : 'base';
}

function isBreach({ worse, threshold }: Rule, value: number): boolean {
  return worse === 'high' ? value > threshold : value < threshold;
}

function isLow({ worse }: Rule, lowthreshold: number, value: number): boolean {
  return worse === 'high' ? value < lowthreshold : value > lowthreshold;
}

/** “blind (a missing reading, or none for three intervals)”. */
function isBlind(terms: Terms, rule: Rule, past: readonly Sample[], now: Sample): boolean {
  const latest = past.filter(({ probe }) => probe === rule.probe).at(-1);
  if (!latest || latest.value === undefined) return true;
  return now.time - latest.time > 3 * (terms.intervals[rule.probe] ?? 0);
}

interface Present {
  readonly time: number;
  readonly value: number;
}

/** The present readings that a count is made of, oldest first. */
function countedReadings(
  terms: Terms,
  rule: Rule,
  past: readonly Sample[],
  asked: readonly Asked[],
): Present[] {
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
  const arrived = arrivals(terms, asked).filter((time) => time <= (past.at(-1)?.time ?? 0));
  return counted.filter(({ time }) => arrived.every((arrival) => time >= arrival));
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
function coolUntil(
  terms: Terms,
  past: readonly Sample[],
  now: Sample,
  asked: readonly Asked[],
): number {
  const arrival = arrivals(terms, asked).at(-1);
  if (arrival === undefined) return -Infinity;
  const unhelpful = movesInEpisode(terms, past, now, asked);
  const grown = terms.cooldown * terms.growth ** unhelpful;
  return arrival + Math.min(grown, Math.max(terms.cooldown, terms.cooldownMax));
}

/** “An episode runs from the first `move` until no breach was seen for `tarry`.” */
function movesInEpisode(
  terms: Terms,
  past: readonly Sample[],
  now: Sample,
  asked: readonly Asked[],
): number {
  let owner: Rule | undefined;
  let moves = 0;
  for (const sample of past) {
    const upToHere = past.slice(0, past.indexOf(sample) + 1);
    const seen = countedReadings(terms, owner ?? noRule(terms), upToHere, asked);
    if (owner && sample.probe === owner.probe && isCalm(owner, seen)) {
      owner = undefined;
      moves = 0;
    }
    const request = asked.find(({ time }) => time === sample.time && time < now.time);
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
