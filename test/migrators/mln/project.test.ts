/** What is understood of MLN's project files, and what is left as it stands. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  isServiceHost,
  PROJECT_MAX_BYTES,
  readProject,
  withServiceHost,
} from '../../../src/migrators/mln/project.ts';
import { RUNS } from '../../support/runs.ts';

/** As the thesis's projects were. */
const PROJECT = `# The thesis's project.
$disk = /dev/vg/disk
global {
\tproject thesis
\tproject_password sesam # luk op
}
host other {
\tservice_host xen1
}
host nii3 {
\txen
\tmemory 256M
\tservice_host xen1 # where it began
\tnetwork eth0 {
\t\taddress dhcp
\t}
}
`;

const read = (text: string, vm = 'nii3') => readProject(Buffer.from(text), vm);

function moved(text: string, host: string): string {
  const project = read(text);
  if ('wrong' in project) throw new Error(project.wrong);
  return withServiceHost(project, host);
}

describe('a project', () => {
  it("tells the guest's service_host, not another's", () => {
    expect(read(PROJECT)).toMatchObject({ serviceHost: 'xen1', index: 12 });
    expect(read(PROJECT.replace('service_host xen1\n}', 'service_host xen7\n}'))).toMatchObject({
      serviceHost: 'xen1',
    });
  });

  it('is changed in that one value, and in nothing else', () => {
    const after = moved(PROJECT, 'xen2.example.org');
    expect(after.split('\n').filter((line, i) => line !== PROJECT.split('\n')[i])).toEqual([
      '\tservice_host xen2.example.org # where it began',
    ]);
  });

  it('takes a host that looks like a pattern as it is', () => {
    expect(moved(PROJECT, 'a')).toContain('\tservice_host a # where');
  });

  it('keeps the ends of lines of other systems', () => {
    const other = PROJECT.replaceAll('\n', '\r\n');
    expect(moved(other, 'xen2')).toBe(other.replace('service_host xen1 #', 'service_host xen2 #'));
  });

  it.each([
    ['is empty', '', /^has no service_host/],
    ['has no such guest', PROJECT.replace('host nii3', 'host nii4'), /^has no service_host/],
    [
      'leaves service_host to a superclass',
      PROJECT.replace(/service_host xen1 #/, 'superclass x #'),
      /^has no service_host of its own/,
    ],
    ['has it in an inner block', 'host nii3 {\nnetwork eth0 {\nservice_host a\n}\n}\n', /^has no/],
    ['has it in a comment', 'host nii3 {\n# service_host a\n}\n', /^has no/],
    [
      'says it twice',
      PROJECT.replace('\txen\n', '\tservice_host xen2\n'),
      /^has two service_host of nii3$/,
    ],
    ['has the guest twice', `${PROJECT}host nii3 {\nservice_host a\n}\n`, /^has two/],
    [
      'gives it a variable',
      PROJECT.replace('xen1 #', '$home #'),
      /^line 13: its service_host is no name/,
    ],
    [
      'gives it an option',
      PROJECT.replace('xen1 #', '-S #'),
      /^line 13: its service_host is no name/,
    ],
    [
      'gives it two words',
      PROJECT.replace('xen1 #', 'xen1 xen2 #'),
      /^line 13: its service_host is no name/,
    ],
    ['ends too soon', PROJECT.slice(0, -2), /^ends within a block$/],
    ['closes too often', `${PROJECT}}\n`, /^line 18: closes a block/],
    ['opens a block in a line of its own', 'host nii3\n{\n', /^line 2: has a brace/],
    ['has a whole block on one line', 'host nii3 { service_host a }\n', /^line 1: has a brace/],
    ['nests without end', 'a b {\n'.repeat(17), /^line 17: opens too many blocks$/],
    ['holds what is no text', 'host \0', /^is no text$/],
    ['is too long', '#'.repeat(PROJECT_MAX_BYTES + 1), /^is too long for a project$/],
  ])('that %s is refused', (_, text, wrong) => {
    expect(read(text)).toEqual({ wrong: expect.stringMatching(wrong) });
  });

  it('may be as long as the bound', () => {
    const filled = PROJECT + '#'.repeat(PROJECT_MAX_BYTES - PROJECT.length);
    expect(read(filled)).toMatchObject({ serviceHost: 'xen1' });
  });

  it('of other bytes than UTF-8 is refused', () => {
    expect(readProject(Uint8Array.of(0x23, 0xff), 'nii3')).toEqual({ wrong: 'is no text' });
  });

  it('of any lines never throws, and no refusal repeats what stands in it', () => {
    const line = fc.constantFrom(
      ...[
        'host nii3 {',
        '}',
        'global {',
        'project_password geheim',
        'service_host geheim',
        '{',
        '',
      ],
      ...['# geheim }', 'geheim {geheim', 'service_host', 'service_host - geheim', '$x = geheim'],
    );
    let wrongs = 0;
    fc.assert(
      fc.property(fc.array(line, { maxLength: 12 }), (lines) => {
        const project = read(lines.join('\n'));
        if (!('wrong' in project)) return;
        wrongs += 1;
        expect(project.wrong).not.toContain('geheim');
      }),
      { numRuns: RUNS },
    );
    expect(wrongs).toBeGreaterThan(0);
  });
});

describe('the name of a host', () => {
  it.each(['2', 'mln2.example.org', '10.77.0.12', '2001:db8::1'])('%s is one', (word) => {
    expect(isServiceHost(word)).toBe(true);
  });
  it.each(['', '-S', '.', 'a b', '$home', 'a;b', 'a'.repeat(254)])('%j is none', (word) => {
    expect(isServiceHost(word)).toBe(false);
  });
});
