/**
 * Scenario files to scenarios, or to everything that is wrong with them, each mistake with its
 * place. A file is ini, read by the conf's own lexer: keys before any section hold for all its tests,
 * a section that is no `[test NAME]` is the conf's and overrides it.
 */
import { dirname, isAbsolute, join } from 'node:path';
import { readBounded, readSources } from '../../conf/files.ts';
import { Findings, placeOf } from '../../conf/findings.ts';
import { type Dialect, lex } from '../../conf/lex.ts';
import { FILE_MAX_BYTES } from '../../conf/lines.ts';
import { checkSources } from '../../conf/load.ts';
import type { Problem } from '../../conf/loaded.ts';
import { type Entry, type Section, titleOf } from '../../conf/sections.ts';
import { checkKeys, readSettings } from '../../conf/settings.ts';
import type { Conf } from '../../core/conf.ts';
import { nearest } from '../../core/nearest.ts';
import type { OptionsOf } from '../../core/options.ts';
import { plugins } from '../../daemon/plugins.ts';
import type { Terminal } from '../terminal.ts';
import { buildScenario } from './build.ts';
import { type Scenario, TEST } from './scenario.ts';

export interface ScenarioFile {
  readonly file: string;
  readonly scenarios: readonly Scenario[];
  readonly problems: readonly Problem[];
}

export type Settings = OptionsOf<typeof TEST>;

/** A test's section, in three parts. */
export interface Parts {
  readonly section: Section;
  readonly plain: ReadonlyMap<string, Entry>;
  /** What follows the word, and its entry: `35m` of `expect 35m`. */
  readonly series: readonly Worded[];
  readonly expect: readonly Worded[];
  readonly set: readonly Worded[];
}

export interface Worded {
  readonly about: string;
  readonly entry: Entry;
}

const DIALECT: Dialect = {
  /** A word, and what it is about: `expect 35m`, `series slow`, `set policy db idle`. */
  key: /^[A-Za-z0-9_.][A-Za-z0-9_.:+ -]{0,150}$/,
  /** `[test moves on the third slow reading]`. */
  sentences: ['test'],
};
const WORDS = ['series', 'expect', 'set'] as const;

export function readScenarios(file: string, { env }: Pick<Terminal, 'env'>): ScenarioFile {
  const findings = new Findings();
  const read = readBounded(file, FILE_MAX_BYTES);
  if (!read.ok) findings.problem({ file, line: 0 }, read.problem);
  const sections = read.ok ? (lex({ file, ...read.value }, findings, DIALECT) ?? []) : [];
  const scenarios = read.ok ? scenariosOf(file, sections, env, findings) : [];
  const { problems } = findings;
  return problems.length === 0
    ? { file, scenarios, problems }
    : { file, scenarios: [], problems: told(problems) };
}

/** Each mistake once, though it may concern several tests, in the order of the file's lines. */
function told(problems: readonly Problem[]): Problem[] {
  const key = ({ file, line, key, text }: Problem) => JSON.stringify([file, line, key, text]);
  const once = new Map(problems.map((problem) => [key(problem), problem]));
  return [...once.values()].toSorted((a, b) => a.line - b.line);
}

function scenariosOf(
  file: string,
  sections: readonly Section[],
  env: Terminal['env'],
  findings: Findings,
): Scenario[] {
  const common = sections.find(({ kind }) => kind === '');
  const tests = sections.filter(({ kind, odd }) => kind === 'test' && !odd);
  const inline = sections.filter(({ kind }) => kind !== '' && kind !== 'test');
  if (tests.length === 0) findings.problem({ file, line: 0 }, 'holds no test: [test NAME]');
  if (common) checkCommon(common, findings);
  const read = { common, inline, env, findings };
  return tests.map((section) => scenarioOf(section, read)).filter((each) => each !== undefined);
}

interface Around {
  readonly common: Section | undefined;
  readonly inline: readonly Section[];
  readonly env: Terminal['env'];
  readonly findings: Findings;
}

/** What is common to all tests is no expectation and no series: each test has its own. */
function checkCommon(common: Section, findings: Findings): void {
  const { file } = common;
  for (const entry of common.entries.values()) {
    const word = WORDS.find((each) => each === entry.key.split(' ')[0]);
    const remedy =
      word === 'set' ? "write the conf's [section] here" : 'it belongs in a [test NAME]';
    if (word) findings.problem({ file, line: entry.line, key: entry.key }, remedy);
  }
}

function scenarioOf(section: Section, around: Around): Scenario | undefined {
  const { findings, env, common } = around;
  if (section.name === undefined) {
    findings.problem(placeOf(section), 'needs a name: [test NAME]');
    return undefined;
  }
  const parts = partsOf(section, common, findings);
  const known = checkKeys({ ...section, entries: parts.plain }, [TEST], findings);
  const surroundings = { hostname: 'vm', zone: 'UTC', env, secrets: 'leave' as const };
  const context = { findings, effective: [], surroundings };
  const settings = readSettings(known, TEST, context);
  if (!settings) return undefined;
  const rules = rulesOf(parts, settings, around);
  return rules && buildScenario(parts, settings, rules, findings);
}

function partsOf(section: Section, common: Section | undefined, findings: Findings): Parts {
  const plain = new Map<string, Entry>();
  const worded: Record<(typeof WORDS)[number], Worded[]> = { series: [], expect: [], set: [] };
  // Shown without the test's title, where a mistake in it is told.
  for (const [key, entry] of common?.entries ?? []) plain.set(key, { ...entry, written: key });
  for (const [key, entry] of section.entries) {
    const [first = '', ...rest] = key.split(' ');
    const word = WORDS.find((each) => each === first);
    if (word) worded[word].push({ about: rest.join(' '), entry });
    else if (rest.length === 0) plain.set(key, entry);
    else findings.problem(placeOf(section, key), unknownWord(first));
  }
  return { section, plain: withoutWords(plain), ...worded };
}

function withoutWords(plain: ReadonlyMap<string, Entry>): ReadonlyMap<string, Entry> {
  const isWord = (key: string) => WORDS.some((word) => word === key.split(' ')[0]);
  return new Map([...plain].filter(([key]) => !isWord(key)));
}

function unknownWord(first: string): string {
  const near = nearest(first, WORDS);
  const hint = near === undefined ? `keys of two words begin with ${WORDS.join(', ')}` : '';
  return `unknown key (${hint || `did you mean ${near}?`})`;
}

/** The conf as the daemon would read it, then the sections of this file, then the test's own `set`. */
function rulesOf(parts: Parts, settings: Settings, around: Around): Conf | undefined {
  const { findings, inline, env } = around;
  const { section } = parts;
  const paths = (settings.conf ?? []).map((path) => beside(section.file, path));
  if (paths.length === 0 && inline.length === 0) {
    const remedy = "as in conf = vmmanage.conf, or the conf's sections in this file";
    findings.problem(placeOf(section), `no conf: name it, ${remedy}`);
    return undefined;
  }
  const before = findings.problems.length;
  const sources = paths.length === 0 ? [] : readSources(paths, findings);
  const changes = parts.set.map((each) => changeOf(each, section, findings));
  if (findings.problems.length > before) return undefined;
  const { vm: hostname, timezone } = settings;
  const surroundings = { hostname, zone: timezone ?? 'UTC', env, secrets: 'leave' as const };
  const more = [...inline, ...changes.filter((change) => change !== undefined)];
  const first = paths[0] ?? section.file;
  const { loaded, problems } = checkSources(sources, first, plugins(), surroundings, {
    sections: more,
  });
  for (const { text, ...place } of problems) findings.problem(place, text);
  return loaded?.rules;
}

function beside(file: string, path: string): string {
  return isAbsolute(path) ? path : join(dirname(file), path);
}

/** `set policy db idle = < 1 for 5` is what `idle` would be in `[policy db]`. */
function changeOf(
  { about, entry }: Worded,
  test: Section,
  findings: Findings,
): Section | undefined {
  const words = about.split(' ');
  const key = words.pop() ?? '';
  const [kind, name, ...more] = words;
  if (kind === undefined || more.length > 0) {
    const text = 'sets what: write set SECTION KEY, as in set constraints cooldown = off';
    findings.problem(placeOf(test, entry.key), text);
    return undefined;
  }
  const { file, line } = entry;
  const entries = new Map([[key, { ...entry, key, written: entry.key }]]);
  return { file, line, kind, name, title: titleOf(kind, name), entries };
}
