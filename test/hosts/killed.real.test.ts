/** What is left of a transfer when something is killed in the middle of it: never `moving` for ever. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { Host } from '../support/host.ts';
import { Hosts } from '../support/hosts.ts';
import { endAll } from '../support/processes.ts';
import { becomes, ended, REQUEST, request } from './support.ts';

let hosts: Hosts;
let source: Host;
let target: Host;
beforeAll(async () => {
  hosts = await Hosts.start({
    hosts: ['xen1', 'xen2'],
    vms: { nii3: '', brief: 'timeout = 1' },
    conf: 'max_in = 4',
  });
  source = hosts.host('xen1');
  target = hosts.host('xen2');
});
afterAll(() => hosts?.remove());
beforeEach(begin);

/** A transfer that is under way, and doesn't end by itself. */
async function begin(): Promise<void> {
  await hosts.reset();
  source.createDomain('nii3');
  source.setKnob('steps', '600');
  await source.call('nii3', `migrate xen2 ${REQUEST}`);
  await becomes(() => target.domains().includes('nii3--incoming'));
}

describe('kill -9 of', () => {
  it('what watches the transfer leaves the transfer going on, and its outcome is found', async () => {
    expect(source.killRunners()).toBe(1);
    const { values } = await source.call('nii3', `status ${REQUEST}`);
    expect(values['state']).toBe('moving');
    expect((await source.call('nii3', `migrate xen1 ${request(2)}`)).values['veto']).toBe('busy');
    source.setKnob('steps', '1');
    expect(await ended(hosts, 'xen1', REQUEST)).toMatchObject({ state: 'done', exit: '0' });
    expect(target.domains()).toEqual(['nii3']);
  });

  it('what the tool was started by leaves nobody waiting, and its outcome is found', async () => {
    expect(source.killRunners('carrier')).toBe(1);
    await becomes(() => source.runners().length === 0);
    expect((await source.call('nii3', `status ${REQUEST}`)).values['state']).toBe('moving');
    source.setKnob('steps', '1');
    expect(await ended(hosts, 'xen1', REQUEST)).toMatchObject({ state: 'done' });
  });

  it('what watches the transfer leaves it to be cancelled', async () => {
    expect(source.killRunners()).toBe(1);
    await source.call('nii3', `cancel ${REQUEST}`);
    expect(await ended(hosts, 'xen1', REQUEST)).toMatchObject({ state: 'cancelled' });
  });

  it('everything, as when the host is rebooted, ends the request', async () => {
    await endAll([`${source.folder}/`]);
    await source.start();
    expect((await source.call('nii3', `status ${REQUEST}`)).values).toMatchObject({
      state: 'failed',
      reason: 'what moved it was killed',
    });
    await becomes(() => target.domains().length === 0);
    source.setKnob('steps', '1');
    expect((await source.call('nii3', `migrate xen2 ${request(2)}`)).status).toBe(0);
    expect(await ended(hosts, 'xen1', request(2))).toMatchObject({ state: 'done' });
  });

  it('everything, unseen, ends the request by the next one', async () => {
    await endAll([`${source.folder}/`]);
    await source.start();
    await becomes(() => target.domains().length === 0);
    source.setKnob('steps', '1');
    expect((await source.call('nii3', `migrate xen2 ${request(2)}`)).status).toBe(0);
    await ended(hosts, 'xen1', request(2));
    expect((await source.call('nii3', `status ${REQUEST}`)).values['state']).toBe('failed');
  });
});

it('a transfer that takes longer than its time is asked to stop', async () => {
  source.cut();
  await ended(hosts, 'xen1', REQUEST);
  source.createDomain('brief');
  await source.call('brief', `migrate xen2 ${REQUEST}`);
  expect(await ended(hosts, 'xen1', REQUEST, 'brief')).toMatchObject({ state: 'failed' });
  expect(source.domains()).toContain('brief');
});

it('a transfer that can’t be stopped has no outcome while it goes on, and nothing begins beside it', async () => {
  source.cut();
  await ended(hosts, 'xen1', REQUEST);
  source.setKnob('hang', 'xl-migrate');
  source.createDomain('brief');
  await source.call('brief', `migrate xen2 ${REQUEST}`);
  await becomes(() => source.runners('carrier').length > 0);
  await becomes(() => source.runners().length === 0);
  expect((await source.call('brief', `status ${REQUEST}`)).values).toMatchObject({
    state: 'moving',
    reason: expect.stringMatching(
      /^xl did not end within 1 s and goes on; look for session \d+ on xen1$/,
    ),
  });
  expect((await source.call('brief', 'where')).values).toMatchObject({ target: 'xen2' });
  const another = await source.call('brief', `migrate xen2 ${request(2)}`);
  expect(another.values['veto']).toBe('busy');
  await endAll([`${source.folder}/`]);
  await source.start();
  expect(await ended(hosts, 'xen1', REQUEST, 'brief')).toMatchObject({ state: 'failed' });
});

it('a transfer goes on until it is written whole how the tool ended', async () => {
  const mv = join(source.bin, 'mv');
  const written = join(source.folder, 'written');
  writeFileSync(
    mv,
    `#!/bin/sh\ncase $* in *.exit*) until [ -e '${written}' ]; do sleep 0.05; done ;; esac\nexec /usr/bin/mv "$@"\n`,
    { mode: 0o755 },
  );
  onTestFinished(() => rmSync(mv));
  // Its shell knows where mv is once it has used one.
  await begin();
  source.setKnob('steps', '1');
  await becomes(() => target.domains().includes('nii3'));
  await becomes(() => source.runners('carrier').length > 0);
  expect((await source.call('nii3', `status ${REQUEST}`)).values['state']).toBe('moving');
  writeFileSync(written, '');
  expect(await ended(hosts, 'xen1', REQUEST)).toMatchObject({ state: 'done', exit: '0' });
});

it('the end of the ssh that asked ends nothing', async () => {
  source.cut();
  await ended(hosts, 'xen1', REQUEST);
  source.setKnob('steps', '4');
  await hosts.ask('nii3', 'xen1', `migrate xen2 ${request(2)}`);
  expect(await ended(hosts, 'xen1', request(2))).toMatchObject({ state: 'done' });
});
