/** `vmmanage probe`: a reading of each probe. Pure. */
import { quantity } from '../../core/text.ts';
import { labelled, paint, type View } from './text.ts';

export interface ProbeResult {
  readonly probe: string;
  readonly kind: string;
  readonly unit: string;
  readonly value?: number;
  readonly missing?: string;
  readonly took_ms: number;
  /** What the service answered, in lines, where that was asked for. */
  readonly raw?: readonly string[];
}

/** In the order given, what they measured one below the other. */
export function renderProbes(results: readonly ProbeResult[], view: View): string {
  const width = Math.max(0, ...results.map((result) => title(result).length));
  return results.map((result) => renderProbe(result, width, view)).join('\n');
}

function title({ probe, kind }: ProbeResult): string {
  return `${probe} (${kind})`;
}

function renderProbe(result: ProbeResult, width: number, view: View): string {
  const { unit, value, missing, took_ms, raw } = result;
  const measured =
    value === undefined
      ? `${paint('missing', 'red', view)}: ${missing ?? 'no reason given'}`
      : paint(quantity(value, unit), 'bold', view);
  const line = `${title(result).padEnd(width)}  ${measured}, in ${took_ms} ms`;
  return [line, ...(raw ?? []).map((each) => labelled('', [each], view))].join('\n');
}
