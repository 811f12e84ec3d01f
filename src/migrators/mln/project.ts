/**
 * MLN's project files (1.0.8): blocks `host nii3 {` … `}`, lines `key value` and `$name = value`, comments
 * from a `#`. Only what tells where one guest runs is understood; all else, the password too, is
 * kept as it stands and repeated nowhere. Pure.
 */

/** A project of a few guests has a few KiB. */
export const PROJECT_MAX_BYTES = 64 * 1024;
const DEPTH_MAX = 16;

export interface Project {
  readonly lines: readonly string[];
  /** Which of them is the guest's `service_host`, and its value. */
  readonly index: number;
  readonly serviceHost: string;
}

export type ReadProject = Project | { readonly wrong: string };

/** What a block is called that stands within another, or isn't `vm`'s, doesn't matter. */
interface Block {
  readonly ofGuest: boolean;
}

/** Never throws; a `wrong` names the line, and nothing that stands in it. */
export function readProject(bytes: Uint8Array, vm: string): ReadProject {
  if (bytes.length > PROJECT_MAX_BYTES) return { wrong: 'is too long for a project' };
  const text = textOf(bytes);
  if (text === undefined) return { wrong: 'is no text' };
  const lines = text.split('\n');
  const open: Block[] = [];
  const found: { index: number; serviceHost: string }[] = [];
  for (const [index, line] of lines.entries()) {
    const wrong = take(withoutComment(line), vm, open, (serviceHost) => {
      found.push({ index, serviceHost });
    });
    if (wrong !== undefined) return { wrong: `line ${index + 1}: ${wrong}` };
  }
  if (open.length > 0) return { wrong: 'ends within a block' };
  const [one, another] = found;
  if (!one) return { wrong: `has no service_host of its own in a block host ${vm}` };
  return another ? { wrong: `has two service_host of ${vm}` } : { lines, ...one };
}

/** The same project with the guest at another host. */
export function withServiceHost({ lines, index }: Project, host: string): string {
  const changed = (lines[index] ?? '').replace(/(service_host\s+)\S+/, (_, key) => `${key}${host}`);
  return lines.with(index, changed).join('\n');
}

/** As a word of a command line, too. */
export function isServiceHost(word: string): boolean {
  return /^[A-Za-z0-9][A-Za-z0-9.:_-]{0,252}$/.test(word);
}

/** One line; what is wrong with it, if anything is. */
function take(
  line: string,
  vm: string,
  open: Block[],
  found: (serviceHost: string) => void,
): string | undefined {
  if (line === '}') return open.pop() ? undefined : 'closes a block that is not open';
  const words = line.split(/\s+/);
  if (words.at(-1) === '{' && !/[{}]/.test(line.slice(0, -1)) && words.length > 1) {
    if (open.length >= DEPTH_MAX) return 'opens too many blocks';
    open.push({ ofGuest: open.length === 0 && isHostOf(words, vm) });
    return undefined;
  }
  if (/[{}]/.test(line)) return 'has a brace where none belongs';
  if (words[0] !== 'service_host' || open.length !== 1 || !open[0]?.ofGuest) return undefined;
  const [, host = '', more] = words;
  if (more !== undefined || !isServiceHost(host)) return 'its service_host is no name of a host';
  found(host);
  return undefined;
}

function isHostOf([kind, name, brace]: readonly string[], vm: string): boolean {
  return kind === 'host' && name === vm && brace === '{';
}

function withoutComment(line: string): string {
  return line.replace(/(^|\s)#[\s\S]*$/, '').trim();
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    return /[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}
