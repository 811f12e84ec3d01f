/**
 * clouds.yaml, as OpenStack's own programs read it: one cloud of it, with what secure.yaml beside it
 * adds. Application credentials alone are taken. Nothing of what stands there gets into a message.
 */
import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { quoted } from '../../core/text.ts';
import { isMissing } from '../../system/files.ts';
import { CloudFailure } from './failure.ts';
import { own, recordOf, textAt } from './json.ts';

/** Who asks, and where. */
export interface Account {
  readonly authUrl: string;
  readonly id: string;
  readonly secret: string;
  readonly region: string | undefined;
  readonly interface: string | undefined;
  /** A file of authorities to trust. */
  readonly ca: string | undefined;
}

const FILE_MAX_BYTES = 256 * 1024;
/** Aliases can make a small file huge. */
const ALIASES_MAX = 50;

export async function readAccount(file: string, cloud: string): Promise<Account> {
  const clouds = await readYaml(file);
  if (clouds === undefined) throw refused(`there is no ${file}`);
  const secure = await readYaml(join(dirname(file), 'secure.yaml'));
  const found = accountOf(clouds, secure, cloud);
  if ('problem' in found) throw refused(`${file}: ${found.problem}`);
  return found;
}

/** `clouds` and `secure` are what the two files hold. Never throws. */
export function accountOf(
  clouds: unknown,
  secure: unknown,
  name: string,
): Account | { readonly problem: string } {
  const entry = own(own(clouds, 'clouds'), name);
  const more = own(own(secure, 'clouds'), name);
  if (recordOf(entry) === undefined) return { problem: `names no cloud ${quoted(name)}` };
  const auth = { ...recordOf(own(entry, 'auth')), ...recordOf(own(more, 'auth')) };
  const authUrl = textAt(auth, 'auth_url');
  const id = textAt(auth, 'application_credential_id');
  const secret = textAt(auth, 'application_credential_secret');
  if (authUrl === undefined) return { problem: `${quoted(name)} has no auth_url` };
  if (id === undefined || secret === undefined) {
    return { problem: `${quoted(name)} needs application_credential_id and its secret` };
  }
  if (own(entry, 'verify') === false) {
    return { problem: `${quoted(name)} has verify: false; give cacert instead` };
  }
  return {
    ...{ authUrl, id, secret },
    region: textAt(entry, 'region_name'),
    interface: textAt(entry, 'interface'),
    ca: textAt(entry, 'cacert'),
  };
}

/** What a file holds; undefined where there is none. The package is loaded where one is read. */
async function readYaml(file: string): Promise<unknown> {
  const text = await readPrivate(file);
  if (text === undefined) return undefined;
  const { default: yaml } = await import('yaml');
  const document = yaml.parseDocument(text, { logLevel: 'silent', prettyErrors: false });
  const [error] = document.errors;
  if (error) throw refused(`${file} is no YAML (${error.code} at character ${error.pos[0]})`);
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch {
    throw refused(`${file} holds too many aliases`);
  }
}

async function readPrivate(file: string): Promise<string | undefined> {
  try {
    const { mode, size } = await stat(file);
    if ((mode & 0o007) !== 0) throw refused(`others can read ${file}: chmod o= ${file}`);
    if (size > FILE_MAX_BYTES) throw refused(`${file} is larger than ${FILE_MAX_BYTES} bytes`);
    return await readFile(file, 'utf8');
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (error instanceof CloudFailure) throw error;
    throw refused(`${file} can't be read (${(error as NodeJS.ErrnoException).code})`);
  }
}

function refused(text: string): CloudFailure {
  return new CloudFailure(`OpenStack: ${text}`, 'refused');
}
