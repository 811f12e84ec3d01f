/** What the end of `mln` is worth: texts and statuses as seen with MLN 1.0.8.8. */
import { describe, expect, it } from 'vitest';
import { preflightOf, sentOf } from '../../../src/migrators/mln/client.ts';
import type { Ended } from '../../../src/system/programs.ts';

const QUIET: Ended = {
  ...{ exit: 0, signal: undefined, stdout: '', stderr: '' },
  ...{ timedOut: false, aborted: false, cut: false },
};
const PASSWORD = 'sesam-luk-op';
const SENT = `Sending project to xen2:34001\nUPGRADE global { project_password ${PASSWORD} }\n`;
const at = (line: string) => `${line} at /usr/bin/mln line 4711.\n`;

describe('the end of mln client', () => {
  it.each<[string, Partial<Ended>, string, string]>([
    [
      '0 with nothing on stderr: a ticket',
      { stdout: SENT },
      'taken',
      'the MLN daemon of xen2 took the project',
    ],
    [
      '0, connection refused',
      { stderr: at('no socket: Connection refused') },
      'refused',
      'no MLN daemon answers on xen2',
    ],
    [
      '0, unknown host',
      { stderr: at('no socket: Invalid argument') },
      'refused',
      'nobody knows the address of xen2',
    ],
    [
      '0, another socket error',
      { stderr: at('no socket: No route to host') },
      'refused',
      "the MLN daemon of xen2 can't be reached",
    ],
    [
      '9, GOODBYE',
      { exit: 9, stdout: SENT, stderr: 'Got wrong reply from server: GOODBYE\n' },
      'refused',
      'the MLN daemon of xen2 refused the project',
    ],
    [
      'no mln',
      { exit: undefined, notStarted: 'no such program: mln' },
      'refused',
      'no such program: mln',
    ],
    [
      'a hang',
      { exit: undefined, signal: 'SIGTERM', timedOut: true, stdout: SENT },
      'maybe',
      'mln client did not end in 1m',
    ],
    [
      'a cancel',
      { exit: undefined, signal: 'SIGTERM', aborted: true },
      'maybe',
      'cancelled while MLN was asked',
    ],
    [
      'a kill',
      { exit: undefined, signal: 'SIGKILL' },
      'maybe',
      'mln client ended in no known way (SIGKILL)',
    ],
    [
      '0 with a warning',
      { stderr: `Use of ${PASSWORD}` },
      'maybe',
      'mln client ended in no known way (exit 0)',
    ],
    ['3', { exit: 3, stdout: SENT }, 'maybe', 'mln client ended in no known way (exit 3)'],
  ])('%s', (_, ended, kind, text) => {
    const sent = sentOf({ ...QUIET, ...ended }, 'xen2', 60_000);
    expect(sent).toEqual({ kind, text });
    expect(sent.text).not.toContain(PASSWORD);
  });
});

describe('the end of mln check_remote_daemon', () => {
  it.each<[string, Partial<Ended>, string | undefined]>([
    [
      '0 and its version',
      { stdout: 'MLN daemon is running on xen2, version 1.0.8.8\n' },
      undefined,
    ],
    ['0 and nothing', {}, 'no MLN daemon is seen on xen2'],
    ['2', { exit: 2 }, 'no MLN daemon answers on xen2'],
    ['1', { exit: 1, stderr: 'Perl is ill\n' }, 'mln: exit 1: Perl is ill'],
    ['a hang', { exit: undefined, timedOut: true }, 'the MLN daemon of xen2 is silent for 10s'],
    [
      'no mln',
      { exit: undefined, notStarted: 'no such program: mln' },
      'mln: no such program: mln',
    ],
  ])('%s', (_, ended, reason) => {
    const said = preflightOf({ ...QUIET, ...ended }, 'xen2', 10_000);
    expect(said).toEqual(reason === undefined ? { ok: true } : { ok: false, reason });
  });
});
