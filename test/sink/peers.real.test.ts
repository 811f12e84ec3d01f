/**
 * Programs that people have, as Debian ships them, into our sink: logger, nc, rsyslog and syslog-ng's
 * loggen. What each sends is in the file once, under the name and the text that it gave.
 */
import { execFile } from 'node:child_process';
import { hostname } from 'node:os';
import { promisify } from 'node:util';
import { describe, expect, onTestFinished, test } from 'vitest';
import { mustFind } from '../support/program.ts';
import { type Rsyslog, startRelay } from '../support/rsyslog.ts';
import { loggen } from '../support/syslog-ng.ts';
import { linesIn, sentLinesOf, startSink, type TestSink } from './support.ts';

const NAME = hostname();
/** Enough for several frames in a read, and frames over several reads. */
const MANY = 1000;
const MESSAGES = Array.from(
  { length: MANY },
  (_, i) => `message ${i} says "ø" [${'x'.repeat(i % 97)}].`,
);

/** Runs a program with this input, to its end. */
async function feed(program: string, words: readonly string[], input: string): Promise<void> {
  const running = promisify(execFile)(mustFind(program), words);
  running.child.stdin?.end(input);
  await running;
}

function logger(port: number, messages: readonly string[], ...words: string[]): Promise<void> {
  const to = ['--tcp', '--server', '127.0.0.1', '--port', String(port), '--tag', 'shop', ...words];
  return feed('logger', to, messages.map((message) => `${message}\n`).join(''));
}

/** What differs from run to run: the time of a record that took long, and what logger says of its clock. */
const PASSING = / \[at=\S+\]$| \[timeQuality\.tzKnown=1 timeQuality\.isSynced=[01][^\]]*\]$/;

async function heard(sink: TestSink, count: number): Promise<string[]> {
  await linesIn(sink.file, count);
  return sentLinesOf(sink.file).map((line) => line.replace(PASSING, ''));
}

/** Of a thousand lines, the first that is not what it should be says enough. */
function expectAll(lines: readonly string[], app: string): void {
  const wanted = MESSAGES.map((message) => `${NAME}: ${app}: ${message}`);
  const at = lines.findIndex((line, i) => line !== wanted[i]);
  expect({ line: lines[at], of: lines.length }).toEqual({ line: wanted[at], of: MANY });
}

describe('logger', () => {
  test.each([
    ['RFC 5424, a line each', ['--rfc5424']],
    ['RFC 5424, octet-counted', ['--rfc5424', '--octet-count']],
    ['RFC 3164, a line each', ['--rfc3164']],
    ['RFC 3164, octet-counted', ['--rfc3164', '--octet-count']],
  ])('sends %s', async (_, words) => {
    const sink = await startSink();
    await logger(sink.port, MESSAGES, ...words);
    expectAll(await heard(sink, MANY), 'shop');
  });

  test('gives its process id and fields of its own', async () => {
    const sink = await startSink();
    const data = ['--sd-id', 'shop@32473', '--sd-param', 'order="7 \\"b\\""'];
    await logger(sink.port, ['sold'], '--rfc5424=notq', '--id=4711', ...data);
    expect(await heard(sink, 1)).toEqual([
      `${NAME}: shop[4711]: sold [shop@32473.order="7 \\"b\\""]`,
    ]);
  });
});

describe('nc', () => {
  test('sends plain lines, the last without its newline', async () => {
    const sink = await startSink();
    await feed('nc', ['-N', '127.0.0.1', String(sink.port)], 'nii3: one\r\nnii3: two\n\nthree');
    expect(await heard(sink, 3)).toEqual(
      ['nii3: one', 'nii3: two', 'three'].map((line) => `${line}`),
    );
  });
});

/** What it passes on in a form came to it in the same one: of the older one it keeps a blank, of the newer one no colon. */
const FORMATS = [
  ['RSYSLOG_ForwardFormat', '--rfc3164'],
  ['RSYSLOG_SyslogProtocol23Format', '--rfc5424=notq', '--octet-count'],
] as const;

describe('rsyslog', () => {
  test.each([
    ['omfwd, a line each', 'type="omfwd" protocol="tcp" TCP_Framing="traditional"', ''],
    ['omfwd, octet-counted', 'type="omfwd" protocol="tcp" TCP_Framing="octet-counted"', ''],
    ['omrelp', 'type="omrelp"', 'module(load="omrelp")'],
  ])('passes on by %s, in either format', async (_, action, module) => {
    for (const [template, ...words] of FORMATS) {
      const sink = await startSink();
      const to = `target="127.0.0.1" port="${sink.port}" template="${template}"`;
      const relay = await startRelayHere(`${module}\naction(${action} ${to})`);
      await logger(relay.port, MESSAGES, ...words);
      expectAll(await heard(sink, MANY), 'shop');
    }
  });

  test('sends by omrelp again what an orderly restart of the sink did not answer, and nothing else', async () => {
    const first = await startSink();
    const { file, port } = first;
    const relay = await startRelayHere(`module(load="omrelp")
action(type="omrelp" target="127.0.0.1" port="${port}" action.resumeInterval="1" action.resumeRetryCount="-1")`);
    await logger(relay.port, MESSAGES, '--rfc3164');
    await linesIn(file, 1);
    await first.close();
    const second = await startSink({ file, listen: { host: '127.0.0.1', port } });
    expectAll(await heard(second, MANY), 'shop');
  });
});

describe('loggen', () => {
  test.each([
    ['RFC 3164, a line each', []],
    ['RFC 5424, octet-counted', ['--syslog-proto']],
    ['RFC 5424, a line each', ['--syslog-proto', '--no-framing']],
  ])('sends %s over connections side by side', async (_, words) => {
    const sink = await startSink();
    const connections = 10;
    const size = [
      '--number=100',
      '--size=300',
      '--rate=100000',
      `--active-connections=${connections}`,
    ];
    await loggen(
      '--inet',
      '--stream',
      '--quiet',
      ...size,
      ...words,
      '127.0.0.1',
      String(sink.port),
    );
    const lines = await heard(sink, 100 * connections);
    const told = lines.map((line) =>
      /^localhost: prg\d{5}\[1234\]: seq: (\d+), thread: (\d+), /.exec(line),
    );
    const numbers = told.map((match) => `${match?.[2]} ${match?.[1]}`);
    expect(new Set(numbers).size).toBe(100 * connections);
    expect(lines).toHaveLength(100 * connections);
  });
});

async function startRelayHere(action: string): Promise<Rsyslog> {
  const relay = await startRelay(action);
  onTestFinished(() => relay.remove());
  return relay;
}
