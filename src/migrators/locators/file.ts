/** A file into which the provider, or a tool on the hosts, writes where the guest is. */
import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import type { Seen } from '../../core/locating.ts';
import { durationWithin, path } from '../../core/option-types.ts';
import { type OptionsOf, optional, required } from '../../core/options.ts';
import { formatSpan } from '../../core/text.ts';
import { oneLine } from '../../system/said.ts';
import type { Locator } from '../migrator.ts';
import type { LocatorContext, LocatorKind } from './locator.ts';
import { placeSaid, unknown } from './said.ts';

const options = {
  path: required(path, {
    example: '/run/provider/host',
    help: 'The file; one line, the name of the host that the guest is on, or moving HOST.',
  }),
  max_age: optional(durationWithin({ min: 1000 }), {
    example: '10m',
    help: 'A file that was written longer ago tells nothing; however old by default.',
  }),
};

type Options = OptionsOf<typeof options>;

export const fileLocator: LocatorKind<typeof options> = {
  kind: 'file',
  help: 'The provider writes into a file on which host the guest is.',
  options,
  open: (chosen, context) => new FileLocator(chosen, context),
};

/** More than a host's name, and no more: it isn't ours. */
const MAX_BYTES = 4096;

class FileLocator implements Locator {
  readonly onlyWarns = true;
  readonly #options: Options;
  readonly #context: LocatorContext;

  constructor(chosen: Options, context: LocatorContext) {
    this.#options = chosen;
    this.#context = context;
  }

  async locate(): Promise<Seen> {
    const { path: file, max_age: maxAgeMs } = this.#options;
    try {
      const { text, writtenMs } = await read(file);
      const ageMs = Math.max(0, this.#context.clock.now().wallMs - writtenMs);
      const age = `written ${formatSpan(ageMs)} ago`;
      if (maxAgeMs !== undefined && ageMs > maxAgeMs) return unknown(file, `too old, ${age}`);
      const word = placeSaid(text, this.#context.hosts, file, 'holds');
      return {
        ...word,
        answers: word.answers.map(({ who, says }) => ({ who, says: `${says}, ${age}` })),
      };
    } catch (error) {
      return unknown(file, reasonOf(error));
    }
  }
}

async function read(file: string): Promise<{ text: string; writtenMs: number }> {
  // A pipe that nobody writes to would otherwise never open.
  const handle = await open(file, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const about = await handle.stat();
    if (!about.isFile()) throw new Error('is no file');
    const { bytesRead, buffer } = await handle.read(
      Buffer.alloc(MAX_BYTES + 1),
      0,
      MAX_BYTES + 1,
      0,
    );
    if (bytesRead > MAX_BYTES) throw new Error(`holds more than ${MAX_BYTES} bytes`);
    return { text: buffer.toString('utf8', 0, bytesRead), writtenMs: about.mtimeMs };
  } finally {
    await handle.close();
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return 'unreadable';
  const code = 'code' in error ? String(error.code) : undefined;
  return oneLine(code === 'ENOENT' ? 'there is no such file' : (code ?? error.message));
}
