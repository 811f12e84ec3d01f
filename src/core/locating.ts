/**
 * What several locators' words make of the guest's place (DESIGN.md §7). Some decide, the others only
 * warn, and a word counts for the site that it names: where a site has nobody who decides, those who
 * would only warn decide. Those who decide and contradict each other know nothing together.
 */
import type { Answer, Sighting } from './sighting.ts';

/** What one locator says. */
export type Word = Seen | Inside;

export type Seen = Sighting & {
  /** Hosts that it knows the guest not to be at, or not at alone. */
  readonly notAt?: readonly string[];
};

/** The site is known, not the host. */
export interface Inside {
  readonly kind: 'inside';
  readonly site: string;
  readonly answers: readonly Answer[];
}

export interface Witness {
  /** No two have the same. */
  readonly id: string;
  /** Only where a site has nobody who decides does its word count there. */
  readonly onlyWarns: boolean;
  readonly word: Word;
}

/** A site, as far as the guest's place is concerned. */
export interface Ground {
  readonly name: string;
  /** Its base included. */
  readonly hosts: readonly string[];
  /** The ids of those who are asked about it. */
  readonly locators: readonly string[];
}

export interface Located {
  readonly sighting: Sighting;
  /** In the order of the witnesses. */
  readonly parts: readonly Part[];
}

/** What became of one witness's word. */
export interface Part {
  readonly decides: boolean;
  /** Its word only warns, and says another place than the sighting. */
  readonly contradicts: boolean;
}

export function locate(witnesses: readonly Witness[], grounds: readonly Ground[]): Located {
  const decides = witnesses.map((witness) => isDeciding(witness, witnesses, grounds));
  const deciding = witnesses.filter((_, i) => decides[i]).map(({ word }) => word);
  const sighting = sightingOf(deciding, answersOf(witnesses, decides), grounds);
  const parts = witnesses.map(({ word }, i) => ({
    decides: decides[i] === true,
    contradicts: decides[i] === false && sighting.kind === 'at' && denies(word, sighting, grounds),
  }));
  return { sighting, parts };
}

/** Those first whose word counts. */
function answersOf(witnesses: readonly Witness[], decides: readonly boolean[]): Answer[] {
  const counting = witnesses.filter((_, i) => decides[i]);
  const others = witnesses.filter((_, i) => !decides[i]);
  return [...counting, ...others].flatMap(({ word }) => word.answers);
}

function isDeciding(
  witness: Witness,
  witnesses: readonly Witness[],
  grounds: readonly Ground[],
): boolean {
  if (!witness.onlyWarns) return true;
  const site = siteOf(witness.word, grounds);
  const about = grounds.filter(
    ({ name, locators }) => locators.includes(witness.id) && (site ?? name) === name,
  );
  return about.some(({ locators }) =>
    witnesses.every(({ id, onlyWarns }) => onlyWarns || !locators.includes(id)),
  );
}

/** The site that a word names; undefined where it names none. */
function siteOf(word: Word, grounds: readonly Ground[]): string | undefined {
  if (word.kind === 'inside') return word.site;
  const host = word.kind === 'at' ? word.host : word.kind === 'moving' ? word.to : undefined;
  return host === undefined ? undefined : grounds.find(({ hosts }) => hosts.includes(host))?.name;
}

function sightingOf(
  words: readonly Word[],
  answers: readonly Answer[],
  grounds: readonly Ground[],
): Sighting {
  const [acting, another] = words.filter((word) => word.kind === 'at' && word.clone);
  if (acting?.kind === 'at' && !another) return { ...acting, answers };
  const moving = words.find(({ kind }) => kind === 'moving');
  if (moving?.kind === 'moving') return { kind: 'moving', to: moving.to, answers };
  const said = words.flatMap((word) => (word.kind === 'at' ? [word.host] : []));
  const host = said[0] ?? onlyHost(words, grounds);
  if (host === undefined) return { kind: 'unknown', answers };
  const seen: Sighting = { kind: 'at', host, answers };
  return words.some((word) => denies(word, seen, grounds)) ? { kind: 'unknown', answers } : seen;
}

/** Where the site is known, and has one host. */
function onlyHost(words: readonly Word[], grounds: readonly Ground[]): string | undefined {
  const inside = words.find(({ kind }) => kind === 'inside');
  if (inside?.kind !== 'inside') return undefined;
  const [host, second] = grounds.find(({ name }) => name === inside.site)?.hosts ?? [];
  return second === undefined ? host : undefined;
}

/** Whether a word can't be true together with this place. */
function denies(word: Word, { host }: { host: string }, grounds: readonly Ground[]): boolean {
  if ('notAt' in word && word.notAt?.includes(host)) return true;
  if (word.kind === 'at') return word.host !== host;
  if (word.kind === 'moving') return word.to !== host;
  if (word.kind !== 'inside') return false;
  return !grounds.some(({ name, hosts }) => name === word.site && hosts.includes(host));
}
