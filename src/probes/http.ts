/**
 * What any web page tells: how long it takes, the code it is answered with, or a number on it, found
 * by a JSON pointer or by the text before it. No pattern is ever run over a page: one that a
 * tenant writes could take for ever on a page that somebody else does.
 */
import { httpUrl } from '../core/option-shapes.ts';
import { text as anyText, choice } from '../core/option-types.ts';
import { type OptionsOf, optional, required } from '../core/options.ts';
import { quoted } from '../core/text.ts';
import { oneLine } from '../system/said.ts';
import { PAGE_OPTIONS, type Page, PageReader, rawPage, refusal } from './http-page.ts';
import { jsonPointer, numberAt } from './json-pointer.ts';
import { parseNumber } from './number.ts';
import {
  type Measurement,
  type Probe,
  type ProbeContext,
  type ProbeKind,
  withRaw,
} from './probe.ts';

const options = {
  url: required(httpUrl, {
    example: 'http://127.0.0.1:8080/health',
    help: 'The page. Its redirections are not followed.',
  }),
  measure: optional(choice('latency', 'status'), {
    example: 'latency',
    help: 'latency: from asking to the last byte, in ms, over a kept connection; status: the code of the answer, such as 200 or 503.',
  }),
  pointer: optional(jsonPointer, {
    example: '/queue/length',
    help: 'Instead: the number at this JSON pointer (RFC 6901).',
  }),
  after: optional(anyText, {
    example: 'Active connections:',
    help: 'Instead: the number that follows this text, which stands on the page once.',
  }),
  ...PAGE_OPTIONS,
};

type Options = OptionsOf<typeof options>;

const WAYS = ['measure', 'pointer', 'after'] as const;

export const http: ProbeKind<typeof options> = {
  kind: 'http',
  help: 'A web page: its latency, its status, or a number that stands on it.',
  worse: () => 'high',
  options,
  unit: ({ measure }) => (measure === 'latency' ? 'ms' : ''),
  conflict(chosen) {
    const [way, other] = WAYS.filter((key) => chosen[key] !== undefined);
    if (way === undefined) {
      const problem = 'must be given: latency or status, or else pointer = or after =';
      return { key: 'measure', problem };
    }
    return other && { key: other, problem: `says what to read, and so does ${way}; keep one` };
  },
  open: (chosen, context) => new HttpProbe(chosen, context),
};

class HttpProbe implements Probe {
  readonly #options: Options;
  readonly #pages: PageReader;

  constructor(chosen: Options, context: ProbeContext) {
    this.#options = chosen;
    this.#pages = new PageReader(chosen.url, chosen, context);
  }

  async read(signal: AbortSignal): Promise<Measurement> {
    const page = await this.#pages.read(signal);
    if ('failed' in page) return { missing: page.failed };
    return withRaw(measured(page, this.#options), () => rawPage(page));
  }

  close(): Promise<void> {
    return this.#pages.close();
  }
}

function measured(page: Page, { measure, pointer, after = '' }: Options): Measurement {
  if (measure === 'status') return { value: page.status };
  const refused = refusal(page);
  if (refused !== undefined) return { missing: refused };
  if (measure === 'latency') return { value: Math.round(page.tookMs * 100) / 100 };
  return pointer === undefined ? numberAfter(page.body, after) : numberAt(page.body, pointer);
}

/** Blanks, and a word that something ends: what the page ends may have been cut off. */
const WORD = /^[ \t]{0,100}([^ \t\r\n<>"'|;%)\]}]{1,64})(?=[ \t\r\n<>"'|;%)\]}])/;
const WORD_MAX = 200;

export function numberAfter(
  page: string,
  after: string,
): { readonly value: number } | { readonly missing: string } {
  const at = page.indexOf(after);
  if (at === -1) return { missing: `the page doesn't say ${quoted(after)}` };
  if (page.includes(after, at + 1)) return { missing: `the page says ${quoted(after)} twice` };
  const rest = page.slice(at + after.length, at + after.length + WORD_MAX);
  const word = WORD.exec(rest)?.[1];
  // A comma or a full stop after a number is the sentence's.
  const value = word === undefined ? undefined : parseNumber(word.replace(/[.,]$/, ''));
  if (value !== undefined) return { value };
  const [line = ''] = rest.split(/[\r\n]/);
  return { missing: `no number follows ${quoted(after)}: ${oneLine(line, 40)}` };
}
