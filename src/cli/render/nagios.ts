/**
 * `vmmanage status --check`: one line and an exit status as Nagios plugins give them
 * (Monitoring Plugins Development Guidelines, “Plugin Output”). Pure.
 */
import { quantity } from '../../core/text.ts';
import type { StatusReport } from '../../wire/control.ts';
import { counted } from './text.ts';
import { ago, limitSpan } from './times.ts';

const NAGIOS = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;

export interface CheckResult {
  readonly line: string;
  readonly status: (typeof NAGIOS)[keyof typeof NAGIOS];
}

export function renderCheck(report: StatusReport): CheckResult {
  const critical = criticals(report);
  const warnings = warningsOf(report);
  const level = critical.length > 0 ? 'critical' : warnings.length > 0 ? 'warning' : 'ok';
  const found = [...critical, ...warnings];
  const text = found.length > 0 ? found.join('; ') : allWell(report);
  return checkLine(level, text, performance(report));
}

/** Also for what is known without a report: the daemon isn't running. */
export function checkLine(level: keyof typeof NAGIOS, text: string, performance = ''): CheckResult {
  const said = `VMMANAGE ${level.toUpperCase()} - ${withoutBar(text)}`;
  const line = performance === '' ? said : `${said}|${performance}`;
  return { line, status: NAGIOS[level] };
}

function criticals({ request, now, trouble }: StatusReport): string[] {
  const told = trouble === undefined ? [] : [trouble];
  if (request?.phase !== 'unconfirmed') return told;
  const { id, from, to, since } = request;
  return [...told, `request ${id} ${from}→${to} unconfirmed for ${ago(since, now)}`];
}

function warningsOf({ probes, mode, paused, sink, place, conf }: StatusReport): string[] {
  const failing = probes.filter((probe) => probe.failing);
  const why = paused?.why === undefined ? '' : `: ${paused.why}`;
  return [
    ...failing.map(({ name, missing }) => `probe ${name} is failing: ${missing ?? 'no reading'}`),
    ...(mode === 'active' ? [] : [`${mode}${why}`]),
    ...(sink && !sink.connected && sink.queued > 0
      ? [`the sink is away, ${counted(sink.queued, 'record')} queued`]
      : []),
    ...(place.lost ? ['nobody knows where the guest is'] : []),
    ...(conf.problems.length > 0 ? [`the last reload failed: ${conf.problems[0]}`] : []),
  ];
}

function allWell({ vm, place, probes, moves }: StatusReport): string {
  const readings = probes.map(({ name, value, unit }) =>
    value === undefined ? `${name} missing` : `${name} ${quantity(value, unit)}`,
  );
  const moved = `${counted(moves.n, 'move')} in ${limitSpan(moves.span_ms)}`;
  return [`${vm} at ${place.host}`, ...readings, moved].join(', ');
}

function performance({ probes, moves, sink }: StatusReport): string {
  const values = probes.flatMap(({ name, value }) =>
    value === undefined ? [] : [datum(`probe_${name}`, value)],
  );
  const limit = moves.limit === undefined ? '' : `;;;0;${moves.limit}`;
  const spool = sink ? [datum('spool', sink.queued), `${datum('dropped', sink.dropped)}c`] : [];
  return [...values, `${datum('moves', moves.n)}${limit}`, ...spool].join(' ');
}

/** A label is quoted, as it may hold blanks; it can't hold `=` nor a quote. */
function datum(label: string, value: number): string {
  return `'${label.replace(/[='|]/g, '_')}'=${value}`;
}

/** What follows a bar would be taken for performance data. */
function withoutBar(text: string): string {
  return text.replaceAll('|', '/');
}
