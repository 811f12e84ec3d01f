/**
 * What a scenario expects: `nothing`, a request (`move host1 -> host2 by db`), or how things stand
 * (`at host2`, `held by cooldown`, `stay`). Words that name nothing in the conf, and what could never
 * come true under it, are refused. Pure.
 */
import { nearest } from '../../core/nearest.ts';
import { bad, good } from '../../core/option-types.ts';
import type { Parsed } from '../../core/options.ts';
import type { Requested } from '../../core/simulated.ts';
import { quoted } from '../../core/text.ts';
import type { Ask } from '../../core/words.ts';

export type Claim =
  | { readonly kind: 'nothing' }
  | RequestClaim
  | { readonly kind: 'at'; readonly host: string }
  | HeldClaim
  | { readonly kind: 'stay'; readonly by: string | undefined };

/** What is left out may be anything. */
export interface RequestClaim {
  readonly kind: 'request';
  readonly verdict: Ask;
  readonly from: string | undefined;
  readonly to: string | undefined;
  readonly by: string | undefined;
  /** Otherwise it is confirmed. */
  readonly failed: boolean;
}

export interface HeldClaim {
  readonly kind: 'held';
  readonly verdict: Ask | undefined;
  readonly gate: string | undefined;
}

/** The names that there are. */
export interface Names {
  readonly hosts: readonly string[];
  /** Where each verdict can lead to. */
  readonly targets: Readonly<Record<Ask, readonly string[]>>;
  readonly policies: readonly string[];
  readonly gates: readonly string[];
}

const ASK = '(move|base|away|home)';
const REQUEST = new RegExp(
  `^(failed\\s+)?${ASK}(?:(?:\\s+(\\S+))?\\s*->\\s*(\\S+))?(?:\\s+by\\s+(\\S+))?$`,
);
const HELD = new RegExp(`^(?:${ASK}\\s+)?held(?:\\s+by\\s+(\\S.*))?$`);
const AT = /^at\s+(\S+)$/;
const STAY = /^stay(?:\s+by\s+(\S+))?$/;
const WORDS = ['nothing', 'stay', 'held', 'at', 'move', 'base', 'away', 'home', 'failed'];

/** `move -> host2, at host1`: all of it is expected. */
export function parseClaims(text: string, names: Names): Parsed<readonly Claim[]> {
  const claims: Claim[] = [];
  for (const part of text.split(',').map((each) => each.trim())) {
    const claim = parseClaim(part, names);
    if (!claim.ok) return claim;
    claims.push(claim.value);
  }
  const kinds = claims.map(({ kind }) => kind);
  const both = kinds.includes('nothing') && kinds.includes('request');
  return both ? bad('expects nothing and a request at once') : good(claims);
}

function parseClaim(text: string, names: Names): Parsed<Claim> {
  if (text === 'nothing') return good({ kind: 'nothing' });
  const request = REQUEST.exec(text);
  if (request) return requestFrom(request, names);
  const held = HELD.exec(text);
  if (held) return heldFrom(held, names);
  const [, host] = AT.exec(text) ?? [];
  if (host !== undefined) return checked({ kind: 'at', host }, known('host', host, names.hosts));
  const stay = STAY.exec(text);
  if (stay) return stayFrom(stay[1], names);
  return bad(`${quoted(text)} ${remedy(text)}`);
}

function remedy(text: string): string {
  const [word = '', name] = text.split(/\s+/);
  if (/^(move|base|away|home)$/.test(word) && name !== undefined && !text.includes('->')) {
    return `is no expectation: where to follows an arrow, ${word} -> ${name}`;
  }
  const near = WORDS.includes(word) ? undefined : nearest(word, WORDS);
  if (near !== undefined) return `is no expectation (did you mean ${near}?)`;
  return 'is no expectation such as nothing, move host1 -> host2, at host2, held by cooldown or stay';
}

function requestFrom(match: RegExpExecArray, names: Names): Parsed<Claim> {
  const [, word, verdict = 'move', from, to, by] = match;
  const failed = word !== undefined;
  const claim = { kind: 'request', verdict: verdict as Ask, from, to, by, failed } as const;
  const wrong =
    known('host', from, names.hosts) ??
    known('host', to, names.hosts) ??
    known('policy', by, names.policies) ??
    never(claim, names);
  return checked(claim, wrong);
}

function never({ verdict, from, to }: RequestClaim, { targets }: Names): string | undefined {
  const possible = targets[verdict];
  if (possible.length === 0) return `can never be: the conf has no ${NOWHERE[verdict]}`;
  if (to === undefined || to === from) {
    return to && `can never be: ${to} is where it is already`;
  }
  return possible.includes(to)
    ? undefined
    : `can never be: a ${verdict} leads to ${possible.join(', ')}`;
}

const NOWHERE: Readonly<Record<Ask, string>> = {
  move: 'host for it',
  base: 'base',
  away: 'site with role = away',
  home: 'site with role = away to come home from',
};

function heldFrom([, verdict, gate]: RegExpExecArray, names: Names): Parsed<Claim> {
  const claim = { kind: 'held', verdict: verdict as Ask | undefined, gate } as const;
  return checked(claim, known('gate', gate, names.gates));
}

function stayFrom(by: string | undefined, names: Names): Parsed<Claim> {
  return checked({ kind: 'stay', by }, known('policy', by, names.policies));
}

function checked(claim: Claim, wrong: string | undefined): Parsed<Claim> {
  return wrong === undefined ? good(claim) : bad(wrong);
}

/** What is wrong with a name, and the nearest one or all that there are. */
export function known(
  what: string,
  name: string | undefined,
  names: readonly string[],
): string | undefined {
  if (name === undefined || names.includes(name)) return undefined;
  const near = nearest(name, names);
  const hint = near === undefined ? `there are ${names.join(', ')}` : `did you mean ${near}?`;
  return `no ${what} ${quoted(name)} in the conf (${hint})`;
}

export function claimText(claim: Claim): string {
  switch (claim.kind) {
    case 'nothing':
      return 'nothing';
    case 'request':
      return requestText(claim);
    case 'at':
      return `at ${claim.host}`;
    case 'held':
      return [claim.verdict, 'held', ...(claim.gate === undefined ? [] : ['by', claim.gate])]
        .filter((word) => word !== undefined)
        .join(' ');
    case 'stay':
      return claim.by === undefined ? 'stay' : `stay by ${claim.by}`;
  }
}

/** As a scenario would write it. */
export function requestText({ verdict, from, to, by, failed }: Omit<RequestClaim, 'kind'>): string {
  const way = to === undefined ? '' : ` ${from === undefined ? '' : `${from} `}-> ${to}`;
  return `${failed ? 'failed ' : ''}${verdict}${way}${by === undefined ? '' : ` by ${by}`}`;
}

/** What was asked for, in the same words. */
export function madeText({ verdict, from, to, policy: by, outcome }: Requested): string {
  return requestText({ verdict, from, to, by, failed: outcome === 'failed' });
}

export function matches(claim: RequestClaim, made: Requested): boolean {
  const { verdict, from, to, by, failed } = claim;
  return (
    verdict === made.verdict &&
    (from === undefined || from === made.from) &&
    (to === undefined || to === made.to) &&
    (by === undefined || by === made.policy) &&
    failed === (made.outcome === 'failed')
  );
}
