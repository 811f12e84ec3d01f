/**
 * A scenario's expectations held against what happened. What isn't as expected comes with what
 * happened instead, and why. Pure.
 */
import type { Requested } from '../../core/simulated.ts';
import { later } from '../../core/time.ts';
import { type Claim, claimText, madeText, matches, type RequestClaim } from './claims.ts';
import { momentText, offsetText, type When, whenText } from './moments.ts';
import { type Moment, momentAt, type Played, play } from './play.ts';
import type { Expectation, Scenario } from './scenario.ts';
import { notAsClaimed } from './standing.ts';
import { whyMade, whyThen } from './why.ts';

export interface Failure {
  readonly line: number;
  /** The line of the scenario as it is written; undefined where a request was not expected. */
  readonly written: string | undefined;
  readonly expected: string;
  readonly happened: string;
  readonly because: readonly string[];
}

export interface Verdict {
  readonly scenario: Scenario;
  readonly played: Played;
  readonly failures: readonly Failure[];
}

interface Trial {
  readonly scenario: Scenario;
  readonly played: Played;
  /** Requests that an expectation has spoken of. */
  readonly named: Set<Requested>;
}

export function judge(scenario: Scenario): Verdict {
  const played = play(scenario);
  const trial = { scenario, played, named: new Set<Requested>() };
  const { expectations } = scenario;
  // Single moments first: a span shouldn't take the request that a moment is sure of.
  const exact = expectations.toSorted((a, b) => spanOf(a) - spanOf(b));
  const failures = exact.flatMap((expectation) => failuresOf(expectation, trial));
  const all = [...failures, ...(scenario.strict ? unexpected(trial) : [])];
  return { scenario, played, failures: all.toSorted((a, b) => a.line - b.line) };
}

function spanOf({ when }: Expectation): number {
  return when.toMs - when.fromMs;
}

function failuresOf(expectation: Expectation, trial: Trial): Failure[] {
  const { claims } = expectation;
  const requests = claims.filter((claim) => claim.kind === 'request');
  return [
    ...requestFailures(expectation, requests, trial),
    ...claims.flatMap((claim) => claimFailures(expectation, claim, trial)),
  ];
}

/** Each claim takes one request; those of the span that are left may belong to other claims. */
function requestFailures(
  expectation: Expectation,
  claims: readonly RequestClaim[],
  trial: Trial,
): Failure[] {
  const lacking = claims.filter((claim) => {
    const made = within(expectation.when, trial).find(
      (request) => !trial.named.has(request) && matches(claim, request),
    );
    if (made) trial.named.add(made);
    return made === undefined;
  });
  return lacking.map((claim) => lackingFailure(expectation, claim, trial));
}

function within({ fromMs, toMs }: When, { played }: Trial): Requested[] {
  return played.simulated.requests.filter(({ atMs }) => atMs >= fromMs && atMs <= toMs);
}

/** Another request at that time is what came instead; it isn't told a second time. */
function lackingFailure(expectation: Expectation, claim: RequestClaim, trial: Trial): Failure {
  const { when } = expectation;
  const { axis } = trial.scenario;
  const other = within(when, trial).find((request) => !trial.named.has(request));
  if (other) {
    trial.named.add(other);
    const happened = `${madeText(other)}, at ${momentText(other.atMs, axis)}`;
    return failure(expectation, claim, when, trial, { happened, because: whyMade(other) });
  }
  const because = whyThen(trial, when.toMs);
  return failure(expectation, claim, when, trial, { happened: noneThen(when, trial), because });
}

function noneThen(when: When, { scenario: { axis }, played }: Trial): string {
  const { requests } = played.simulated;
  if (requests.length === 0) return 'nothing was asked for at any time';
  const away = ({ atMs }: Requested) => Math.max(when.fromMs - atMs, atMs - when.toMs);
  const [nearest] = requests.toSorted((a, b) => away(a) - away(b));
  if (!nearest) return 'nothing was asked for';
  const text = `${madeText(nearest)}, at ${momentText(nearest.atMs, axis)}`;
  return away(nearest) <= 0
    ? `nothing more was asked for than what other lines expect`
    : `nothing was asked for then; the nearest is ${text}`;
}

function claimFailures(expectation: Expectation, claim: Claim, trial: Trial): Failure[] {
  if (claim.kind === 'request') return [];
  if (claim.kind === 'nothing') return nothingFailures(expectation, claim, trial);
  for (const { state, at } of looked(expectation.when, trial.played)) {
    const happened = notAsClaimed(claim, { state, conf: trial.scenario.rules, at });
    if (happened === undefined) continue;
    const then = { fromMs: at.wallMs, toMs: at.wallMs };
    const because = whyThen(trial, at.wallMs);
    return [failure(expectation, claim, then, trial, { happened, because })];
  }
  return [];
}

/** How things stood when the span began, and after everything that happened in it. */
function looked({ fromMs, toMs }: When, played: Played): Pick<Moment, 'state' | 'at'>[] {
  const before = momentAt(played, fromMs);
  const inside = played.moments.filter(({ at }) => at.wallMs > fromMs && at.wallMs <= toMs);
  if (!before) return inside;
  return [{ state: before.state, at: later(before.at, fromMs - before.at.wallMs) }, ...inside];
}

function nothingFailures(expectation: Expectation, claim: Claim, trial: Trial): Failure[] {
  const made = within(expectation.when, trial);
  for (const request of made) trial.named.add(request);
  return made.map((request) => {
    const happened = `${madeText(request)}, at ${momentText(request.atMs, trial.scenario.axis)}`;
    const because = whyMade(request);
    return failure(expectation, claim, expectation.when, trial, { happened, because });
  });
}

function failure(
  { line, written }: Expectation,
  claim: Claim,
  when: When,
  { scenario }: Trial,
  found: Pick<Failure, 'happened' | 'because'>,
): Failure {
  const expected = `${claimText(claim)}, ${whenText(when, scenario.axis)}`;
  return { line, written, expected, ...found };
}

function unexpected({ scenario, played, named }: Trial): Failure[] {
  const { axis, line } = scenario;
  const extra = played.simulated.requests.filter((request) => !named.has(request));
  return extra.map((request) => {
    const made = madeText(request);
    const remedy = `where it is meant: expect ${offsetText(request.atMs - axis.startMs)} = ${made}`;
    return {
      line,
      written: undefined,
      expected: 'no other request than those that are expected (strict)',
      happened: `${made}, at ${momentText(request.atMs, axis)}`,
      because: [...whyMade(request), remedy],
    };
  });
}
