/** `vmmanage jobs`. Pure: a report in, text out. */
import { formatSpan } from '../../core/text.ts';
import type { JobsReport, QueueReport } from '../../wire/control.ts';
import { counted, labelled, paint, type View } from './text.ts';
import { ago, type Here, moment } from './times.ts';

export function renderJobs(report: JobsReport, view: View): string {
  if (report.queues.length === 0) return 'no [queue] in the conf';
  const here = { now: report.now, zone: view.zone };
  return [
    ...report.queues.flatMap((queue) => queueLines(queue, view, here)),
    ...standingLines(report, view),
  ].join('\n');
}

function queueLines(queue: QueueReport, view: View, here: Here): string[] {
  const { name, url, trouble } = queue;
  return [
    `${paint(name, 'bold', view)}  ${url}`,
    claimedLine(queue, view, here),
    ...queue.in_hand.map((job) => inHandLine(job, view, here)),
    ...lastLine(queue, view, here),
    ...estimateLine(queue, view),
    ...(trouble === undefined ? [] : [labelled(paint('TROUBLE', 'red', view), [trouble], view)]),
  ];
}

function claimedLine({ claimed, in_hand }: QueueReport, view: View, here: Here): string {
  if (!claimed) return labelled('claimed', ['nothing'], view);
  const { since, jobs, done, failed, set_aside } = claimed;
  const waiting = Math.max(0, jobs - done - failed - in_hand.length);
  const aside = asideParts(set_aside);
  const parts = [`${done} done`, `${failed} failed`, `${waiting} waiting`, ...aside];
  return labelled('claimed', [`${moment(since, here)}: ${counted(jobs, 'job')}`, ...parts], view);
}

function asideParts(lines: number): string[] {
  return lines === 0 ? [] : [`${counted(lines, 'line')} set aside`];
}

function inHandLine(job: QueueReport['in_hand'][number], view: View, here: Here): string {
  const { line, id, grade, since } = job;
  const named = id === undefined ? `line ${line}` : `line ${line}, ${id}`;
  const span = since === undefined ? '' : ` for ${ago(since, here.now)}`;
  return labelled('in hand', [`${named} (grade ${grade})${span}`], view);
}

function lastLine({ last }: QueueReport, view: View, here: Here): string[] {
  if (!last) return [];
  const { time, ok, failed, set_aside = 0 } = last;
  const parts = [`${moment(time, here)}: ${ok} done`, `${failed} failed`, ...asideParts(set_aside)];
  return [labelled('before', parts, view)];
}

function estimateLine({ claimed, estimate }: QueueReport, view: View): string[] {
  if (!claimed || claimed.big === 0) return [];
  const { home_ms, away_ms, move_ms } = estimate;
  const span = (ms: number | undefined, where: string) =>
    ms === undefined ? `unknown ${where}` : `${formatSpan(ms)} ${where}`;
  const parts = [span(home_ms, 'at home'), span(away_ms, 'away'), span(move_ms, 'to move')];
  return [labelled('estimate', [counted(claimed.big, 'big job'), ...parts], view)];
}

function standingLines({ worker, may_begin }: JobsReport, view: View): string[] {
  const none = 'no worker is connected: systemctl start vmmanage-jobs';
  const leaving = 'no job begins now: the guest is about to go to another site';
  return [
    ...(worker ? [] : [labelled(paint('WORKER', 'red', view), [none], view)]),
    ...(may_begin ? [] : [labelled(paint('waiting', 'yellow', view), [leaving], view)]),
  ];
}
