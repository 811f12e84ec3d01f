/**
 * Questions to whoever sits at the terminal, on standard error, so that standard output stays the command's.
 * Ctrl-C and Ctrl-D end the command: the question that stands is then answered with an error.
 */
import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';
import type { ReadStream, WriteStream } from 'node:tty';
import { CliError, EXIT } from './exit.ts';

export interface Prompt {
  /** One line, without blanks around it. */
  ask(question: string): Promise<string>;
  /** One line that isn't shown and is kept nowhere. */
  askSecret(question: string): Promise<string>;
  /** Aborts when the person wants the command to end. */
  readonly left: AbortSignal;
  close(): void;
}

/** Somebody wanted the command to end before it had done anything. */
export function interrupted(): CliError {
  return new CliError(EXIT.interrupted, 'interrupted; nothing was written');
}

export function openPrompt(input: ReadStream, output: WriteStream): Prompt {
  let hidden = false;
  const shown = new Writable({
    write(chunk, _, done) {
      if (hidden) done();
      else output.write(chunk, () => done());
    },
  });
  const lines = createInterface({ input, output: shown, terminal: true, historySize: 0 });
  const left = new AbortController();
  lines.once('SIGINT', () => lines.close());
  lines.once('close', () => left.abort());
  const ask = async (question: string) => {
    try {
      return (await lines.question(question, { signal: left.signal })).trim();
    } catch (error) {
      if (!left.signal.aborted) throw error;
      throw interrupted();
    }
  };
  return {
    ask,
    async askSecret(question) {
      output.write(question);
      hidden = true;
      try {
        return await ask('');
      } finally {
        hidden = false;
        output.write('\n');
      }
    },
    left: left.signal,
    close: () => lines.close(),
  };
}
