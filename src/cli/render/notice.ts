/** What the sink has to say, as a line. Pure. */
import { printable } from '../../core/text.ts';
import type { Notice } from '../../sink/notice.ts';

/** `warn: too many connections limit=1000`. */
export function noticeText({ level, text, fields }: Notice): string {
  const named = Object.entries(fields).map(([name, value]) => `${name}=${value}`);
  return printable([`${level}: ${text}`, ...named].join(' '));
}
