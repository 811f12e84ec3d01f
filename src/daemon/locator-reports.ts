/** What each locator said at the latest look, for `where` and `status`. */
import type { LocatorReport } from '../wire/control.ts';
import { iso } from './past.ts';
import { type Look, placeOf } from './witnesses.ts';

export function locatorReports(looks: readonly Look[]): LocatorReport[] {
  return looks.map(({ name, asks, decides, contradicts, word, lookedMs, known }) => ({
    name,
    ...(asks === undefined ? {} : { asks }),
    decides,
    contradicts,
    word: placeOf(word),
    looked: iso(lookedMs),
    ...(known ? { known: { word: placeOf(known.word), looked: iso(known.lookedMs) } } : {}),
    answers: word.answers,
  }));
}
