/**
 * Tests as JUnit XML, in the form that GitLab, Jenkins, GitHub's and Azure's readers share: a suite
 * for each file, a case for each test, `<failure>` where it failed, `<error>` where a file is wrong.
 */
import { DOMImplementation, type Element, XMLSerializer } from '@xmldom/xmldom';
import { formatProblem } from '../../conf/findings.ts';
import { failureLines, hasFailed, type Tested, type Timed } from './results.ts';

/** Characters that XML 1.0 can't hold, not even escaped (its production 2). */
const NO_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

type Attributes = Readonly<Record<string, string | number>>;

export function junitOf(tested: readonly Tested[]): string {
  const document = new DOMImplementation().createDocument(null, 'testsuites');
  const root = document.documentElement;
  if (!root) throw new Error('a document without its root');
  setAll(root, { name: 'vmmanage test', ...totals(tested) });
  for (const file of tested) addSuite(root, file);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${new XMLSerializer().serializeToString(document)}\n`;
}

function addSuite(root: Element, tested: Tested): void {
  const { file, problems, verdicts } = tested;
  const suite = child(root, 'testsuite', { name: file, ...totals([tested]) });
  if (problems.length > 0) {
    const wrong = child(suite, 'testcase', { name: 'the file is right', classname: file });
    const lines = problems.map(formatProblem);
    addText(wrong, 'error', { message: lines[0] ?? '', type: 'wrong' }, lines);
  }
  for (const verdict of verdicts) addCase(suite, verdict);
}

function addCase(suite: Element, verdict: Timed): void {
  const { scenario, failures, tookMs } = verdict;
  const { file, line, name } = scenario;
  const test = child(suite, 'testcase', {
    ...{ name, classname: file, file, line },
    time: seconds(tookMs),
  });
  if (failures.length === 0) return;
  const lines = failures.flatMap((failure) => [...failureLines(verdict, failure), '']);
  const [first] = failures;
  const message = `expected ${first?.expected}; happened: ${first?.happened}`;
  addText(test, 'failure', { message, type: 'expectation' }, lines.slice(0, -1));
}

/** `failures` are tests, `errors` are files that are wrong. */
function totals(tested: readonly Tested[]): Attributes {
  const verdicts = tested.flatMap((each) => each.verdicts);
  const errors = tested.filter(({ problems }) => problems.length > 0).length;
  const tookMs = verdicts.reduce((sum, each) => sum + each.tookMs, 0);
  return {
    tests: verdicts.length + errors,
    failures: verdicts.filter(hasFailed).length,
    errors,
    skipped: 0,
    time: seconds(tookMs),
  };
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}

function child(parent: Element, name: string, attributes: Attributes): Element {
  const element = parent.ownerDocument?.createElement(name);
  if (!element) throw new Error('an element without its document');
  setAll(element, attributes);
  parent.appendChild(element);
  return element;
}

function addText(
  parent: Element,
  name: string,
  attributes: Attributes,
  lines: readonly string[],
): void {
  child(parent, name, attributes).textContent = xmlText(lines.join('\n'));
}

function setAll(element: Element, attributes: Attributes): void {
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, xmlText(String(value)));
  }
}

function xmlText(text: string): string {
  return text.replace(NO_XML, '?');
}
