/** Each veto, at the source and at the target, and that nothing was transferred for it. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Host } from '../support/host.ts';
import { Hosts } from '../support/hosts.ts';
import { becomes, ended, REQUEST, request } from './support.ts';

let hosts: Hosts;
let source: Host;
let target: Host;
beforeAll(async () => {
  hosts = await Hosts.start({
    hosts: ['xen1', 'xen2', 'xen3'],
    vms: {
      nii3: 'separate = db1, db2\nbase = xen3',
      nii4: '',
      stayer: 'min_stay = 60',
      apart: 'separate = nii4',
    },
    conf: CONF,
  });
  source = hosts.host('xen1');
  target = hosts.host('xen2');
});
afterAll(() => hosts?.remove());
beforeEach(async () => {
  await hosts.reset();
  source.createDomain('nii3', 256);
});

const CONF = 'min_free_mem = 100\nask_timeout = 1';
const transfers = () => source.calls().filter((call) => call.startsWith('xl migrate'));
const asked = (vm = 'nii3', to = 'xen2') => source.call(vm, `migrate ${to} ${REQUEST}`);

interface Veto {
  readonly so: string;
  readonly prepare: () => void;
  readonly veto: string;
  readonly reason: string;
  readonly retry?: string;
}

const VETOES: readonly Veto[] = [
  {
    so: 'everybody is held at the source',
    prepare: () => source.hold('new switches tonight\nretry-after: 600'),
    veto: 'hold',
    reason: 'new switches tonight',
    retry: '600',
  },
  {
    so: 'the VM alone is held at the source',
    prepare: () => source.hold('ask Kari first', 'nii3'),
    veto: 'hold',
    reason: 'ask Kari first',
  },
  {
    so: 'a hold gives no reason',
    prepare: () => source.hold(''),
    veto: 'hold',
    reason: 'held by the provider',
  },
  {
    so: 'everybody is held at the target',
    prepare: () => target.hold('retry-after: 60\nnew disks'),
    veto: 'hold',
    reason: 'xen2: new disks',
    retry: '60',
  },
  {
    so: 'the target is being drained',
    prepare: () => target.state('draining for new memory'),
    veto: 'state',
    reason: 'xen2: xen2 is draining: for new memory',
  },
  {
    so: 'the target is down',
    prepare: () => target.state('down'),
    veto: 'state',
    reason: 'xen2: xen2 is down',
  },
  {
    so: 'the state of the target is no known word',
    prepare: () => target.state('upp'),
    veto: 'state',
    reason: 'xen2: xen2 is down: its state is none of up, draining and down',
  },
  {
    so: 'the target lacks a megabyte beside what it keeps free',
    prepare: () => target.setKnob('memory', '355'),
    veto: 'memory',
    reason: 'xen2: nii3 needs 256 MB, and xen2 has 255 MB to give',
  },
  {
    so: 'the target has a domain of that name',
    prepare: () => target.createDomain('nii3'),
    veto: 'name',
    reason: 'xen2: xen2 has a domain nii3 already',
  },
  {
    so: 'a domain of that name comes to the target',
    prepare: () => target.createDomain('nii3--incoming'),
    veto: 'name',
    reason: 'xen2: xen2 has a domain nii3--incoming',
  },
  {
    so: 'a guest that it must not run beside is at the target',
    prepare: () => target.createDomain('db2'),
    veto: 'separate',
    reason: 'xen2: db2 is on xen2, and nii3 must not run beside it',
  },
  {
    so: 'a guest that it must not run beside comes to the target',
    prepare: () => target.createDomain('db1--incoming'),
    veto: 'separate',
    reason: 'xen2: db1 is on xen2, and nii3 must not run beside it',
  },
  {
    so: 'another guest comes to the target, and one is the limit',
    prepare: () => target.createDomain('other--incoming'),
    veto: 'in',
    reason: 'xen2: 1 of 1 transfers to xen2 go on',
    retry: '30',
  },
  {
    so: 'the guest is not here',
    prepare: () => source.removeDomain('nii3'),
    veto: 'name',
    reason: 'nii3 does not run on xen1',
  },
  {
    so: 'somebody else moves it at this moment',
    prepare: () => source.createDomain('nii3--migratedaway'),
    veto: 'busy',
    reason: 'nii3 is being moved already (leaving)',
    retry: '10',
  },
  {
    so: 'the tool of the target does not work',
    prepare: () => target.setKnob('broken', 'yes'),
    veto: 'unreachable',
    reason:
      "xen2 can't tell: xl does not answer on xen2: xencall: error: Could not obtain handle on privileged command interface",
  },
];

describe('a request is vetoed when', () => {
  it.each(VETOES)('$so', async ({ prepare, veto, reason, retry }) => {
    prepare();
    const { status, values } = await asked();
    expect(values).toMatchObject({ veto, reason, ...(retry && { retry_after: retry }) });
    expect(status).toBe(75);
    expect(transfers()).toEqual([]);
    const after = await source.call('nii3', `status ${REQUEST}`);
    expect(after.values['state']).toBe('unknown');
  });

  it('the guest came a moment ago', async () => {
    source.createDomain('stayer');
    const { status, values } = await asked('stayer');
    expect(status).toBe(75);
    expect(values).toMatchObject({
      veto: 'stay',
      reason: expect.stringMatching(/^stayer came \d s ago/),
    });
    expect(Number(values['retry_after'])).toBeGreaterThan(50);
  });

  it('it is to go where it is', async () => {
    const { status, values } = await asked('nii3', 'xen1');
    expect({ status, ...values }).toMatchObject({ status: 75, reason: 'nii3 is on xen1 already' });
  });

  it('another guest leaves the source, and one is the limit', async () => {
    source.setKnob('steps', '600');
    source.createDomain('nii4');
    expect((await asked('nii4', 'xen3')).status).toBe(0);
    const { status, values } = await asked();
    expect({ status, ...values }).toMatchObject({
      status: 75,
      veto: 'out',
      reason: '1 of 1 transfers from xen1 go on',
      retry_after: '30',
    });
    // Its transport may not have begun yet.
    await becomes(() => source.cut() > 0);
    await ended(hosts, 'xen1', REQUEST, 'nii4');
    expect((await asked()).status).toBe(0);
  });

  it('another request of it is carried out', async () => {
    source.setKnob('steps', '600');
    expect((await asked()).status).toBe(0);
    const { status, values } = await source.call('nii3', `migrate xen3 ${request(2)}`);
    expect({ status, veto: values['veto'] }).toEqual({ status: 75, veto: 'busy' });
  });

  it('another source was promised the last memory of the target a moment ago', async () => {
    target.write('host.conf', 'name = xen2\nmax_in = 2\n');
    onTestFinished(() => target.write('host.conf', `name = xen2\n${CONF}\n`));
    target.setKnob('memory', '300');
    const admit = (vm: string) => target.run('vmmanage-host', '--vm', vm, '--admit', '256', 'xen3');
    expect((await admit('nii4')).values).toMatchObject({ state: 'accepted' });
    expect((await admit('nii3')).values).toMatchObject({ veto: 'memory' });
    // Asked again by the same VM it is the same place.
    expect((await admit('nii4')).status).toBe(0);
  });

  it('a guest that it must not run beside was admitted to the target a moment ago', async () => {
    target.write('host.conf', 'name = xen2\nmax_in = 4\n');
    onTestFinished(() => target.write('host.conf', `name = xen2\n${CONF}\n`));
    const admit = (vm: string) => target.run('vmmanage-host', '--vm', vm, '--admit', '256', 'xen3');
    expect((await admit('apart')).status).toBe(0);
    expect((await admit('nii4')).status).toBe(0);
    expect((await admit('apart')).values).toMatchObject({
      veto: 'separate',
      reason: 'nii4 is on xen2, and apart must not run beside it',
    });
  });
});

describe('a target that', () => {
  it('has no vmmanage-host is refused, for its state is not known', async () => {
    const { bin } = target;
    await target.run('mv', `${bin}/vmmanage-host`, `${bin}/away`);
    const { status, values } = await asked();
    await target.run('mv', `${bin}/away`, `${bin}/vmmanage-host`);
    expect({ status, veto: values['veto'] }).toEqual({ status: 75, veto: 'unreachable' });
    expect(values['reason']).toBe(
      "xen2 has no vmmanage-host: its state, holds and memory can't be known",
    );
  });

  it('does not take connections is refused', async () => {
    await target.stop();
    const { status, values } = await asked();
    await target.start();
    expect({ status, veto: values['veto'] }).toEqual({ status: 75, veto: 'unreachable' });
    expect(values['reason']).toMatch(
      /^xen2 can't be reached: ssh: connect to .* Connection refused$/,
    );
  });

  it('hangs is refused within the time that a guest waits', async () => {
    target.setKnob('hang', 'xl');
    const began = Date.now();
    const { status, values } = await asked();
    expect({ status, veto: values['veto'] }).toEqual({ status: 75, veto: 'unreachable' });
    expect(Date.now() - began).toBeLessThan(5_000);
  });

  it('does not know the VM is never permitted', async () => {
    const vms = await target.run('cat', `${target.folder}/etc/vms.conf`);
    target.write('vms.conf', '[other]\ntool = xl\n');
    const { status, values } = await asked();
    target.write('vms.conf', vms.stdout);
    expect(status).toBe(77);
    expect(values['reason']).toBe(
      'xen2: xen2 does not know nii3: there is no [nii3] in its vms.conf',
    );
  });

  it('is none of the hosts of the VM by its own vms.conf is never permitted', async () => {
    const vms = await target.run('cat', `${target.folder}/etc/vms.conf`);
    target.write('vms.conf', '[nii3]\ntool = xl\nhosts = xen1, xen3\n');
    const { status, values } = await asked();
    target.write('vms.conf', vms.stdout);
    expect({ status, ...values }).toMatchObject({
      status: 77,
      reason: 'xen2: xen2 is none of the hosts of nii3',
    });
  });

  it('is none of the hosts of the VM is never permitted', async () => {
    const { status, values } = await asked('nii3', 'xen7');
    expect({ status, ...values }).toMatchObject({
      status: 77,
      reason: 'xen7 is none of the hosts of nii3',
    });
    expect(target.calls()).toEqual([]);
  });
});

it('answers 69 when its own tool hangs', async () => {
  source.setKnob('hang', 'xl');
  const { status, values } = await source.call('nii3', 'where');
  expect({ status, ...values }).toMatchObject({
    status: 69,
    reason: 'xl does not answer on xen1: ',
  });
});

it('sees the memory of a guest that comes as promised', async () => {
  source.setKnob('steps', '600');
  expect((await asked()).status).toBe(0);
  await becomes(() => target.domains().includes('nii3--incoming'));
  const { values } = await target.call('nii4', 'capacity');
  expect(values).toMatchObject({ in: '1', max_in: '1' });
  expect((await source.call('nii4', 'capacity')).values).toMatchObject({ out: '1', max_out: '1' });
});
