/** What a guest that only watches would have asked for. Pure: a report in, text out. */
import type { ExplainReport, ShadowReport } from '../../wire/control.ts';
import { counted, labelled, table, type View } from './text.ts';
import { ago, moment } from './times.ts';

/** `14d: would have moved 9 times, 4 without need`. */
export function shadowText(
  { since, would_move: n, without_need: idle }: ShadowReport,
  now: string,
) {
  const moved = n === 0 ? 'would not have moved' : `would have moved ${counted(n, 'time')}`;
  const needless = idle === 0 ? '' : `, ${idle} without need`;
  return `${ago(since, now)}: ${moved}${needless}`;
}

/** `vmmanage explain --shadow`: the sum, and each of the latest with what became of it. */
export function renderShadow({ shadow, now }: ExplainReport, view: View): string {
  if (!shadow) return 'Neither passive nor paused: what is asked for is in vmmanage history.';
  const here = { now, zone: view.zone };
  const rows = shadow.asks.map(({ time, verdict, policy, to, reason, need }) => [
    ...[moment(time, here, 'minutes'), policy ?? '', `${verdict} to ${to}`, need, reason],
  ]);
  const sum = labelled('shadow', [shadowText(shadow, now)], view);
  return rows.length === 0 ? sum : `${sum}\n${table(rows)}`;
}
