/**
 * A mail message for `sendmail -t` (RFC 5322, 2045, 2047). Pure. Whatever a text holds, it can't
 * become a header: control characters are escaped, and what isn't plain ASCII is encoded.
 */
import { printable } from '../core/text.ts';

export interface Mail {
  readonly to: readonly string[];
  readonly subject: string;
  readonly body: string;
}

/** RFC 2047: an encoded word has 75 characters at most, and so many bytes go into one. */
const WORD_BYTES = 42;
const SUBJECT_MAX = 200;
/** RFC 2045 6.8. */
const LINE_MAX = 76;

export function formatMail({ to, subject, body }: Mail): string {
  const headers = [
    `To: ${to.join(',\n ')}`,
    `Subject: ${encodedHeader(subject)}`,
    // RFC 3834: no vacation message answers a machine.
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
  ];
  const encoded = Buffer.from(body, 'utf8').toString('base64');
  const lines = encoded.match(new RegExp(`.{1,${LINE_MAX}}`, 'g')) ?? [];
  return [...headers, '', ...lines, ''].join('\n');
}

function encodedHeader(text: string): string {
  const line = printable(text).slice(0, SUBJECT_MAX).trim();
  if (/^[\x20-\x7e]*$/.test(line) && !line.includes('=?')) return line;
  return chunks(line).map(encodedWord).join('\n ');
}

function encodedWord(text: string): string {
  return `=?utf-8?B?${Buffer.from(text, 'utf8').toString('base64')}?=`;
}

/** A character's bytes stay in one word. */
function chunks(text: string): string[] {
  const all: string[] = [];
  for (const char of text) {
    const last = all.at(-1);
    if (last === undefined || Buffer.byteLength(last + char) > WORD_BYTES) all.push(char);
    else all[all.length - 1] = last + char;
  }
  return all;
}
