/**
 * `vmmanage explain`: why the guest moves or doesn't (DESIGN.md §9), every gate shown. Pure: a
 * report in, text out.
 */
import { quantity } from '../../core/text.ts';
import type { ExplainReport, GateReport, PolicyReport } from '../../wire/control.ts';
import { pastText, requestLine } from './request.ts';
import { labelled, paint, type View } from './text.ts';
import { type Here, hoursText, moment, roundSpan } from './times.ts';

export function renderExplanation(report: ExplainReport, view: View): string {
  const here = { now: report.now, zone: view.zone };
  return [
    paint(report.summary, 'bold', view),
    ...readingLines(report, view, here),
    ...policyLines(report, view, here),
    ...(report.request ? [requestLine(report.request, report.now, view)] : []),
    gatesLine(report, view),
    targetLine(report, view),
    ...changeLine(report, view),
    pastLine(report, view, here),
    ...(report.notes ?? []).map((note) => labelled('note', [note], view)),
  ].join('\n');
}

function readingLines({ readings, policies }: ExplainReport, view: View, here: Here): string[] {
  const several = readings.length > 1;
  return readings.map(({ probe, unit, latest }, index) => {
    const detail = withinMinutes(latest) ? 'seconds' : 'minutes';
    const shown = runs(latest).map((run) => runText(run, (time) => moment(time, here, detail)));
    const parts = shown.length === 0 ? ['none yet'] : shown;
    const about = [unitText(unit), boundsOf(probe, policies)].filter(Boolean).join(' ');
    const last = `${parts.at(-1)}${about === '' ? '' : ` ${about}`}`;
    const named = [...parts.slice(0, -1), last];
    if (several) named.unshift(`${probe}:`);
    return labelled(index === 0 ? 'readings' : '', named, view);
  });
}

type Latest = ExplainReport['readings'][number]['latest'];

/** Missing readings in a row, for one reason, are one thing to tell. */
function runs(latest: Latest): Latest[number][][] {
  const all: Latest[number][][] = [];
  for (const reading of latest) {
    const run = all.at(-1);
    const same = reading.value === undefined && run?.[0]?.missing === reading.missing;
    if (run && same) run.push(reading);
    else all.push([reading]);
  }
  return all;
}

function runText(run: Latest, show: (time: string) => string): string {
  const [first, last] = [run[0], run.at(-1)];
  if (!first || !last) return '';
  if (first.value !== undefined) return `${show(first.time)} ${quantity(first.value, '')}`;
  const times = run.length === 1 ? show(first.time) : `${show(first.time)}-${show(last.time)}`;
  return `${times} missing${run.length === 1 ? '' : ` ×${run.length}`}: ${first.missing}`;
}

/** Two readings in one minute need seconds to be told apart. */
function withinMinutes(latest: readonly { readonly time: string }[]): boolean {
  const minutes = latest.map(({ time }) => time.slice(0, 'YYYY-MM-DDTHH:MM'.length));
  return new Set(minutes).size < minutes.length;
}

function unitText(unit: string): string {
  return unit.startsWith('/') ? `per ${unit.slice(1)}` : unit;
}

/** The bounds that a probe's readings are held against: `(> 50, < 1)`. */
function boundsOf(probe: string, policies: readonly PolicyReport[]): string {
  const users = policies.filter((policy) => policy.probe === probe);
  const conditions = users.flatMap(({ suffering, idle }) => [suffering, ...(idle ? [idle] : [])]);
  const bounds = conditions.map(({ condition }) => condition.split(' for ')[0]);
  return bounds.length === 0 ? '' : `(${[...new Set(bounds)].join(', ')})`;
}

function policyLines({ policies, losers, winner }: ExplainReport, view: View, here: Here) {
  return policies.map(({ name, verdict, reason, suffering, idle, hours }, index) => {
    const lost = losers.some(({ policy }) => policy === name) ? `, loses to ${winner?.policy}` : '';
    const standings = [
      `suffering ${suffering.condition}: ${dueText(suffering)}`,
      ...(idle ? [`idle ${idle.condition}: ${dueText(idle)}`] : []),
      ...(hours ? [hoursText(hours, here)] : []),
    ];
    const says = `${name}: ${verdict}, ${reason}${lost}`;
    return labelled(index === 0 ? 'policy' : '', [says, ...standings], view);
  });
}

function dueText({ progress, due }: { readonly progress: string; readonly due: boolean }): string {
  return due ? `${progress}, due` : progress;
}

function gatesLine({ gates, asked }: ExplainReport, view: View): string {
  const whatIf = asked.hypothetical ? [`if a ${asked.verdict} were asked for:`] : [];
  const all = gates.map((gate) => gateText(gate, view));
  return labelled('gates', [[...whatIf, all[0] ?? 'none'].join(' '), ...all.slice(1)], view);
}

/** A gate that holds is in capitals, and says where its option comes from. */
function gateText({ gate, reason, made, origin }: GateReport, view: View): string {
  if (reason === undefined) return `${gate} ok`;
  const name = paint(gate.toUpperCase(), 'yellow', view);
  const grown = made === undefined ? '' : `${made}, `;
  return `${name} ${grown}${withoutName(reason, gate)}${origin === undefined ? '' : ` (${origin})`}`;
}

/** The name is a whole word: `hold` isn't the beginning of `hold_while`. */
function withoutName(reason: string, gate: string): string {
  const named = reason.startsWith(gate) && !/^\w/.test(reason.slice(gate.length));
  const rest = named ? reason.slice(gate.length) : reason;
  return rest.replace(/^:? /, '') || reason;
}

function targetLine({ targets, order }: ExplainReport, view: View): string {
  const first = targets.findIndex(({ against }) => against === undefined);
  const all = targets.map(({ host, against, learned }, index) => {
    if (against !== undefined) return `${host}: ${against}`;
    const seen = learned === undefined ? '' : ` (${learned})`;
    return index === first ? `${paint(host, 'bold', view)}${seen}, ${order}` : `${host}${seen}`;
  });
  return labelled('target', all.length === 0 ? ['no host comes into question'] : all, view);
}

function changeLine({ gates }: ExplainReport, view: View): string[] {
  const changes = gates.flatMap(({ gate, reason, change, left_ms: leftMs }) => {
    if (reason === undefined || change === undefined) return [];
    const left = leftMs === undefined ? 'wait' : `wait ${roundSpan(leftMs)}`;
    return [`${gate}: ${change.replace(/^wait\b/, left)}`];
  });
  return changes.length === 0 ? [] : [labelled('change', changes, view)];
}

function pastLine({ past }: ExplainReport, view: View, here: Here): string {
  const requests = past.map((request) => pastText(request, here));
  return labelled('past 24h', requests.length === 0 ? ['no requests'] : requests, view);
}
