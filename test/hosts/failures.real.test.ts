/**
 * What vmmanage-host makes of what the tools say: each row of what was observed of xl and virsh. A sentence for
 * people, and the guest where it is. The targets aren't looked at first here, so that the tools themselves fail.
 */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Host } from '../support/host.ts';
import { Hosts } from '../support/hosts.ts';
import { becomes, ended, REQUEST } from './support.ts';

let hosts: Hosts;
let source: Host;
let target: Host;
beforeAll(async () => {
  hosts = await Hosts.start({
    hosts: ['xen1', 'xen2'],
    vms: { xen: 'admit = no', lv: 'tool = libvirt\nadmit = no', looked: 'tool = libvirt' },
  });
  source = hosts.host('xen1');
  target = hosts.host('xen2');
});
afterAll(() => hosts?.remove());
beforeEach(async () => {
  await hosts.reset();
  for (const vm of ['xen', 'lv', 'looked']) source.createDomain(vm, 256);
});

interface Case {
  readonly so: string;
  /** Nobody can log in at the target. */
  readonly targetStopped?: true;
  readonly prepare?: () => void;
  /** While the pages go over. */
  readonly meanwhile?: () => unknown;
  readonly reason: RegExp;
}

const slowly = () => source.setKnob('steps', '600');
const CASES: Readonly<Record<'xen' | 'lv', readonly Case[]>> = {
  xen: [
    {
      so: 'the target refuses the connection',
      targetStopped: true,
      reason: /^xen2 refuses the connection; nothing was transferred$/,
    },
    {
      so: 'the target lacks memory, seen in mid-transfer',
      prepare: () => target.setKnob('memory', '200'),
      reason: /^xen2 has too little free memory; the guest ran on$/,
    },
    {
      so: 'the target has a domain of that name, seen at the end',
      prepare: () => target.createDomain('xen'),
      reason: /^xen2 has a domain of that name already; the guest stood still for the switch/,
    },
    {
      so: 'the target fails at the end',
      prepare: () => target.setKnob('fail_late', 'yes'),
      reason: /^the transfer failed at xen2 at its end; the guest runs on at xen1$/,
    },
    {
      so: 'the transport is killed',
      prepare: slowly,
      meanwhile: () => source.cut(),
      reason: /^the transfer to xen2 broke off; the guest runs on at xen1$/,
    },
  ],
  lv: [
    {
      so: 'the target refuses the connection',
      targetStopped: true,
      reason: /^xen2 refuses the connection; nothing was transferred$/,
    },
    {
      so: 'the target lacks memory',
      prepare: () => target.setKnob('memory', '200'),
      reason: /^xen2 has too little free memory; the guest ran on$/,
    },
    {
      so: 'the target has a domain of that name',
      prepare: () => target.createDomain('lv'),
      reason: /^xen2 has a domain of that name already; nothing was transferred$/,
    },
    {
      so: 'the target fails at the end',
      prepare: () => target.setKnob('fail_late', 'yes'),
      reason: /^libvirt failed with 1: error: internal error: unable to execute QEMU command/,
    },
    {
      so: 'it is stopped by hand',
      prepare: slowly,
      meanwhile: () => source.run('virsh', '-c', 'qemu:///system', 'domjobabort', 'lv'),
      reason: /^the transfer was stopped; the guest runs on$/,
    },
    {
      so: 'the transport is killed',
      prepare: slowly,
      meanwhile: () => source.cut(),
      reason: /^libvirt failed with 1: error: operation failed: migration out job/,
    },
  ],
};

async function failing(vm: string, { targetStopped, prepare, meanwhile }: Case) {
  prepare?.();
  if (targetStopped) await target.stop();
  try {
    expect((await source.call(vm, `migrate xen2 ${REQUEST}`)).status).toBe(0);
    if (meanwhile) {
      await becomes(() => target.domains().length > 0);
      await meanwhile();
    }
    return await ended(hosts, 'xen1', REQUEST, vm);
  } finally {
    if (targetStopped) await target.start();
  }
}

describe.each(['xen', 'lv'] as const)('%s: where', (vm) => {
  it.each(CASES[vm])('$so, it fails, and the guest stays', async (each) => {
    const result = await failing(vm, each);
    expect(result).toMatchObject({ state: 'failed', exit: '1' });
    expect(result['reason']).toMatch(each.reason);
    expect(source.domains()).toContain(vm);
    // Its record is there a moment before its line.
    await becomes(() => source.syslog().some((line) => line.includes('state=failed took=')));
  });
});

it('xl knows the domain no more when it begins', async () => {
  source.setKnob('start_s', '0.5');
  await source.call('xen', `migrate xen2 ${REQUEST}`);
  source.removeDomain('xen');
  const { state, reason } = await ended(hosts, 'xen1', REQUEST, 'xen');
  expect({ state, reason }).toEqual({
    state: 'failed',
    reason: 'xl knows no domain xen on xen1; it is not on xen1 any more, and xen2 does not have it',
  });
});

it('a link that is dead for a while ends nothing', async () => {
  slowly();
  await source.call('xen', `migrate xen2 ${REQUEST}`);
  await becomes(() => target.domains().includes('xen--incoming'));
  expect(await source.stall(1_000)).toBe(1);
  source.setKnob('steps', '1');
  expect(await ended(hosts, 'xen1', REQUEST, 'xen')).toMatchObject({ state: 'done' });
});

describe('libvirt', () => {
  it('tells how far it is, and how long the guest stood still', async () => {
    slowly();
    expect((await source.call('looked', `migrate xen2 ${REQUEST}`)).status).toBe(0);
    await becomes(() => target.domains().includes('looked'));
    const { values } = await source.call('looked', `status ${REQUEST}`);
    expect(values['state']).toBe('moving');
    expect(Number(values['percent'])).toBeLessThan(100);
    expect((await target.call('looked', 'where')).values['here']).toBe('incoming');
    expect((await target.call('looked', 'capacity')).values['in']).toBe('1');
    source.setKnob('steps', '1');
    expect(await ended(hosts, 'xen1', REQUEST, 'looked')).toMatchObject({
      state: 'done',
      downtime_ms: '104',
    });
    expect(source.calls().find((call) => call.includes('migrate'))).toBe(
      'virsh -c qemu:///system migrate --live --p2p --persistent --undefinesource looked qemu+ssh://xen2/system',
    );
  });

  it('is cancelled by itself', async () => {
    slowly();
    await source.call('looked', `migrate xen2 ${REQUEST}`);
    await becomes(() => target.domains().includes('looked'));
    const { values } = await source.call('looked', `cancel ${REQUEST}`);
    expect(values).toMatchObject({ state: 'moving', reason: 'asked to stop' });
    expect(await ended(hosts, 'xen1', REQUEST, 'looked')).toMatchObject({ state: 'cancelled' });
    expect(source.domains()).toContain('looked');
  });

  it('is looked at first: a domain that is shut off there is in the way', async () => {
    await target.run(
      'sh',
      '-c',
      `mkdir -p ${target.folder}/things/off; : >${target.folder}/things/off/looked`,
    );
    const { status, values } = await source.call('looked', `migrate xen2 ${REQUEST}`);
    expect({ status, veto: values['veto'] }).toEqual({ status: 75, veto: 'name' });
  });

  it('is looked at first: its memory, by what libvirt says', async () => {
    target.setKnob('memory', '255');
    const { values } = await source.call('looked', `migrate xen2 ${REQUEST}`);
    expect(values['reason']).toBe('xen2: looked needs 256 MB, and xen2 has 255 MB to give');
  });
});
