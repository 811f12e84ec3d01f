/** The table of what happened. */
import type { Ended } from '../../src/core/entries.ts';

export interface Row {
  readonly step: string;
  readonly came: string;
  /** From the step's beginning to its end. */
  readonly tookMs: number;
  /** The step's last request; its times are in the guest's journal. */
  readonly request?: string;
  /** The longest time without an answer to ping. */
  readonly silentMs: number;
}

const HEAD = ['', 'step', 'took', 'request', 'frozen', 'silent', 'what came of it'];
/** Columns of numbers stand to the right. */
const RIGHT = new Set([2, 3, 4, 5]);

/** `outcomes` as the guest's journal has them: how long a request took, and the guest stood still. */
export function tableText(rows: readonly Row[], outcomes: readonly Ended[]): string {
  const cells = [HEAD, ...rows.map((row, i) => cellsOf(row, i, outcomes))];
  const widths = HEAD.map((_, i) => Math.max(...cells.map((row) => row[i]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    row
      .map((cell, i) =>
        RIGHT.has(i) ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return cells.map(line).join('\n');
}

function cellsOf(row: Row, i: number, outcomes: readonly Ended[]): string[] {
  const { step, came, tookMs, silentMs, request } = row;
  const ended = outcomes.find((outcome) => outcome.request === request);
  const times = [tookMs, ended?.took_ms, ended?.blackout_ms, silentMs].map(seconds);
  return [String(i + 1), step, ...times, came];
}

function seconds(ms: number | undefined): string {
  return ms === undefined ? '–' : `${(ms / 1000).toFixed(1)} s`;
}
