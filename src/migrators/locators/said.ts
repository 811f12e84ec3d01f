/** The guest's place in a program's or a file's own words: `HOST` or `moving HOST` on one line. */
import type { Seen } from '../../core/locating.ts';
import { firstLine, oneLine } from '../../system/said.ts';

/** One of `hosts` on the only line; anything else is not believed. `verb`: how it came to say so. */
export function placeSaid(text: string, hosts: readonly string[], who: string, verb: string): Seen {
  const said = firstLine(text);
  // During a migration both hosts may list the guest: which of them is right nobody said.
  if (text.trim() !== said.trim()) return unknown(who, `${verb} more than one line`);
  const [, under, host = ''] = /^(moving\s+)?(\S+)$/.exec(said) ?? [];
  if (!hosts.includes(host)) {
    const other = `not a host of this site: ${oneLine(said)}`;
    return unknown(who, said === '' ? `${verb} nothing` : other);
  }
  const answers = [{ who, says: said }];
  return under === undefined
    ? { kind: 'at', host, answers }
    : { kind: 'moving', to: host, answers };
}

export function unknown(who: string, says: string): Seen {
  return { kind: 'unknown', answers: [{ who, says }] };
}
