/** What a page of jobs says, read as naively as can be: what fuzzed readers are compared with. */

/** The grades of the jobs on a page, in their order; undefined where its last line has no end. */
export function naiveGrades(page: Buffer): string[] | undefined {
  const lines = page.toString('latin1').split('\n');
  if (lines.pop() !== '') return undefined;
  return lines.map((line) => naiveGrade(Buffer.from(line, 'latin1'))).filter((each) => each !== '');
}

/** '' where the line is no job. */
function naiveGrade(line: Buffer): string {
  const text = line.toString('utf8');
  if (!Buffer.from(text).equals(line)) return '';
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) {
    const [, grade = ''] = /^grade[ \t]+([\w-]{1,32})[ \t]*=.*\S/s.exec(trimmed) ?? [];
    return grade;
  }
  try {
    const { grade, payload, ...more } = JSON.parse(trimmed);
    const proper = typeof grade === 'string' && /^[\w-]{1,32}$/.test(grade);
    return proper && typeof payload === 'string' && Object.keys(more).length === 0 ? grade : '';
  } catch {
    return '';
  }
}
