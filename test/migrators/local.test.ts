/** The local array: every option, and every moment at which the one who asked may be gone. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { failing, isFailing, local } from '../../src/migrators/local.ts';
import { formatGuests } from '../../src/migrators/local-file.ts';
import { type ManualClock, manualClock } from '../support/manual-clock.ts';
import { optionsFrom } from '../support/options.ts';

const HOSTS = ['xen1', 'xen2', 'xen3'];
const MOVE = { request: '01JREQUEST', vm: 'db7', from: 'xen1', to: 'xen2' };

type Given = { readonly [K in keyof typeof local.options]?: string };

let folder: string;
let file: string;
let clock: ManualClock;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmmanage-local-'));
  file = join(folder, 'local-hosts.json');
  clock = manualClock();
});
/** Moves whose daemon a test took for killed go on in this process, and write into the folder. */
const begun: Promise<unknown>[] = [];
afterEach(async () => {
  await timePasses(Promise.all(begun.splice(0)));
  rmSync(folder, { recursive: true, force: true });
});

/** A daemon's array; opened again on the same folder it is that of the next life. */
function open(given: Given = {}, vm = 'db7') {
  const context = { clock, vm, hosts: HOSTS, addressOf: String, stateFolder: folder };
  const { migrator, locator } = local.open(optionsFrom(local.options, given), context);
  return { ...bound(migrator), where: () => locator.locate(never()) };
}

function bound(migrator: ReturnType<typeof local.open>['migrator']) {
  return {
    preflight: (to: string) => migrator.preflight({ ...MOVE, to }, never()),
    migrate(more: Partial<typeof MOVE> = {}, signal = never()) {
      const moving = migrator.migrate({ ...MOVE, ...more }, signal);
      begun.push(moving);
      return moving;
    },
    underway: () => migrator.underway(MOVE.request),
  };
}

function never(): AbortSignal {
  return new AbortController().signal;
}

/** Waits until the move stands in the file and somebody, or several, sleep over it. */
async function untilMoving(askers = 1): Promise<void> {
  while (clock.sleepers() < askers) await new Promise((resolve) => setImmediate(resolve));
}

/** Lets `ms` pass for a move, and gives what came of it. */
async function passed<T>(ms: number, moving: Promise<T>): Promise<T> {
  await untilMoving();
  await clock.advance(ms);
  return moving;
}

/**
 * Time goes on until `ending` has come; waiting for the file's lock takes some as well, and is
 * given up after some time: on a busy machine ours mustn't run away from the disk's.
 */
async function timePasses<T>(ending: Promise<T>): Promise<T> {
  let over = false;
  const done = ending.finally(() => {
    over = true;
  });
  while (!over) {
    await clock.advance(5);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return done;
}

const at = (host: string) => ({ kind: 'at', host, answers: [{ who: 'local array', says: host }] });
const moving = (to: string) => expect.objectContaining({ kind: 'moving', to });

describe('where the guest is', () => {
  it('is the first host at first', async () => {
    expect(await open().where()).toEqual(at('xen1'));
  });

  it('is where start says', async () => {
    expect(await open({ start: 'xen3' }).where()).toEqual(at('xen3'));
  });

  it('is kept in another file where one is named', async () => {
    const other = join(folder, 'other.json');
    const array = open({ file: other });
    await passed(1_000, array.migrate());
    expect(readdirSync(folder)).toEqual(['other.json']);
    expect(await array.where()).toEqual(at('xen2'));
  });

  it('is kept for each guest apart', async () => {
    await passed(1_000, open().migrate());
    expect(await open({}, 'web1').where()).toEqual(at('xen1'));
    expect(await open({}, '__proto__').where()).toEqual(at('xen1'));
  });

  it('is unknown where the file names a host of another site', async () => {
    writeFileSync(file, formatGuests(new Map([['db7', { host: 'aws1' }]])));
    const says = 'aws1, which is not a host of this site';
    expect(await open().where()).toEqual({
      kind: 'unknown',
      answers: [{ who: 'local array', says }],
    });
  });
});

describe('a move', () => {
  it('takes its delay and arrives', async () => {
    const array = open({ delay: '30s' });
    const ending = array.migrate();
    await untilMoving();
    expect(await array.where()).toEqual(moving('xen2'));
    expect(await array.underway()).toBe(true);
    await clock.advance(29_999);
    expect(await array.where()).toEqual(moving('xen2'));
    await clock.advance(1);
    expect(await array.where()).toEqual(at('xen2'));
    expect(await ending).toEqual({ ok: true, text: 'moved to xen2' });
    expect(await array.underway()).toBe(false);
  });

  it('takes no time at all with delay = 0', async () => {
    expect(await open({ delay: '0' }).migrate()).toEqual({ ok: true, text: 'moved to xen2' });
  });

  it('goes on when the daemon is killed in the middle', async () => {
    void open().migrate();
    await untilMoving();
    await clock.advance(500);
    const next = open();
    expect(await next.where()).toEqual(moving('xen2'));
    expect(await next.underway()).toBe(true);
    await clock.advance(500);
    expect(await next.where()).toEqual(at('xen2'));
    expect(await next.underway()).toBe(false);
  });

  it('is over when the machine was rebooted meanwhile', async () => {
    void open().migrate();
    await untilMoving();
    clock.reboot('another-boot', 1_000);
    expect(await open().where()).toEqual(at('xen2'));
  });

  it('is not hurried by a step of the wall clock', async () => {
    void open().migrate();
    await untilMoving();
    clock.stepWall(3_600_000);
    expect(await open().where()).toEqual(moving('xen2'));
  });

  it('asked for twice is one', async () => {
    const array = open();
    const first = array.migrate();
    await untilMoving();
    await clock.advance(500);
    const second = array.migrate();
    await untilMoving(2);
    const moved = { ok: true, text: 'moved to xen2' };
    expect(await timePasses(Promise.all([first, second]))).toEqual([moved, moved]);

    expect(await array.migrate()).toEqual(moved);
  });

  it('is refused while another one is under way', async () => {
    const array = open();
    const first = array.migrate();
    await untilMoving();
    const text = 'the guest is already moving to xen2';
    expect(await array.migrate({ request: '01JOTHER', to: 'xen3' })).toEqual({ ok: false, text });
    expect(await array.migrate({ to: 'xen3' })).toEqual({ ok: false, text });
    expect(await passed(1_000, first)).toMatchObject({ ok: true });
  });

  it('may follow when the one before is over', async () => {
    const array = open();
    await passed(1_000, array.migrate());
    const next = array.migrate({ request: '01JNEXT', from: 'xen2', to: 'xen3' });
    expect(await passed(1_000, next)).toEqual({ ok: true, text: 'moved to xen3' });
  });

  it('is refused where the guest is not where it is said to be', async () => {
    const text = 'the guest is at xen1, not at xen3';
    expect(await open().migrate({ from: 'xen3' })).toEqual({ ok: false, text });
  });

  it('is refused to a host that is not of this site', async () => {
    const text = 'xen9 is not a host of this site';
    expect(await open().migrate({ to: 'xen9' })).toEqual({ ok: false, text });
  });

  it('is stopped by a cancel, and the guest stays', async () => {
    const array = open();
    const cancel = new AbortController();
    const ending = array.migrate({}, cancel.signal);
    await untilMoving();
    await clock.advance(500);
    cancel.abort();
    expect(await ending).toEqual({ ok: false, text: 'cancelled' });
    await clock.advance(5_000);
    expect(await array.where()).toEqual(at('xen1'));
  });

  it('that is over is not undone by a cancel', async () => {
    const array = open({ delay: '0' });
    await array.migrate();
    expect(await array.migrate({}, AbortSignal.abort())).toEqual({
      ok: true,
      text: 'moved to xen2',
    });
    expect(await array.where()).toEqual(at('xen2'));
  });
});

describe('fail', () => {
  it('makes moves to these hosts fail, at their end', async () => {
    const array = open({ fail: 'xen2, xen3' });
    const ending = array.migrate();
    await untilMoving();
    expect(await array.where()).toEqual(moving('xen2'));
    await clock.advance(1_000);
    expect(await ending).toEqual({ ok: false, text: 'the move to xen2 failed (fail =)' });
    expect(await array.where()).toEqual(at('xen1'));
  });

  it('holds when the daemon is killed in the middle', async () => {
    void open({ fail: 'xen2' }).migrate();
    await untilMoving();
    await clock.advance(1_000);
    expect(await open().where()).toEqual(at('xen1'));
  });

  it('leaves moves to other hosts alone', async () => {
    expect(await open({ fail: 'xen3', delay: '0' }).migrate()).toMatchObject({ ok: true });
  });

  it('as a rate makes about that part fail, each request always the same', () => {
    const requests = Array.from({ length: 1_000 }, (_, n) => `request-${n}`);
    const rate = { kind: 'rate', rate: 0.2 } as const;
    const fate = () => requests.map((request) => isFailing(rate, request, 'xen2'));
    expect(fate()).toEqual(fate());
    const share = fate().filter((fails) => fails).length / requests.length;
    expect(share).toBeGreaterThan(0.15);
    expect(share).toBeLessThan(0.25);
  });

  it.each([
    ['0%', false],
    ['100%', true],
  ])('of %s makes none or all fail', (text, fails) => {
    const parsed = failing.parse(text);
    expect(parsed.ok && isFailing(parsed.value, 'any', 'xen2')).toBe(fails);
  });

  it.each(['101%', '-1%', '', 'xen1,,xen2', 'no host'])('can not be %j', (text) => {
    expect(failing.parse(text).ok).toBe(false);
  });
});

describe('a preflight', () => {
  it('finds nothing wrong, and changes nothing', async () => {
    expect(await open().preflight('xen2')).toEqual({ ok: true });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('fails for unreachable hosts, and so does a move to them', async () => {
    const array = open({ unreachable: 'xen2' });
    const reason = "xen2 can't be reached (unreachable =)";
    expect(await array.preflight('xen2')).toEqual({ ok: false, reason });
    expect(await array.migrate()).toEqual({ ok: false, text: reason });
    expect(await array.preflight('xen3')).toEqual({ ok: true });
  });

  it('fails for a host that is not of this site', async () => {
    const reason = 'xen9 is not a host of this site';
    expect(await open().preflight('xen9')).toEqual({ ok: false, reason });
  });
});

describe('a file that holds', () => {
  const stamp = '{"wallMs":1,"boot":"b","bootMs":1}';
  const guest = (text: string) => `{"version":1,"vms":{"db7":${text}}}`;

  it.each([
    ['nothing', '', /is not a file of a local array/],
    ['no JSON', '{"version":1', /is not a file of a local array/],
    ['another version', '{"version":2,"vms":{}}', /is not a file of a local array/],
    ['a list', '[]', /is not a file of a local array/],
    ['no guests', '{"version":1}', /is not a file of a local array/],
    ['a guest without a host', guest('{}'), /nothing sensible of db7/],
    ['a guest that is nobody', guest('null'), /nothing sensible of db7/],
    ['a move to nowhere', guest('{"host":"xen1","moving":{}}'), /nothing sensible of db7/],
    [
      'a move that takes minus a second',
      guest(`{"host":"xen1","moving":{"to":"a","request":"r","takesMs":-1,"since":${stamp}}}`),
      /nothing sensible of db7/,
    ],
    [
      'a move that began never',
      guest('{"host":"xen1","moving":{"to":"a","request":"r","takesMs":1,"since":{}}}'),
      /nothing sensible of db7/,
    ],
  ])('%s makes everything a reason, and stays as it is', async (_, text, reason) => {
    writeFileSync(file, text);
    const array = open();
    const says = expect.stringMatching(reason);
    expect(await array.where()).toEqual({
      kind: 'unknown',
      answers: [{ who: 'local array', says }],
    });
    expect(await array.preflight('xen2')).toEqual({ ok: false, reason: says });
    expect(await array.migrate()).toEqual({ ok: false, text: says });
    expect(await array.underway()).toBe(false);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  it('can be a folder, which is a reason too', async () => {
    const array = open({ file: folder });
    expect(await array.where()).toMatchObject({ kind: 'unknown' });
    expect(await array.migrate()).toMatchObject({ ok: false });
  });
});

it('is shared by many guests that move at once, and none is lost', async () => {
  const names = Array.from({ length: 12 }, (_, n) => `guest${n}`);
  await timePasses(Promise.all(names.map((vm) => open({}, vm).migrate({ vm, request: vm }))));
  for (const vm of names) expect(await open({}, vm).where()).toEqual(at('xen2'));
});

it('says that it moves nothing', () => {
  expect(local.caution?.(optionsFrom(local.options))).toMatch(/only writes to a file/);
});
