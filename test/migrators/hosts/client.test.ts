/** What a call sends, and what its end means. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { whereOf } from '../../../src/migrators/hosts/answer.ts';
import { HostClient, replyOf } from '../../../src/migrators/hosts/client.ts';
import { hostsOptions } from '../../../src/migrators/hosts/options.ts';
import type { Ended, Program } from '../../../src/system/programs.ts';
import { oneLine } from '../../../src/system/said.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { optionsFrom } from '../../support/options.ts';

const REQUEST = '01JH0000000000000000000000';
const HEAD = 'vmmanage-host=1\nhost=xen1\n';

function ended(more: Partial<Ended> = {}): Ended {
  const quiet = { signal: undefined, timedOut: false, aborted: false, cut: false };
  return { ...quiet, exit: 0, stdout: '', stderr: '', ...more };
}

const reply = (more: Partial<Ended>) => replyOf(ended(more), 'xen1', whereOf);

describe('a call', () => {
  const programs: Program[] = [];
  const addresses: Readonly<Record<string, string>> = {
    xen1: '192.0.2.1:2201',
    xen2: '2001:db8::2',
  };
  const context = { clock: manualClock(), addressOf: (host: string) => addresses[host] ?? host };
  const client = new HostClient(optionsFrom(hostsOptions), context, async (program) => {
    programs.push(program);
    return ended();
  });
  const sent = () =>
    programs.splice(0).map(({ argv }) => argv.slice(argv.indexOf('--') + 1).join(' '));

  it('sends one of five words and what belongs to it', async () => {
    await client.where('xen1');
    await client.capacity('xen2');
    await client.migrate({ request: REQUEST, vm: 'nii3', from: 'xen3', to: 'xen2' });
    await client.status('xen3', REQUEST);
    await client.cancel('xen3', REQUEST);
    expect(sent()).toEqual([
      'vmmanage-host@192.0.2.1 where',
      'vmmanage-host@2001:db8::2 capacity',
      `vmmanage-host@xen3 migrate xen2 ${REQUEST}`,
      `vmmanage-host@xen3 status ${REQUEST}`,
      `vmmanage-host@xen3 cancel ${REQUEST}`,
    ]);
  });

  it('goes to the port of the address, is bounded, and pins the host’s key', async () => {
    await client.where('xen1');
    const [{ argv, timeoutMs, maxOutputBytes } = { argv: [] }] = programs;
    expect(argv.join(' ')).toContain('-p 2201 ');
    expect(argv).toContain('UserKnownHostsFile=/etc/vmmanage/known_hosts');
    expect(argv).toContain('ConnectTimeout=9');
    expect({ timeoutMs, maxOutputBytes }).toEqual({ timeoutMs: 10_000, maxOutputBytes: 16_384 });
  });
});

describe('the end of a call', () => {
  it('with an answer is that', () => {
    expect(reply({ stdout: `${HEAD}here=yes\n` })).toEqual({
      kind: 'answer',
      value: { here: 'yes' },
    });
  });

  const silence = (text: string, never = false) => ({ kind: 'silent', text, never });
  it.each<[string, Partial<Ended>, unknown]>([
    [
      'by another host',
      { stdout: 'vmmanage-host=1\nhost=xen2\nhere=yes\n' },
      silence('calls itself “xen2”, not xen1'),
    ],
    [
      'with another answer',
      { stdout: `${HEAD}state=up\n` },
      silence("doesn't answer what it was asked"),
    ],
    [
      'of another version',
      { stdout: 'vmmanage-host=7\n' },
      silence('speaks another version of vmmanage-host, 7'),
    ],
    ['with a flood', { stdout: `${HEAD}here=yes\n`, cut: true }, silence('says too much')],
    ['cut in its answer', { stdout: `${HEAD}here=y` }, silence('said only a part of its answer')],
    [
      'where there is no ssh',
      { exit: undefined, notStarted: 'no such program: ssh' },
      silence('no such program: ssh', true),
    ],
    ['by a signal', { exit: undefined, signal: 'SIGKILL' }, silence('killed by SIGKILL')],
    [
      'where there is no vmmanage-host',
      { exit: 127, stderr: 'sh: vmmanage-host: not found' },
      silence('has no vmmanage-host: sh: vmmanage-host: not found', true),
    ],
    [
      'not permitted',
      { exit: 77, stdout: `${HEAD}reason=xen7 is not a host of nii3\n` },
      silence('xen7 is not a host of nii3', true),
    ],
    [
      'not understood',
      { exit: 64, stdout: `vmmanage-host=1\nhost=\nreason=not understood\n` },
      silence('not understood', true),
    ],
    [
      'with a tool that hangs',
      { exit: 69, stdout: `${HEAD}reason=xl does not answer\n` },
      silence('xl does not answer'),
    ],
    [
      'with a tool that hangs and no words',
      { exit: 69 },
      silence("its hypervisor's tool doesn't answer (exit 69)"),
    ],
    [
      'with a veto of another host',
      { exit: 75, stdout: 'vmmanage-host=1\nhost=xen2\nveto=busy\n' },
      silence('exit 75: veto=busy'),
    ],
    [
      'with a yes and a failure',
      { exit: 1, stdout: `${HEAD}here=yes\n` },
      silence('exit 1: here=yes'),
    ],
  ])('%s', (_, more, expected) => {
    expect(reply(more)).toEqual(expected);
  });

  it('with a veto says what and why', () => {
    const stdout = `${HEAD}veto=busy\nreason=one at a time\nretry_after=30\n`;
    expect(reply({ exit: 75, stdout })).toEqual({
      kind: 'veto',
      veto: { veto: 'busy', reason: 'one at a time', retryAfterS: 30 },
    });
  });

  it('of any kind is one of these, on one line, and a place only where one was told', () => {
    const any = fc.record({
      exit: fc.constantFrom(undefined, 0, 1, 64, 69, 70, 75, 77, 126, 127, 255),
      stdout: fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.string().map((text) => `${HEAD}${text}`),
      ),
      stderr: fc.string({ unit: 'binary' }),
      timedOut: fc.boolean(),
      aborted: fc.boolean(),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(any, (more) => {
        const said = reply(more as Partial<Ended>);
        if (said.kind === 'silent') expect(oneLine(said.text, 210)).toBe(said.text);
        if (said.kind === 'answer') expect(more.stdout).toContain('here=');
      }),
      { numRuns: process.env['LONG'] ? 100_000 : 2000 },
    );
  });
});
