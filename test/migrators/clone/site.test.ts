/** A cloud as a site: launched once, waited for, seen, found gone, and swept where nobody needs it. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/core/clock.ts';
import type { OpenRequest } from '../../../src/core/state.ts';
import type { Instance } from '../../../src/migrators/clone/cloud.ts';
import { parseInstances } from '../../../src/migrators/clone/commands.ts';
import { CLONE_OPTIONS, lifeMs } from '../../../src/migrators/clone/options.ts';
import { CloneSite } from '../../../src/migrators/clone/site.ts';
import { userData } from '../../../src/migrators/clone/user-data.ts';
import { clone } from '../../../src/migrators/clone.ts';
import type { Standing } from '../../../src/migrators/migrator.ts';
import { systemClock } from '../../../src/system/clock.ts';
import { type CloneDocument, formatDocument } from '../../../src/wire/clone.ts';
import { filesOf } from '../../support/cloud.ts';
import { manualClock } from '../../support/manual-clock.ts';
import { optionsFrom } from '../../support/options.ts';
import { tempFolder } from '../../support/temp.ts';
import { MemoryCloud, MemoryImages, MemoryMailbox } from './doubles.ts';

const REQUEST = '01JH0000000000000000000000';
const MOVE = { request: REQUEST, vm: 'db7', from: 'xen1', to: 'aws' };
const NEVER = new AbortController().signal;
const ID = `i-vmmanage-${REQUEST}`;

async function site(
  more: Record<string, string> = {},
  clock: Clock = systemClock(),
  sitePart = '',
) {
  const mailbox = await MemoryMailbox.start();
  const cloud = new MemoryCloud();
  const standing: { -readonly [K in keyof Standing]: Standing[K] } = {};
  const options = optionsFrom(CLONE_OPTIONS, {
    ...{ mailbox: mailbox.url, poll: '50ms', report_timeout: '300ms', mailbox_token: 's3cret' },
    ...more,
  });
  const made = new CloneSite(cloud, options, {
    ...{ clock, vm: 'db7', hosts: ['aws'], stateFolder: '/var/lib/vmmanage' },
    sitePart,
    addressOf: (host) => host,
    standing: () => standing,
  });
  const open: OpenRequest = {
    id: REQUEST,
    verdict: 'away',
    from: 'xen1',
    to: 'aws',
    tried: ['aws'],
    at: clock.now(),
    reason: 'big jobs',
    phase: 'migrating',
  };
  const report = () =>
    mailbox.documents.set(
      `db7.${REQUEST}.reported`,
      formatDocument({ what: 'reported', vm: 'db7', request: REQUEST, instance: 'i-1', boot: 'b' }),
    );
  return { site: made, mailbox, cloud, standing, open, report };
}

const handedOver = {
  ...{ request: REQUEST, instance: ID, from: 'xen1', to: 'aws' },
  at: { wallMs: 0, boot: 'b', bootMs: 0 },
};

describe('a request to a cloud', () => {
  it('is looked at in the mailbox and the cloud before it begins', async () => {
    const { site: made, mailbox, cloud } = await site();
    expect(await made.preflight(MOVE, NEVER)).toEqual({ ok: true });
    cloud.against = 'quota of 0 instances';
    expect(await made.preflight(MOVE, NEVER)).toEqual({
      ok: false,
      reason: 'quota of 0 instances',
    });
    mailbox.status = 503;
    expect(await made.preflight(MOVE, NEVER)).toMatchObject({
      ok: false,
      reason: expect.stringContaining('mailbox: the server answers 503'),
    });
    expect([...mailbox.tokens]).toEqual(['Bearer s3cret']);
    expect(cloud.launches).toEqual([]);
  });

  it('isn’t begun without a mailbox', async () => {
    const given = { launch: '/bin/true', instances: '/bin/true', terminate: '/bin/true' };
    const { migrator } = clone.open(optionsFrom(clone.options, given), {
      ...{ clock: systemClock(), vm: 'db7', hosts: ['aws'], stateFolder: '/var/lib/vmmanage' },
      addressOf: String,
    });
    const reason = 'mailbox: the conf gives none (mailbox)';
    expect(await migrator.preflight(MOVE, NEVER)).toEqual({ ok: false, reason });
  });

  it('launches once by its token, and has ended well when the clone has reported', async () => {
    const { site: made, cloud, report } = await site();
    report();
    expect(await made.migrate(MOVE, NEVER)).toEqual({
      ok: true,
      text: `instance ${ID} has reported`,
    });
    await made.migrate(MOVE, NEVER);
    expect(cloud.all.size).toBe(1);
    expect(cloud.launches[0]?.token).toBe(`vmmanage-${REQUEST}`);
    expect(cloud.launches[0]?.userData).not.toContain('s3cret');
  });

  it('ends an instance that never reports', async () => {
    const { site: made, cloud } = await site();
    const attempt = await made.migrate(MOVE, NEVER);
    expect(attempt).toEqual({
      ok: false,
      text: `instance ${ID} didn't report in time, and is ended`,
    });
    expect(cloud.all.get(ID)?.state).toBe('gone');
  });

  it('ends its instance where it is cancelled, or says what the cloud refuses', async () => {
    const { site: made, cloud } = await site({ report_timeout: '10m' });
    const stop = new AbortController();
    const attempt = made.migrate(MOVE, stop.signal);
    setTimeout(() => stop.abort(), 100);
    expect(await attempt).toEqual({ ok: false, text: 'cancelled' });
    expect(cloud.all.get(ID)?.state).toBe('gone');
    cloud.failure = 'no credentials';
    expect(await made.migrate(MOVE, NEVER)).toEqual({ ok: false, text: 'no credentials' });
  });

  it('is under way after a restart until it has reported, is stopped, or its time is over', async () => {
    const { site: made, cloud, standing, open, report } = await site({ report_timeout: '1m' });
    expect(await made.underway(REQUEST)).toBe(false);
    standing.request = open;
    await cloud.launch({ vm: 'db7', request: REQUEST, token: `vmmanage-${REQUEST}`, userData: '' });
    expect(await made.underway(REQUEST)).toBe(true);
    cloud.failure = 'down';
    expect(await made.underway(REQUEST)).toBe(true);
    cloud.failure = undefined;
    standing.request = { ...open, at: { ...open.at, bootMs: open.at.bootMs - 61_000 } };
    expect(await made.underway(REQUEST)).toBe(false);
    expect(cloud.all.get(ID)?.state).toBe('gone');
    standing.request = open;
    expect(await made.underway(REQUEST)).toBe(false);
    report();
    expect(await made.underway(REQUEST)).toBe(false);
  });

  it('that was killed before it launched anything is over in a minute, not at report_timeout', async () => {
    const clock = manualClock();
    const { site: made, cloud, standing, open } = await site({ report_timeout: '10m' }, clock);
    standing.request = open;
    expect(await made.underway(REQUEST)).toBe(true);
    await clock.advance(59_999);
    cloud.failure = 'down';
    expect(await made.underway(REQUEST)).toBe(true);
    cloud.failure = undefined;
    expect(await made.underway(REQUEST)).toBe(true);
    await clock.advance(59_999);
    expect(await made.underway(REQUEST)).toBe(true);
    await clock.advance(1);
    expect(await made.underway(REQUEST)).toBe(false);
  });

  it('whose instance has ended before it reported is over', async () => {
    const { site: made, cloud, standing, open } = await site({ report_timeout: '10m' });
    standing.request = open;
    await cloud.launch({ vm: 'db7', request: REQUEST, token: `vmmanage-${REQUEST}`, userData: '' });
    expect(await made.underway(REQUEST)).toBe(true);
    cloud.become(ID, 'ending');
    expect(await made.underway(REQUEST)).toBe(false);
  });
});

describe('the locator', () => {
  it('sees a clone that has reported and runs, and none before', async () => {
    const { site: made, cloud, standing, open, report } = await site();
    expect(await made.locate(NEVER)).toMatchObject({
      kind: 'unknown',
      answers: [{ says: 'no clone is out' }],
    });
    standing.request = open;
    expect(await made.locate(NEVER)).toMatchObject({
      answers: [{ says: 'no clone has reported' }],
    });
    report();
    expect(await made.locate(NEVER)).toMatchObject({ kind: 'unknown' });
    await cloud.launch({ vm: 'db7', request: REQUEST, token: `vmmanage-${REQUEST}`, userData: '' });
    expect(await made.locate(NEVER)).toMatchObject({
      ...{ kind: 'at', host: 'aws', clone: { request: REQUEST, instance: ID } },
    });
  });

  it('lets nothing be decided while the mailbox or the cloud can’t be asked', async () => {
    const { site: made, mailbox, cloud, standing, open, report } = await site();
    standing.request = open;
    report();
    cloud.failure = 'down';
    expect(await made.locate(NEVER)).toMatchObject({ kind: 'moving', to: 'aws' });
    cloud.failure = undefined;
    mailbox.status = 500;
    expect(await made.locate(NEVER)).toMatchObject({ kind: 'moving', to: 'aws' });
  });

  it('asks nobody while a hand-over stands', async () => {
    const { site: made, mailbox, cloud, standing } = await site();
    mailbox.status = 500;
    cloud.failure = 'down';
    standing.handedOver = handedOver;
    expect(await made.locate(NEVER)).toMatchObject({ kind: 'at', host: 'aws' });
  });
});

describe('an instance', () => {
  const launched = async () => {
    const made = await site();
    const { cloud } = made;
    await cloud.launch({ vm: 'db7', request: REQUEST, token: `vmmanage-${REQUEST}`, userData: '' });
    return made;
  };

  it('is gone when the cloud says so, or lists it no more three times in a row', async () => {
    const { site: made, cloud } = await launched();
    expect(await made.whyGone(REQUEST, NEVER)).toBeUndefined();
    cloud.become(ID, 'ending');
    expect(await made.whyGone(REQUEST, NEVER)).toBeUndefined();
    cloud.become(ID, 'gone');
    expect(await made.whyGone(REQUEST, NEVER)).toBe(`instance ${ID} is gone`);
    const own = cloud.all.get(ID);
    cloud.all.clear();
    expect(await made.whyGone(REQUEST, NEVER)).toBeUndefined();
    if (own) cloud.all.set(ID, { ...own, state: 'running' });
    expect(await made.whyGone(REQUEST, NEVER)).toBeUndefined();
    cloud.all.clear();
    expect(await made.whyGone(REQUEST, NEVER)).toBeUndefined();
    cloud.failure = 'down';
    expect(await made.whyGone(REQUEST, NEVER)).toBeUndefined();
    cloud.failure = undefined;
    expect(await made.whyGone(REQUEST, NEVER)).toBeUndefined();
    expect(await made.whyGone(REQUEST, NEVER)).toBe('its instance is gone');
    // What was missed of one request says nothing of the next.
    expect(await made.whyGone(`${REQUEST.slice(0, -1)}Z`, NEVER)).toBeUndefined();
  });

  it('that nobody needs is told to end as soon as the mailbox can be reached', async () => {
    const { site: made, mailbox } = await launched();
    mailbox.status = 503;
    expect(await made.sweep(() => false, NEVER)).toBe(true);
    mailbox.status = undefined;
    expect(mailbox.documents.size).toBe(0);
    expect(await made.sweep(() => false, NEVER)).toBe(true);
    expect(mailbox.documents.get(`db7.${REQUEST}.taken`)).toContain('not needed');
  });

  it('that nobody needs is told to end, and one that is needed is left alone', async () => {
    const { site: made, mailbox, cloud } = await launched();
    expect(await made.sweep((request) => request === REQUEST, NEVER)).toBe(false);
    expect(mailbox.documents.size).toBe(0);
    expect(await made.sweep(() => false, NEVER)).toBe(true);
    expect(mailbox.documents.get(`db7.${REQUEST}.taken`)).toContain('not needed');
    expect(cloud.all.get(ID)?.state).toBe('running');
    cloud.become(ID, 'gone');
    const left = [];
    for (let look = 0; look < 3; look += 1) left.push(await made.sweep(() => false, NEVER));
    expect(left).toEqual([true, true, false]);
  });

  it('that can’t be ended keeps none of the others', async () => {
    const clock = manualClock();
    const { site: made, cloud } = await site({}, clock);
    for (const token of ['first', 'second']) {
      await cloud.launch({ vm: 'db7', request: REQUEST, token, userData: '' });
    }
    cloud.stubborn.add('i-first');
    await made.sweep(() => false, NEVER);
    await clock.advance(120_000);
    await expect(made.sweep(() => false, NEVER)).rejects.toThrow('i-first is protected');
    expect([...cloud.all.values()].map(({ state }) => state)).toEqual(['running', 'gone']);
  });

  it('leaves nothing in the mailbox once its request is over and it is gone', async () => {
    const { site: made, mailbox, cloud, standing } = await launched();
    const names = ['reported', 'handover', 'handback', 'taken'].map(
      (what) => `db7.${REQUEST}.${what}`,
    );
    const others = `db8.${REQUEST}.taken`;
    for (const name of [...names, others]) mailbox.documents.set(name, '{}');
    standing.handedOver = handedOver;
    const isNeeded = () => standing.handedOver !== undefined;
    cloud.become(ID, 'gone');
    for (let look = 0; look < 5; look += 1) await made.sweep(isNeeded, NEVER);
    expect([...mailbox.documents.keys()]).toEqual([...names, others]);
    delete standing.handedOver;
    expect(await made.sweep(isNeeded, NEVER)).toBe(true);
    expect(await made.sweep(isNeeded, NEVER)).toBe(true);
    // It is listed again: it may still read what home has put.
    cloud.become(ID, 'running');
    await made.sweep(isNeeded, NEVER);
    cloud.become(ID, 'gone');
    await made.sweep(isNeeded, NEVER);
    await made.sweep(isNeeded, NEVER);
    expect([...mailbox.documents.keys()]).toEqual([...names, others]);
    expect(await made.sweep(isNeeded, NEVER)).toBe(false);
    expect([...mailbox.documents.keys()]).toEqual([others]);
  });

  it('leaves what a mailbox that can’t be reached holds, after three tries', async () => {
    const { site: made, mailbox, cloud, standing } = await launched();
    mailbox.documents.set(`db7.${REQUEST}.taken`, '{}');
    standing.handedOver = handedOver;
    await made.sweep(() => true, NEVER);
    delete standing.handedOver;
    cloud.become(ID, 'gone');
    mailbox.status = 503;
    const left = [];
    for (let look = 0; look < 6; look += 1) left.push(await made.sweep(() => false, NEVER));
    expect(left).toEqual([true, true, true, true, false, false]);
    expect(mailbox.documents.size).toBe(1);
  });

  it('that has long outlived its own timer is ended from here', async () => {
    const { site: made, cloud, standing } = await launched();
    const own = cloud.all.get(ID);
    const dayMs = 86_400_000;
    if (own) cloud.all.set(ID, { ...own, launchedMs: Date.now() - dayMs });
    standing.handedOver = handedOver;
    await made.whyGone(REQUEST, NEVER);
    expect(cloud.all.get(ID)?.state).toBe('gone');
  });

  it('is neither ended nor kept by a step of the wall clock', async () => {
    const clock = manualClock();
    const { site: made, cloud, standing, open } = await site({ report_timeout: '10m' }, clock);
    await cloud.launch({ vm: 'db7', request: REQUEST, token: `vmmanage-${REQUEST}`, userData: '' });
    const own = cloud.all.get(ID);
    if (own) cloud.all.set(ID, { ...own, launchedMs: clock.now().wallMs });
    standing.request = { ...open, at: clock.now() };
    clock.stepWall(86_400_000);
    expect(await made.underway(REQUEST)).toBe(true);
    delete standing.request;
    standing.handedOver = { ...handedOver, at: clock.now() };
    await made.whyGone(REQUEST, NEVER);
    expect(cloud.all.get(ID)?.state).toBe('running');
    clock.stepWall(-2 * 86_400_000);
    standing.request = { ...open, at: clock.now() };
    await clock.advance(600_001);
    expect(await made.underway(REQUEST)).toBe(false);
    expect(cloud.all.get(ID)?.state).toBe('gone');
  });

  it('that has shut itself down and stays is ended, as clouds keep and charge for it', async () => {
    const clock = manualClock();
    const { site: made, cloud } = await site({}, clock);
    await cloud.launch({ vm: 'db7', request: REQUEST, token: `vmmanage-${REQUEST}`, userData: '' });
    const look = async (state: Instance['state'], laterMs: number) => {
      cloud.become(ID, state);
      await clock.advance(laterMs);
      await made.whyGone(REQUEST, NEVER);
      return cloud.all.get(ID)?.state;
    };
    expect(await look('ending', 0)).toBe('ending');
    expect(await look('ending', 119_999)).toBe('ending');
    // It was only paused.
    expect(await look('running', 1)).toBe('running');
    expect(await look('ending', 300_000)).toBe('ending');
    expect(await look('ending', 120_000)).toBe('gone');
    expect(await made.whyGone(REQUEST, NEVER)).toBe(`instance ${ID} is gone`);
  });

  it('that has is ended where the cloud doesn’t tell since when it lives, too', async () => {
    const clock = manualClock();
    const { site: made, cloud, standing } = await site({}, clock);
    await cloud.launch({ vm: 'db7', request: REQUEST, token: `vmmanage-${REQUEST}`, userData: '' });
    standing.handedOver = { ...handedOver, at: clock.now() };
    await clock.advance(8 * 3_600_000 + 600_000);
    await made.whyGone(REQUEST, NEVER);
    expect(cloud.all.get(ID)?.state).toBe('running');
    await clock.advance(1);
    await made.whyGone(REQUEST, NEVER);
    expect(cloud.all.get(ID)?.state).toBe('gone');
  });
});

describe('an image of the guest', () => {
  async function selfSite() {
    const all = await site();
    const images = new MemoryImages();
    all.cloud.ownImages = images;
    return { ...all, images };
  }

  it('is made before the launch, told of, and what is launched', async () => {
    const { site: made, cloud, report } = await selfSite();
    const told: string[] = [];
    report();
    expect(await made.migrate(MOVE, NEVER, (text) => told.push(text))).toMatchObject({ ok: true });
    expect(cloud.launches).toMatchObject([{ image: `ami-${REQUEST}` }]);
    expect(told.slice(0, 2)).toEqual(['making an image of this guest', 'launching']);
  });

  it('that can’t be made fails the request, and nothing is launched', async () => {
    const { site: made, cloud, images } = await selfSite();
    images.failure = 'EC2: image ami-1 is failed';
    expect(await made.migrate(MOVE, NEVER)).toEqual({ ok: false, text: images.failure });
    expect(cloud.launches).toEqual([]);
  });

  it('goes once its request isn’t needed and its instance is gone, and not before', async () => {
    const { site: made, cloud, images, report } = await selfSite();
    report();
    await made.migrate(MOVE, NEVER);
    await made.sweep(() => true, NEVER);
    await made.sweep(() => false, NEVER);
    expect(images.made.length).toBe(2);
    cloud.become(ID, 'gone');
    images.stubborn.add(`ami-${REQUEST}`);
    await expect(made.sweep(() => false, NEVER)).rejects.toThrow('is in use');
    // One that stays keeps no other.
    expect(images.made.map(({ id }) => id)).toEqual([`ami-${REQUEST}`]);
    images.stubborn.clear();
    expect(await made.sweep(() => false, NEVER)).toBe(true);
    expect(images.made).toEqual([]);
  });

  it('of no request is nobody’s to remove', async () => {
    const { site: made, images } = await selfSite();
    images.made.push({ id: 'ami-1', request: undefined });
    await made.sweep(() => false, NEVER);
    expect(images.made.length).toBe(1);
  });
});

describe('user-data', () => {
  const document: CloneDocument = {
    what: 'clone',
    vm: 'db7',
    request: REQUEST,
    host: 'aws',
    home: 'xen1',
    mailbox: 'https://dav.example.org/',
  };

  it('is cloud-config that says what the machine is, and ends it in time without the daemon', () => {
    const sitePart = '[site aws]\nrole = away\n';
    const given = { stateFolder: '/var/lib/vmmanage', lifeMs: 90 * 60_000, sitePart };
    expect(filesOf(userData(document, given))).toEqual([
      {
        path: '/var/lib/cloud/scripts/per-boot/vmmanage-end',
        permissions: '0755',
        content: expect.stringMatching(/^#!\/bin\/sh\n[\s\S]*\nexec shutdown -P "\+\$left"\n$/),
      },
      { path: '/var/lib/vmmanage-clone.conf', permissions: '0644', content: sitePart },
      {
        path: '/var/lib/vmmanage-clone.json',
        permissions: '0644',
        content: `${formatDocument(document)}\n`,
      },
    ]);
  });

  describe('with a script that ends the machine', () => {
    const START_S = 1_795_000_000;

    /** A machine on which time passes and whose disk stays: each boot says how long it has left. */
    function machine() {
      const folder = tempFolder();
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      const given = { stateFolder: join(folder, "it's", 'state'), lifeMs: 90 * 60_000 };
      mkdirSync(dirname(given.stateFolder));
      const [script] = filesOf(userData(document, given));
      writeFileSync(join(bin, 'shutdown'), '#!/bin/sh\necho "$@"\n', { mode: 0o755 });
      const boot = (minutes: number) => {
        const now = `#!/bin/sh\necho ${START_S + minutes * 60}\n`;
        writeFileSync(join(bin, 'date'), now, { mode: 0o755 });
        const env = { PATH: `${bin}:${process.env['PATH']}` };
        const ran = spawnSync('sh', ['-c', script?.content ?? ''], { env, encoding: 'utf8' });
        return ran.stdout.trim();
      };
      return { boot, end: join(dirname(given.stateFolder), `vmmanage-end-${REQUEST}`) };
    }

    it('at the same time however often it is booted', () => {
      const { boot } = machine();
      expect([0, 30, 30, 89, 90, 500].map(boot)).toEqual(
        ['+90', '+60', '+60', '+1', '+0', '+0'].map((left) => `-P ${left}`),
      );
    });

    it('not later where its clock was ahead at the first boot', () => {
      const { boot } = machine();
      boot(10_000);
      expect(boot(0)).toBe('-P +90');
    });

    it.each(['', 'x', '12 34', '-5', '$(reboot)'])('though the file of that says %j', (text) => {
      const { boot, end } = machine();
      writeFileSync(end, text);
      expect([0, 30].map(boot)).toEqual(['-P +90', '-P +60']);
    });
  });

  it('that would be too long is refused before anything is asked for', async () => {
    const { site: made, cloud } = await site({}, undefined, `[site aws]\n; ${'x'.repeat(16_384)}`);
    expect(await made.preflight(MOVE, NEVER)).toEqual({
      ok: false,
      reason: expect.stringMatching(
        /^the user-data would have 1\d{4} bytes, and clouds take 16384: /,
      ),
    });
    expect(cloud.launches).toEqual([]);
  });

  it('ends it sooner where that is all that max_cost pays for', async () => {
    const { site: made } = await site({ max_cost: '1', price: '0.5' });
    expect(lifeMs(made.options)).toBe(2 * 3_600_000);
    const { site: short } = await site({ max_cost: '100', price: '0.5', max_life: '3h' });
    expect(lifeMs(short.options)).toBe(3 * 3_600_000);
  });
});

describe('a list of instances by a command', () => {
  it('is taken line by line', () => {
    expect(parseInstances(`i-1 running ${REQUEST}\n\ni-2 gone\n`)).toEqual([
      { id: 'i-1', state: 'running', request: REQUEST, launchedMs: undefined },
      { id: 'i-2', state: 'gone', request: undefined, launchedMs: undefined },
    ]);
  });

  it.each(['i-1', 'i-1 dead', 'error: no credentials', 'i-1 running R more', '; running'])(
    'is no list with the line “%s”',
    (line) => expect(() => parseInstances(`i-0 gone\n${line}\n`)).toThrow('no line of instances'),
  );
});
