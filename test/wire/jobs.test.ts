/** What the daemon and the worker take from each other: whole messages, and nothing else. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type DaemonMessage,
  formatMessage,
  parseDaemonMessage,
  parseWorkerMessage,
  type WorkerMessage,
  whyNone,
} from '../../src/wire/jobs.ts';
import { RUNS } from '../support/runs.ts';

const ENDED: WorkerMessage = {
  ...{ type: 'ended', key: '01M7-ab.2', exit: 0, timed_out: false, cut: false },
  ...{ stdout: 'NDIK', stderr: '', took_ms: 4 },
};
const RUN: DaemonMessage = {
  ...{ type: 'run', key: '01M7-ab', argv: ['bc', '-q'], payload: 'NDIK', give: 'stdin' },
  ...{ timeout_ms: 1000, max_output: 10 },
};

const LATER =
  'the worker is of another build (messages of version 2, not 1): restart daemon and worker';

/** Another text here is another MESSAGES_VERSION: an older build would take it for something else. */
const VERSION_1: Readonly<Record<(WorkerMessage | DaemonMessage)['type'], string>> = {
  hello: '{"v":1,"type":"hello","holding":["a-1"]}\n',
  ended:
    '{"v":1,"type":"ended","key":"01M7-ab.2","exit":0,"timed_out":false,"cut":false,"stdout":"NDIK","stderr":"","took_ms":4}\n',
  run: '{"v":1,"type":"run","key":"01M7-ab","argv":["bc","-q"],"payload":"NDIK","give":"stdin","timeout_ms":1000,"max_output":10}\n',
  welcome: '{"v":1,"type":"welcome"}\n',
  settled: '{"v":1,"type":"settled","key":"a-1"}\n',
  refused: '{"v":1,"type":"refused","reason":"no"}\n',
};

describe('a message', () => {
  it.each<WorkerMessage>([
    { type: 'hello', holding: [] },
    { type: 'hello', holding: ['a-1'] },
    ENDED,
  ])('of the worker comes through: %j', (message) => {
    const line = formatMessage(message);
    expect(line.endsWith('\n')).toBe(true);
    expect(parseWorkerMessage(line)).toEqual(message);
    expect(parseDaemonMessage(line)).toBeUndefined();
  });

  it.each<DaemonMessage>([
    RUN,
    { type: 'welcome' },
    { type: 'settled', key: 'a-1' },
    { type: 'refused', reason: 'no' },
  ])('of the daemon comes through: %j', (message) => {
    expect(parseDaemonMessage(formatMessage(message))).toEqual(message);
    expect(parseWorkerMessage(formatMessage(message))).toBeUndefined();
  });

  it.each([
    ['no JSON', 'hello'],
    ['no object', '[]'],
    ['another version', '{"v":2,"type":"hello","holding":[]}'],
    ['no type', '{"v":1,"holding":[]}'],
    ['a type of every object', '{"v":1,"type":"constructor"}'],
    ['a field too many', '{"v":1,"type":"hello","holding":[],"argv":["sh"]}'],
    ['a field too few', '{"v":1,"type":"hello"}'],
    ['a key with a path', '{"v":1,"type":"hello","holding":["../x"]}'],
    ['a list without end', JSON.stringify({ v: 1, type: 'hello', holding: Array(1001).fill('a') })],
    ['a time below none', formatMessage({ ...ENDED, took_ms: -1 })],
    ['bytes that are no base64', formatMessage({ ...ENDED, stdout: '<>' })],
    ['words without end', formatMessage({ ...ENDED, stderr: 'x'.repeat(2 ** 20 + 1) })],
  ])('that is none: %s', (_, line) => {
    expect(parseWorkerMessage(line)).toBeUndefined();
  });

  it.each([
    ['no program', formatMessage({ ...RUN, argv: [] })],
    ['another way to give', formatMessage(RUN).replace('stdin', 'shell')],
  ])('to the worker that is none: %s', (_, line) => {
    expect(parseDaemonMessage(line)).toBeUndefined();
  });

  it.each<WorkerMessage | DaemonMessage>([
    { type: 'hello', holding: ['a-1'] },
    ENDED,
    RUN,
    { type: 'welcome' },
    { type: 'settled', key: 'a-1' },
    { type: 'refused', reason: 'no' },
  ])('stays as it is for as long as its version does: %j', (message) => {
    expect(formatMessage(message)).toBe(VERSION_1[message.type]);
  });

  it.each([
    ['of a later version', '{"v":2,"type":"hello"}', LATER],
    ['of this version', '{"v":1,"type":"greeting"}', 'the worker is not understood'],
    ['of no version', '{"type":"hello"}', 'the worker is not understood'],
    ['of an odd one', '{"v":"2"}', 'the worker is not understood'],
    ['that is no message', 'hello', 'the worker is not understood'],
  ])('%s is told as what it is, where it is none', (_, line, sentence) => {
    expect(whyNone(line, 'worker')).toBe(sentence);
  });

  it('is never made of anything else', () => {
    const any = fc.oneof(
      fc.string(),
      fc.json(),
      fc.object().map((each) => JSON.stringify(each)),
    );
    const property = fc.property(any, (line) => {
      expect([parseWorkerMessage(line), parseDaemonMessage(line)]).toEqual([undefined, undefined]);
    });
    fc.assert(property, { numRuns: RUNS });
  });
});
