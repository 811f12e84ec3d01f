/** Moves by commands: what they are given, every way in which they fail, and what outlives us. */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { command, preflightOf, sightingOf } from '../../src/migrators/command.ts';
import { systemClock } from '../../src/system/clock.ts';
import { endMarked } from '../../src/system/marks.ts';
import type { Ended } from '../../src/system/programs.ts';
import { optionsFrom } from '../support/options.ts';

const clock = systemClock();
const HOSTS = ['xen1', 'xen2'];
const NEVER = new AbortController().signal;

type Given = { readonly [K in keyof typeof command.options]?: string };

let folder: string;
let request: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'vmmanage-command-'));
  request = randomUUID();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function open(given: Given, vm = 'db7') {
  const options = optionsFrom(command.options, { migrate: '/bin/true', ...given });
  return command.open(options, { clock, vm, hosts: HOSTS, addressOf: String, stateFolder: folder });
}

function migrate(script: string, more: { vm?: string; signal?: AbortSignal } & Given = {}) {
  const { vm = 'db7', signal = NEVER, ...given } = more;
  const { migrator } = open({ migrate: script, ...given });
  return migrator.migrate({ request, vm, from: 'xen1', to: 'xen2' }, signal);
}

function preflight(script: string) {
  const { migrator } = open({ preflight: script });
  return migrator.preflight({ request, vm: 'db7', from: 'xen1', to: 'xen2' }, NEVER);
}

async function until(what: () => boolean): Promise<void> {
  while (!what()) await clock.sleep(5);
}

describe('a move', () => {
  it('gets its values in the words and in the environment', async () => {
    const script = `sh -c 'echo "$1 $2 $3 $4" = "$VMMANAGE_VM $VMMANAGE_FROM $VMMANAGE_TO $VMMANAGE_REQUEST"' sh {vm} {from} {to} {request}`;
    const all = `db7 xen1 xen2 ${request}`;
    expect(await migrate(script)).toEqual({ ok: true, text: `exit 0: ${all} = ${all}` });
  });

  it.each(['; rm -rf /', '$(id)', '`id`', '"quoted" \'twice\'', 'two\nlines', '{to}', ''])(
    'gets the name %j as one word',
    async (vm) => {
      await migrate(`/usr/bin/printf [%s] {vm}`, { vm });
      expect(readFileSync(join(folder, 'command-output.txt'), 'utf8')).toBe(`[${vm}]`);
    },
  );

  it('that fails says why', async () => {
    expect(await migrate(`sh -c 'echo "no memory" >&2; exit 3'`)).toEqual({
      ok: false,
      text: 'exit 3: no memory',
    });
  });

  it('whose program is not there says so', async () => {
    expect(await migrate('/nonexistent/mover')).toEqual({
      ok: false,
      text: 'no such program: /nonexistent/mover',
    });
  });

  it('is ended after its time-out', async () => {
    expect(await migrate('sleep 300', { timeout: '100ms' })).toEqual({
      ok: false,
      text: 'timed out',
    });
  });

  it('that ends well on being cancelled is still one that was cancelled', async () => {
    const cancel = new AbortController();
    const script = `sh -c 'trap "exit 0" TERM; touch ${folder}/began; while :; do sleep 0.01; done'`;
    const ending = migrate(script, { signal: cancel.signal });
    await until(() => existsSync(join(folder, 'began')));
    cancel.abort();
    expect(await ending).toEqual({ ok: false, text: expect.stringMatching(/^cancelled/) });
  });

  it('keeps what it said on one line', async () => {
    const { text } = await migrate(`/usr/bin/printf 'a\\033[31mred\\a'`);
    expect(text).toBe('exit 0: a\\u{1b}[31mred\\u{7}');
  });

  it('of one request is never started a second time while it runs', async () => {
    const { migrator } = open({ migrate: 'sleep 300' });
    const move = { request, vm: 'db7', from: 'xen1', to: 'xen2' };
    const cancel = new AbortController();
    const first = migrator.migrate(move, cancel.signal);
    while (!(await migrator.underway(request))) await clock.sleep(5);
    expect(await migrator.migrate(move, NEVER)).toEqual({
      ok: false,
      text: 'a command of this request is still running',
    });
    cancel.abort();
    expect((await first).text).toBe('cancelled');
    expect(await migrator.underway(request)).toBe(false);
  });
});

describe('a move whose daemon is killed', () => {
  /** Starts the move in a process of its own, and kills that one when the move has begun. */
  async function startAndKill(script: string): Promise<void> {
    const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
    const daemon = `
      import { command } from ${module('../../src/migrators/command.ts')};
      import { systemClock } from ${module('../../src/system/clock.ts')};
      const context = { clock: systemClock(), vm: 'db7', hosts: [], stateFolder: ${JSON.stringify(folder)} };
      const options = { migrate: ['/bin/sh', '-c', ${JSON.stringify(script)}], timeout: 60_000 };
      const move = { request: ${JSON.stringify(request)}, vm: 'db7', from: 'xen1', to: 'xen2' };
      await command.open(options, context).migrator.migrate(move, new AbortController().signal);`;
    const life = spawn('node', ['--import', 'tsx', '--input-type=module', '-e', daemon]);
    await until(() => existsSync(join(folder, 'began')));
    life.kill('SIGKILL');
    await new Promise((resolve) => life.once('exit', resolve));
  }

  it('goes on, may go on talking, and is found again until it ends', async () => {
    await startAndKill(`
      cd ${folder}; echo here; touch began
      while [ ! -e go ]; do sleep 0.01; done
      echo still here; echo and here >&2; touch done`);
    const { migrator } = open({});
    expect(await migrator.underway(request)).toBe(true);
    expect(await migrator.underway('another')).toBe(false);
    await open({ migrate: `touch ${folder}/go` }).migrator.migrate(
      { request: 'the-signal', vm: 'db7', from: 'xen1', to: 'xen2' },
      NEVER,
    );
    await until(() => existsSync(join(folder, 'done')));
    while (await migrator.underway(request)) await clock.sleep(5);
  });

  it('is ended by the next life when its time is up', async () => {
    await startAndKill(`touch ${folder}/began; exec sleep 300`);
    const later = {
      ...clock,
      now: () => ({ ...clock.now(), bootMs: clock.now().bootMs + 70_000 }),
    };
    const options = optionsFrom(command.options, { migrate: '/bin/true', timeout: '60s' });
    const context = {
      clock: later,
      vm: 'db7',
      hosts: HOSTS,
      addressOf: String,
      stateFolder: folder,
    };
    expect(await open({ timeout: '60s' }).migrator.underway(request)).toBe(true);
    expect(await command.open(options, context).migrator.underway(request)).toBe(false);
    await endMarked(`VMMANAGE_REQUEST=${request}`, 0, clock);
  });
});

describe('a preflight', () => {
  it('is passed by exit 0, or where there is none', async () => {
    expect(await preflight('/bin/true')).toEqual({ ok: true });
    expect(await open({}).migrator.preflight({ request, vm: '', from: '', to: '' }, NEVER)).toEqual(
      {
        ok: true,
      },
    );
  });

  it.each([
    [
      'its last line on standard error',
      `sh -c 'echo a >&2; echo "no memory" >&2; exit 1'`,
      'no memory',
    ],
    ['its exit status and output', `sh -c 'echo full; exit 1'`, 'exit 1: full'],
    ['its exit status alone', '/bin/false', 'exit 1'],
    ['that it is not there', '/nonexistent/ask', 'no such program: /nonexistent/ask'],
  ])('that fails gives %s as the reason', async (_, script, reason) => {
    expect(await preflight(script)).toEqual({ ok: false, reason });
  });

  it('that was ended by us says that rather than its last words', () => {
    const reason = 'timed out: going';
    expect(preflightOf(ended({ exit: 0, timedOut: true, stderr: 'going' }))).toEqual({
      ok: false,
      reason,
    });
  });
});

function ended(more: Partial<Ended>): Ended {
  const flags = { timedOut: false, aborted: false, cut: false };
  return { exit: 0, signal: undefined, stdout: '', stderr: '', ...flags, ...more };
}

describe('a look', () => {
  it.each([
    ['xen2\n', { kind: 'at', host: 'xen2' }],
    ['\n  xen2  \n\n', { kind: 'at', host: 'xen2' }],
    ['moving xen2\n', { kind: 'moving', to: 'xen2' }],
  ])('that prints %j believes it', (stdout, sighting) => {
    expect(sightingOf(ended({ stdout }), HOSTS)).toMatchObject(sighting);
  });

  it.each([
    ['nothing', { stdout: '\n' }, 'printed nothing'],
    ['a host of nobody', { stdout: 'xen9\n' }, 'not a host of this site: xen9'],
    ['a host in other letters', { stdout: 'XEN2\n' }, 'not a host of this site: XEN2'],
    ['two hosts', { stdout: 'xen1 xen2\n' }, 'not a host of this site: xen1 xen2'],
    ['two lines', { stdout: 'xen1\nxen2\n' }, 'printed more than one line'],
    ['no target', { stdout: 'moving\n' }, 'not a host of this site: moving'],
    ['commands', { stdout: '\u001b[2Jxen1\n' }, 'not a host of this site: \\u{1b}[2Jxen1'],
    ['a host and fails', { stdout: 'xen1\n', exit: 2 }, 'exit 2: xen1'],
    ['a host too late', { stdout: 'xen1\n', timedOut: true }, 'timed out: xen1'],
  ])('that prints %s knows nothing', (_, how, says) => {
    expect(sightingOf(ended(how), HOSTS)).toEqual({
      kind: 'unknown',
      answers: [{ who: 'locate command', says }],
    });
  });

  it('bounds what it passes on', () => {
    const sighting = sightingOf(ended({ stdout: 'x'.repeat(60_000) }), HOSTS);
    expect(sighting.answers[0]?.says.length).toBeLessThan(300);
  });

  it('is done by the command, which is given the guest', async () => {
    const { locator } = open({
      locate: `sh -c 'test "$1$VMMANAGE_VM" = db7db7 && echo xen2' sh {vm}`,
    });
    expect(await locator.locate(NEVER)).toMatchObject({ kind: 'at', host: 'xen2' });
  });

  it('that takes too long knows nothing', async () => {
    const { locator } = open({ locate: 'sleep 300', locate_timeout: '50ms' });
    expect(await locator.locate(NEVER)).toMatchObject({
      kind: 'unknown',
      answers: [{ says: 'timed out' }],
    });
  });

  it('without a command knows nothing', async () => {
    expect(await open({}).locator.locate(NEVER)).toMatchObject({
      kind: 'unknown',
      answers: [{ says: 'no locate command' }],
    });
  });
});

describe('the options', () => {
  it('must name a command that moves', () => {
    expect(() => optionsFrom(command.options)).toThrow('migrate: is missing');
  });

  it('know no target for a look', () => {
    expect(() => open({ locate: 'where {to}' })).toThrow(/knows no “{to}”/);
  });
});
