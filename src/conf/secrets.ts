/**
 * Secrets: written as `password_file = PATH`, `credential = NAME` (a file in systemd's
 * $CREDENTIALS_DIRECTORY), `password = ${VARIABLE}`, or as they are in a file that only its owner
 * and group can read. Nothing here puts a secret into a message.
 */
import { join } from 'node:path';
import { bad, good, path, pattern } from '../core/option-types.ts';
import { type OptionsTable, optional, type Parsed } from '../core/options.ts';
import { quoted } from '../core/text.ts';
import type { Context, Surroundings } from './context.ts';
import { readBounded } from './files.ts';
import { placeOf } from './findings.ts';
import type { Entry, Section } from './sections.ts';

/** What stands for a secret wherever a conf is shown. */
export const HIDDEN = '(secret)';

const SECRET_MAX_BYTES = 64 * 1024;
const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

/** The keys under which one secret may be given. */
export interface SecretKeys {
  readonly literal: string;
  readonly file: string;
  readonly credential: string;
}

export function secretKeys(table: OptionsTable): SecretKeys[] {
  const literals = Object.keys(table).filter((key) => table[key]?.secret);
  return literals.map((literal) => ({
    literal,
    file: `${literal}_file`,
    credential: literals.length === 1 ? 'credential' : `${literal}_credential`,
  }));
}

/** A table with the further keys that its secrets bring along. */
export function withSecretKeys(table: OptionsTable): OptionsTable {
  const further = secretKeys(table).flatMap(({ literal, file, credential }) => [
    [file, optional(path, { example: `/etc/vmmanage/${literal}`, help: FILE_HELP(literal) })],
    [credential, optional(credentialName, { example: literal, help: CREDENTIAL_HELP(literal) })],
  ]);
  return { ...table, ...Object.fromEntries(further) };
}

const FILE_HELP = (key: string) => `A file that holds the ${key}, for its readers only.`;
const CREDENTIAL_HELP = (key: string) => `The ${key}, as systemd's LoadCredential= names it.`;
const credentialName = pattern(/^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/, 'the name of a credential');

/** The secret's text; undefined where there is none, where it is wrong, or where it is left alone. */
export function readSecret(
  section: Section,
  keys: SecretKeys,
  { findings, surroundings }: Context,
): string | undefined {
  const [entry, second] = givenEntries(section, keys);
  if (!entry || entry.broken) return undefined;
  if (second) {
    const text = `is given too, as ${entry.key} in ${entry.file}:${entry.line}; keep one of them`;
    findings.problem(placeOf(section, second.key), text);
    return undefined;
  }
  if (isOutOfSight(entry, keys, surroundings)) {
    const text = 'only the daemon can look at this: systemd hands it over (LoadCredential=)';
    findings.warning(placeOf(section, entry.key), text);
    return undefined;
  }
  const secret = resolve(entry, keys, surroundings);
  if (!secret.ok) findings.problem(placeOf(section, entry.key), secret.problem);
  return secret.ok ? secret.value : undefined;
}

function isOutOfSight(entry: Entry, keys: SecretKeys, { secrets, env }: Surroundings): boolean {
  if (entry.key !== keys.credential || !credentialName.parse(entry.value).ok) return false;
  return secrets === 'look' && !env['CREDENTIALS_DIRECTORY'];
}

export function givenEntries(section: Section, keys: SecretKeys): Entry[] {
  const given = [keys.literal, keys.file, keys.credential].map((key) => section.entries.get(key));
  return given.filter((entry) => entry !== undefined);
}

function resolve(
  entry: Entry,
  keys: SecretKeys,
  surroundings: Surroundings,
): Parsed<string | undefined> {
  if (entry.key === keys.literal) return resolveLiteral(entry, surroundings);
  const isFile = entry.key === keys.file;
  const named = (isFile ? path : credentialName).parse(entry.value);
  if (!named.ok || surroundings.secrets === 'leave') return named.ok ? good(undefined) : named;
  if (isFile) return readSecretFile(named.value);
  const folder = surroundings.env['CREDENTIALS_DIRECTORY'];
  if (!folder) return bad('$CREDENTIALS_DIRECTORY is not set; systemd sets it (LoadCredential=)');
  return readSecretFile(join(folder, named.value));
}

function resolveLiteral(entry: Entry, { env, secrets }: Surroundings): Parsed<string | undefined> {
  const { value, file, exposed } = entry;
  if (value === HIDDEN) return bad(`${HIDDEN} only stands for the secret where a conf is shown`);
  if (exposed && value.replace(VARIABLE, '') !== '') {
    return bad(
      `others can read this secret: chmod o= ${file}, or give ${entry.key}_file or a \${VARIABLE}`,
    );
  }
  if (secrets === 'leave') return good(undefined);
  const unset = [...value.matchAll(VARIABLE)].find(([, name]) => env[name ?? ''] === undefined);
  if (unset) return bad(`the environment has no ${unset[1]}`);
  return good(value.replace(VARIABLE, (_, name: string) => env[name] ?? ''));
}

function readSecretFile(file: string): Parsed<string> {
  const read = readBounded(file, SECRET_MAX_BYTES);
  if (!read.ok) return bad(`${quoted(file)} ${read.problem}`);
  if (read.value.exposed) return bad(`others can read this secret: chmod o= ${file}`);
  const text = new TextDecoder().decode(read.value.bytes).replace(/\r?\n$/, '');
  if (text === '') return bad(`${quoted(file)} is empty`);
  return /[\0\r\n]/.test(text) ? bad(`${quoted(file)} holds more than one line`) : good(text);
}

/** How a secret's own key is shown: a mere reference to a variable tells nothing. */
export function shownSecret(value: string): string {
  return /^\$\{[A-Za-z_][A-Za-z0-9_]*\}$/.test(value) ? value : HIDDEN;
}
