/** Messages of syslog, as programs and devices write them. */
import { describe, expect, test } from 'vitest';
import { parseSyslog } from '../../../src/sink/formats/syslog.ts';

/** Only what the message says. */
function read(text: string) {
  const message = parseSyslog(text);
  if (!message) return undefined;
  const { timeMs, elements, ...rest } = message;
  const told = Object.entries(rest).filter(([, value]) => value !== undefined);
  return {
    ...Object.fromEntries(told),
    ...(timeMs === undefined ? {} : { time: new Date(timeMs).toISOString() }),
    ...(elements.length === 0
      ? {}
      : {
          elements: elements.map(({ id, parameters }) => [
            id,
            ...parameters.map((p) => p.join('=')),
          ]),
        }),
  };
}

describe('RFC 5424', () => {
  test('our own', () => {
    const text =
      '<30>1 2026-05-13T16:34:40.123Z nii3 vmmanage - - [vmmanage@32473 boot="6f" seq="17" to="mln2"] Arrived';
    expect(read(text)).toEqual({
      priority: 30,
      time: '2026-05-13T16:34:40.123Z',
      host: 'nii3',
      app: 'vmmanage',
      elements: [['vmmanage@32473', 'boot=6f', 'seq=17', 'to=mln2']],
      text: 'Arrived',
    });
  });

  test.each([
    // logger of util-linux 2.38.1, --rfc5424 --id --msgid ID47 -t tag
    [
      '<13>1 2026-11-21T18:33:01.123456+01:00 host tag 4711 ID47 [timeQuality tzKnown="1" isSynced="0"] hello',
      {
        priority: 13,
        time: '2026-11-21T17:33:01.123Z',
        host: 'host',
        app: 'tag',
        process: '4711',
        messageId: 'ID47',
        elements: [['timeQuality', 'tzKnown=1', 'isSynced=0']],
        text: 'hello',
      },
    ],
    // rsyslog 8.2302.0, RSYSLOG_SyslogProtocol23Format
    ['<13>1 - vm tag - - -  hello', { priority: 13, host: 'vm', app: 'tag', text: 'hello' }],
    // RFC 5424, 6.5, examples 1 and 4
    [
      "<34>1 2003-10-11T22:14:15.003Z mymachine.example.com su - ID47 - \\xef\\xbb\\xbf'su root' failed",
      {
        priority: 34,
        time: '2003-10-11T22:14:15.003Z',
        host: 'mymachine.example.com',
        app: 'su',
        messageId: 'ID47',
        text: "'su root' failed",
      },
    ],
    [
      '<165>1 2003-08-24T05:14:15.000003-07:00 - - - - [a@1 x="1"][b@2]',
      {
        priority: 165,
        time: '2003-08-24T12:14:15.000Z',
        elements: [['a@1', 'x=1'], ['b@2']],
        text: '',
      },
    ],
    ['<0>1 - - - - - -', { priority: 0, text: '' }],
    [
      '<1>1 - - - - - [a x="q\\"b\\]\\\\ \\x0a"] t',
      { priority: 1, elements: [['a', 'x=q"b]\\ \\x0a']], text: 't' },
    ],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });
});

describe('RFC 3164', () => {
  test.each([
    [
      '<34>Oct 11 22:14:15 mymachine su: failed for lonvick',
      { localTime: 'Oct 11 22:14:15', host: 'mymachine', app: 'su', text: 'failed for lonvick' },
    ],
    // logger --rfc3164 -t tag --id, and syslog-ng
    [
      '<34>May  3 18:34:40 nii3 tag[12]: hello: there',
      {
        localTime: 'May  3 18:34:40',
        host: 'nii3',
        app: 'tag',
        process: '12',
        text: 'hello: there',
      },
    ],
    // As it is written to /dev/log, without a host
    [
      '<34>May 13 18:34:40 cron[3]: ran',
      { localTime: 'May 13 18:34:40', app: 'cron', process: '3', text: 'ran' },
    ],
    [
      '<34>2026-11-21T19:21:14 nii3 su[7]: ran',
      { localTime: '2026-11-21T19:21:14', host: 'nii3', app: 'su', process: '7', text: 'ran' },
    ],
    ['<34>May 13 18:34:40 su: ran', { localTime: 'May 13 18:34:40', app: 'su', text: 'ran' }],
    [
      '<34>May 13 18:34:40 nii3 hello',
      { localTime: 'May 13 18:34:40', host: 'nii3', text: 'hello' },
    ],
    // rsyslog, RSYSLOG_ForwardFormat, which omrelp and omfwd use by themselves
    [
      '<34>2026-05-13T16:34:40.123456+00:00 nii3 vmmanage: hi',
      { time: '2026-05-13T16:34:40.123Z', host: 'nii3', app: 'vmmanage', text: 'hi' },
    ],
  ])('%s', (text, expected) => {
    expect(read(text)).toEqual({ priority: 34, ...expected });
  });

  test.each([
    [
      '<34>29: *Mar  1 00:00:01.123: %SYS-5-CONFIG_I: Configured',
      { localTime: 'Mar  1 00:00:01.123', text: '%SYS-5-CONFIG_I: Configured' },
    ],
    [
      '<34>29: r1: Mar  1 2026 00:00:01 UTC: %SYS-5-CONFIG_I: Configured',
      { localTime: 'Mar  1 2026 00:00:01', host: 'r1', text: '%SYS-5-CONFIG_I: Configured' },
    ],
    ['<34>%ASA-6-302013: Built', { text: '%ASA-6-302013: Built' }],
    [
      '<34>Mar 01 2026 00:00:01 asa1 : %ASA-6-302013: Built',
      { localTime: 'Mar 01 2026 00:00:01', host: 'asa1', text: '%ASA-6-302013: Built' },
    ],
  ])("of Cisco's devices: %s", (text, expected) => {
    expect(read(text)).toEqual({ priority: 34, ...expected });
  });
});

describe('no message is', () => {
  test.each([
    [''],
    ['hello'],
    ['<13>hello'],
    ['<192>1 - - - - - - x'],
    ['<>1 - - - - - - x'],
    ['<1234>1 - - - - - - x'],
    ['<13>2 - - - - - - x'],
    ['<13>1 - a b c d'],
    ['<13>1 - a b c d e'],
    ['<13>1 2026-02-30T00:00:00Z a b c d - x'],
    ['<13>1 yesterday a b c d - x'],
    ['<13>1 - a b c d [x y=z] x'],
    ['<13>1 - a b c d [x y="z"]x'],
    ['<13>1 - a b c d [x y="z'],
    ['<13>1 - a b c d [x y="z"'],
    ['<13>1 - a b c d [] x'],
    [`<13>1 - ${'a'.repeat(256)} b c d - x`],
    [`<13>1 - a ${'b'.repeat(49)} c d - x`],
    [`<13>1 - a b c d ${'[x]'.repeat(33)} x`],
    [`<13>1 - a b c d [x${' y="z"'.repeat(65)}] x`],
    ['<13>Foo 13 18:34:40 host su: x'],
    ['<13>May 13 18:34 host su: x'],
    ['<13>2026-13-01T00:00:00Z host su: x'],
  ])('%s', (text) => {
    expect(parseSyslog(text)).toBeUndefined();
  });
});
