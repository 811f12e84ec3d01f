/** What was learned of the hosts, and in which order they are tried, put in words for `status`, `hosts` and `explain`. */
import type { Conf, Site } from '../core/conf.ts';
import { lessonsText, score } from '../core/lessons.ts';
import type { Lesson, State } from '../core/state.ts';
import { type Candidate, currentHost, siteOf } from '../core/targets.ts';
import type { Stamp } from '../core/time.ts';
import type { Ask } from '../core/words.ts';
import type { LearnedReport } from '../wire/control.ts';

/** Of a `Sight`. */
interface Moment {
  readonly state: State;
  readonly conf: Conf;
  readonly at: Stamp;
}

export function learnedReport(
  lessons: readonly Lesson[] = [],
  { learnHalfLifeMs }: Site,
  at: Stamp,
): { learned?: LearnedReport } {
  const last = lessons.at(-1);
  if (!last) return {};
  const value = score(lessons, at.wallMs, learnHalfLifeMs);
  return {
    learned: {
      helped: lessons.filter(({ recovered }) => recovered).length,
      of: lessons.length,
      last_age_ms: Math.max(0, at.wallMs - last.wallMs),
      last_recovered: last.recovered,
      last_after_ms: last.afterMs,
      ...(value === undefined ? {} : { score: Number(value.toFixed(3)) }),
    },
  };
}

export function withLessons(target: Candidate, { state, conf, at }: Moment) {
  const site = siteOf(target.host, conf);
  if (site?.order !== 'learned') return target;
  const lessons = state.lessons[target.host] ?? [];
  return { ...target, learned: lessonsText(lessons, at.wallMs, site.learnHalfLifeMs) };
}

/** Why this host comes first. */
export function orderReason(host: string, verdict: Ask, moment: Moment): string {
  const { state, conf, at } = moment;
  const site = siteOf(currentHost(state, conf), conf);
  if (verdict !== 'move' || site?.order !== 'learned') return orderText(verdict, moment);
  return `learned: ${lessonsText(state.lessons[host] ?? [], at.wallMs, site.learnHalfLifeMs)}`;
}

/** Why the targets of a verdict come in their order, said of the first. */
export function orderText(verdict: Ask, { state, conf }: Moment): string {
  if (verdict === 'base') return 'the base';
  if (verdict !== 'move') return `in the order of the ${verdict} hosts`;
  const here = currentHost(state, conf);
  const site = siteOf(here, conf);
  if (site?.order === 'learned') return 'first by what was learned';
  const listed = here !== undefined && site?.hosts.includes(here);
  const own = site?.spread && !state.episode ? 'beginning at this guest’s own place (spread)' : '';
  if (listed) return [`listed after ${here}`, own].filter(Boolean).join(', ');
  return own || 'the first of the list';
}
