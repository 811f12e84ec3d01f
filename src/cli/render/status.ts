/**
 * `vmmanage status`: what an administrator should read at three in the morning (DESIGN.md §9).
 * Pure: a report in, text out.
 */
import { answersText } from '../../core/sentences.ts';
import { quantity } from '../../core/text.ts';
import type { PolicyReport, ProbeReport, SinkReport, StatusReport } from '../../wire/control.ts';
import { requestLine } from './request.ts';
import { shadowText } from './shadow.ts';
import { counted, labelled, ordinal, paint, type View } from './text.ts';
import { ago, exactSpan, type Here, hoursText, limitSpan, moment, roundSpan } from './times.ts';

export function renderStatus(report: StatusReport, view: View): string {
  const here = { now: report.now, zone: view.zone };
  const lines = [
    header(report, view, here),
    ...pausedLine(report, view),
    ...problemLines(report, view),
    ...troubleLines(report, view),
    placeLine(report, view, here),
    ...contradictionLines(report, view),
    ...lastMoveLine(report, view),
    ...serviceLines(report, view, here),
    ...(report.request
      ? [requestLine(report.request, report.now, view)]
      : [standingLine(report, view), nextLine(report, view, here)]),
    limitLine(report, view),
    ...sinkLine(report, view, here),
    ...providerLine(report, view),
    ...report.cautions.map((caution) => labelled('note', [caution], view)),
  ];
  return lines.join('\n');
}

function header({ vm, mode, conf }: StatusReport, view: View, here: Here): string {
  const shown = paint(mode.toUpperCase(), mode === 'active' ? 'green' : 'yellow', view);
  const files = `(${counted(conf.files.length, 'file')})`;
  const state = conf.problems.length === 0 ? 'conf ok' : 'last reload FAILED, running the conf';
  const loaded = `${state}${conf.problems.length === 0 ? ',' : ''} loaded`;
  return `${vm}  ${shown}   ${loaded} ${moment(conf.loaded, here, 'minutes')} ${files}`;
}

function pausedLine({ mode, paused, shadow, now }: StatusReport, view: View): string[] {
  const seen = shadow ? [shadowText(shadow, now)] : [];
  if (mode === 'passive') {
    const parts = seen.length > 0 ? seen : ['nothing is asked for; what would be is recorded'];
    return [labelled('passive', parts, view)];
  }
  if (!paused) return [];
  const { since, why, left_ms: leftMs } = paused;
  const left = leftMs === undefined ? 'until vmmanage resume' : `${roundSpan(leftMs)} left`;
  const from = moment(since, { now, zone: view.zone }, 'minutes');
  const said = `since ${from}, ${left}${why === undefined ? '' : `: ${why}`}`;
  return [labelled('paused', [said, ...seen], view)];
}

function problemLines({ conf }: StatusReport, view: View): string[] {
  return conf.problems.map((problem, index) =>
    labelled(index === 0 ? paint('conf', 'red', view) : '', [problem], view),
  );
}

function troubleLines({ trouble, inhibited }: StatusReport, view: View): string[] {
  const stopped = trouble === undefined ? [] : [`${trouble}; nothing is asked for`];
  return [
    ...stopped.map((text) => labelled(paint('TROUBLE', 'red', view), [text], view)),
    ...inhibited.map((why) => labelled('inhibited', [why], view)),
  ];
}

function placeLine({ place, now }: StatusReport, view: View, here: Here): string {
  const said = answersText(place.answers);
  const when = place.looked === undefined ? '' : `, ${ago(place.looked, now)} ago`;
  if (place.host === undefined) {
    return labelled('where', [`${paint('UNKNOWN', 'red', view)}; ${said}${when}`], view);
  }
  const kind = place.base ? `base of ${place.site ?? '?'}` : (place.site ?? '?');
  const since = place.since === undefined ? '' : ` since ${moment(place.since, here)}`;
  const at = `${place.host} (${kind})${since}`;
  if (place.lost) {
    const doubt = paint('nobody can tell now', 'red', view);
    return labelled('where', [`${at};`, `${doubt}: ${said}${when}`], view, ' ');
  }
  const asked = askedSince(place) ? `${agreement(place)}${when}` : 'seen at its arrival';
  return labelled('where', [`${at};`, asked], view, ' ');
}

/** An answer from before the arrival would tell of another host. */
function askedSince({ looked, since }: StatusReport['place']): boolean {
  return looked === undefined || since === undefined || Date.parse(looked) >= Date.parse(since);
}

/** `the hosts and the provider agree`; one that stands alone with one answer is quoted. */
function agreement({ answers, locators }: StatusReport['place']): string {
  const [first, second] = answers;
  if (!first) return 'nobody was asked yet';
  if (!second) return `${first.who}: ${first.says}`;
  const knowing = locators.filter(({ decides, word }) => decides && word !== 'unknown');
  const names = [...new Set(knowing.map(({ name, asks }) => asks ?? name))];
  if (names.length === 0) return 'the answers agree';
  const several = names.length > 1 || names[0] === 'the hosts';
  return `${listText(names)} ${several ? 'agree' : 'agrees'}`;
}

function listText(names: readonly string[]): string {
  const last = names.at(-1) ?? '';
  return names.length < 2 ? last : `${names.slice(0, -1).join(', ')} and ${last}`;
}

/** Locators whose word only warns, and that say another place. */
function contradictionLines({ place, now }: StatusReport, view: View): string[] {
  const others = place.locators.filter(({ contradicts }) => contradicts);
  return others.map(({ name, word, looked }) => {
    const text = `locator ${name} says ${word}, ${ago(looked, now)} ago; it only warns`;
    return labelled(paint('WARNING', 'yellow', view), [text], view);
  });
}

/** Of the latest request that was confirmed; somebody else may have moved the guest since. */
function lastMoveLine({ last_move: last, moves, place }: StatusReport, view: View): string[] {
  if (!last) return [];
  const counts = last.verdict === 'move' || last.verdict === 'away';
  const nth =
    counts && moves.n > 0 ? [`${ordinal(moves.n)} move in ${limitSpan(moves.span_ms)}`] : [];
  const to = last.host ?? last.to;
  const way = to === place.host ? `came from ${last.from}` : `last asked for: ${last.from}→${to}`;
  const frozen = last.blackout_ms === undefined ? [] : [`frozen ${exactSpan(last.blackout_ms)}`];
  const came = [way, `took ${exactSpan(last.took_ms)}`, ...frozen].join(', ');
  return [labelled('', [[...nth, came].join('; ')], view)];
}

/** A line for each policy with its probe's reading; probes that no policy uses follow. */
function serviceLines(report: StatusReport, view: View, here: Here): string[] {
  const { policies, probes, now } = report;
  const several = policies.length > 1;
  const judged = policies.map((policy) => {
    const probe = probes.find(({ name }) => name === policy.probe);
    const reading = probe ? readingText(probe, now, view) : `${policy.probe}: no such probe`;
    const shown = several ? `${policy.name}: ${reading}` : reading;
    return [shown, ...standings(policy, view), ...hours(policy, here)];
  });
  const unused = probes.filter(({ name }) => !policies.some(({ probe }) => probe === name));
  const rows = [...judged, ...unused.map((probe) => [readingText(probe, now, view)])];
  return rows.map((row, index) => labelled(index === 0 ? 'service' : '', row, view, '   '));
}

function readingText(
  { name, unit, value, missing, time, failing, resting }: ProbeReport,
  now: string,
  view: View,
) {
  const word = failing ? paint('FAILING', 'red', view) : 'missing';
  const rest = resting ? ' (not read now)' : '';
  const age = `${time === undefined ? '' : `, ${ago(time, now)} ago`}${rest}`;
  if (value !== undefined) return `${name} ${quantity(value, unit)}${age}`;
  if (missing !== undefined) return `${name} ${word}: ${missing}${age}`;
  return `${name}: no reading yet${rest}`;
}

function standings({ suffering, idle }: PolicyReport, view: View): string[] {
  const show = (name: string, { progress, due }: PolicyReport['suffering']) =>
    `${name} ${progress.replace(' of ', '/')}${due ? ` ${paint('DUE', 'bold', view)}` : ''}`;
  return [show('suffering', suffering), ...(idle ? [show('idle', idle)] : [])];
}

function hours({ hours }: PolicyReport, here: Here): string[] {
  return hours ? [hoursText(hours, here)] : [];
}

/** What holds, or that nothing has to. */
function standingLine({ held, policies }: StatusReport, view: View): string {
  if (held?.reason !== undefined) {
    return labelled(paint('HELD', 'yellow', view), [`${held.verdict}: ${held.reason}`], view);
  }
  const says = policies.map(({ name, verdict, reason }) => `${name}: ${verdict}, ${reason}`);
  return labelled('verdict', says.length === 0 ? ['no policy'] : says, view);
}

function nextLine({ next, bars }: StatusReport, view: View, here: Here): string {
  const barred = bars.flatMap(({ host, barred: bar }) =>
    bar ? [`${host} barred ${roundSpan(bar.left_ms)}: ${bar.reason}`] : [],
  );
  const when = next.at === undefined ? '' : `${moment(next.at, here)} `;
  const where = next.to === undefined ? (next.why ?? 'nothing to do') : `${when}to ${next.to}`;
  const aside = barred.length === 0 ? [] : [`(${barred.join('; ')})`];
  return labelled('next', [where, ...aside], view, '   ');
}

function limitLine({ moves: { n, limit, span_ms } }: StatusReport, view: View): string {
  const span = limitSpan(span_ms);
  if (limit === undefined)
    return labelled('limit', [`none; ${counted(n, 'move')} in ${span}`], view);
  return labelled('limit', [`${n} of ${limit} moves in ${span}`], view);
}

function sinkLine(report: StatusReport, view: View, here: Here): string[] {
  const { sink } = report;
  const alert = alertParts(report, view, here);
  if (!sink) return alert.length === 0 ? [] : [labelled('alert', alert, view)];
  const dropped = sink.dropped > 0 ? [paint(`${sink.dropped} dropped`, 'red', view)] : [];
  const passing = sink.spool === undefined ? '' : ` (${paint(sink.spool, 'yellow', view)})`;
  const spool = [`spool ${sink.queued}${passing}`, ...dropped].join(', ');
  if (sink.connected) return [labelled('sink', [`${inUse(sink)}, ${spool}`, ...alert], view)];
  const why = sink.error === undefined ? '' : ` (${sink.error})`;
  const away = `${paint('away', 'yellow', view)}${why}, ${spool}`;
  return [labelled('sink', [away, sink.url, ...alert], view)];
}

function inUse({ url, instead_of: first }: SinkReport): string {
  return first === undefined ? 'ok' : `ok at ${url}, not ${first}`;
}

/** How many wait is of interest only while nobody takes them. */
function providerLine({ provider }: StatusReport, view: View): string[] {
  if (!provider) return [];
  const { url, pushes, waiting, dropped, error } = provider;
  const lost = dropped > 0 ? [paint(`${dropped} dropped`, 'red', view)] : [];
  if (error === undefined) {
    return [
      labelled(
        'provider',
        [['ok', `${pushes} ${pushes === 1 ? 'push' : 'pushes'} taken`, ...lost].join(', ')],
        view,
      ),
    ];
  }
  const away = `${paint('takes nothing', 'yellow', view)} (${error})`;
  const parts = [away, `${counted(waiting, 'reading')} waiting`, ...lost];
  return [labelled('provider', [parts.join(', '), url], view)];
}

/** The latest alert: `alert sent 03:05`. */
function alertParts({ alert }: StatusReport, view: View, here: Here): string[] {
  if (!alert) return [];
  const { time, about, sent, text } = alert;
  const when = moment(time, here, 'minutes');
  if (sent) return [`alert sent ${when} (${about})`];
  return [`${paint('alert NOT sent', 'red', view)} ${when} (${about}): ${text}`];
}
