/** What was learned of the hosts, put in words for `status`, `hosts` and `explain`. */
import type { Conf, Site } from '../core/conf.ts';
import { lessonsText, score } from '../core/lessons.ts';
import type { Lesson, State } from '../core/state.ts';
import { type Candidate, currentHost, siteOf } from '../core/targets.ts';
import type { Stamp } from '../core/time.ts';
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
export function orderReason(host: string, { state, conf, at }: Moment): string {
  const here = currentHost(state, conf);
  const site = siteOf(here, conf);
  if (site?.order !== 'learned') return `listed after ${here ?? '?'}`;
  return `learned: ${lessonsText(state.lessons[host] ?? [], at.wallMs, site.learnHalfLifeMs)}`;
}
