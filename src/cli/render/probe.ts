/** `vmmanage probe`: one reading. Pure. */
import { labelled, paint, quantity, type View } from './text.ts';

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

export function renderProbe(result: ProbeResult, view: View): string {
  const { probe, kind, unit, value, missing, took_ms, raw } = result;
  const measured =
    value === undefined
      ? `${paint('missing', 'red', view)}: ${missing ?? 'no reason given'}`
      : paint(quantity(value, unit), 'bold', view);
  const line = `${probe} (${kind})  ${measured}, in ${took_ms} ms`;
  return [line, ...(raw ?? []).map((each) => labelled('', [each], view))].join('\n');
}
