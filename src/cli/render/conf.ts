/** `vmmanage check`: what was found in a conf. Pure. */
import { formatProblem } from '../../conf/findings.ts';
import type { Checked } from '../../conf/load.ts';
import { counted } from './text.ts';

export type Found = Pick<Checked, 'problems' | 'warnings'> & {
  /** Absent where the conf is wrong. */
  readonly files?: readonly string[];
};

/** Problems as editors and compilers know them, `file:line: what`, and a last line that sums up. */
export function renderChecked({ problems, warnings, files }: Found): string {
  const found = [
    ...problems.map(formatProblem),
    ...warnings.map((warning) => {
      const { text, ...place } = warning;
      return formatProblem({ ...place, text: `warning: ${text}` });
    }),
  ];
  const warned = warnings.length === 0 ? [] : [counted(warnings.length, 'warning')];
  const sum = files
    ? `conf ok (${[counted(files.length, 'file'), ...warned].join(', ')})`
    : `conf wrong (${[counted(problems.length, 'problem'), ...warned].join(', ')})`;
  return [...found, sum].join('\n');
}
