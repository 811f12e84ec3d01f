/**
 * `vmmanage test`: what passed, what failed and why, and with `-v` what happened reading by reading.
 * Pure; what files say is made printable here.
 */
import { formatProblem } from '../../conf/findings.ts';
import type { Failure, Verdict } from '../scenario/judge.ts';
import type { Tested } from '../scenario/results.ts';
import { timeline } from '../scenario/timeline.ts';
import { clean } from './clean.ts';
import { counted, flow, paint, table, type View } from './text.ts';

export function renderTests(tested: readonly Tested[], view: View, verbose: boolean): string {
  const files = tested.flatMap((file) => fileText(file, view, verbose));
  return [...files, summary(tested)].join('\n');
}

function fileText({ problems, verdicts }: Tested, view: View, verbose: boolean): string[] {
  if (problems.length > 0) {
    return problems.map(
      (problem) => `${paint('WRONG', 'red', view)} ${formatProblem(clean(problem))}`,
    );
  }
  return verdicts.flatMap((verdict) => verdictText(verdict, view, verbose));
}

function verdictText(verdict: Verdict, view: View, verbose: boolean): string[] {
  const { scenario, failures } = verdict;
  const passed = failures.length === 0;
  const word = passed ? paint('ok   ', 'green', view) : paint('FAIL ', 'red', view);
  const steps = verbose ? [indented(table(clean(timeline(verdict))), MARGIN), ''] : [];
  return [
    `${word} ${clean(scenario.file)}: ${clean(scenario.name)}`,
    ...steps,
    ...failures.flatMap((failure) => failureText(clean(failure), scenario, view)),
  ];
}

const MARGIN = ' '.repeat(6);
const INNER = ' '.repeat(8);
const LABEL = 10;

function failureText(
  { line, written, expected, happened, because }: Failure,
  { file, name }: Verdict['scenario'],
  view: View,
): string[] {
  const lines = [
    ...labelled('expected', [expected], view),
    ...labelled('happened', [happened], view),
    ...labelled('because', because, view),
  ];
  return [`${MARGIN}${clean(file)}:${line}: ${written ?? `[test ${clean(name)}]`}`, ...lines];
}

function labelled(label: string, parts: readonly string[], view: View): string[] {
  const lines = parts.flatMap((part) => flow([part], '', view.width - INNER.length - LABEL));
  const head = (i: number) => (i === 0 ? label : '').padEnd(LABEL);
  return lines.map((line, i) => `${INNER}${head(i)}${line}`);
}

function indented(text: string, margin: string): string {
  return text.replaceAll(/^/gm, margin);
}

function summary(tested: readonly Tested[]): string {
  const verdicts = tested.flatMap((file) => file.verdicts);
  const failed = verdicts.filter(({ failures }) => failures.length > 0).length;
  const wrong = tested.filter(({ problems }) => problems.length > 0).length;
  const parts = [
    `${counted(verdicts.length, 'test')} in ${counted(tested.length, 'file')}`,
    `${verdicts.length - failed} passed`,
    `${failed} failed`,
    ...(wrong === 0 ? [] : [`${counted(wrong, 'file')} wrong`]),
  ];
  return parts.join(', ').replace(', ', ': ');
}
