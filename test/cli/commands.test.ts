/** Every command that talks to the daemon: what it asks, what it prints, how it ends. */
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { tempFolder } from '../support/temp.ts';
import { type Answers, fakeDaemon } from './support/fake-daemon.ts';
import { BLOCKED, CONTENT, EXPLAINED, HOSTS, ID, LAST_MOVE } from './support/reports.ts';
import { fakeTerminal } from './support/terminal.ts';

const NOW = '2009-05-13T01:10:02.000Z';
const STARTED = { status: 202, body: { request: ID, from: 'xen2', to: 'xen3' } };
const PAST = { ...LAST_MOVE, id: ID };
const ENDED = { body: { past: PAST } };
const FAILED = { body: { past: { ...PAST, outcome: 'failed', why_ended: 'still at xen2' } } };
const HELD = { status: 409, body: { error: 'held by cooldown', change: 'wait' } };
const WRONG = { status: 422, body: { error: 'xen7 is no host of the conf' } };
const REQUEST = `GET /v1/requests/${ID}`;

/** As the daemon answers when all goes well. */
const WELL: Answers = {
  'GET /v1/status': { body: CONTENT },
  'GET /v1/explain': { body: EXPLAINED },
  'GET /v1/hosts': { body: { hosts: HOSTS } },
  'GET /v1/where': { body: { now: NOW, kind: 'at', host: 'xen3', answers: [], locators: [] } },
  'POST /v1/move': STARTED,
  [REQUEST]: ENDED,
  'POST /v1/cancel': { body: {} },
  'POST /v1/resolve': { body: {} },
  'POST /v1/clear-bar': { body: {} },
  'POST /v1/pause': { body: {} },
  'POST /v1/resume': { body: {} },
  'POST /v1/reload': { body: { files: ['a.conf'], warnings: [] } },
};

async function run(args: readonly string[], answers: Answers = {}) {
  const daemon = await fakeDaemon({ ...WELL, ...answers });
  const terminal = fakeTerminal({ env: { VMMANAGE_RUNTIME: daemon.folder } });
  const status = await runCli(args, terminal);
  return { status, asked: daemon.asked, ...terminal.printed };
}

describe('ends with', () => {
  it.each<[number, string, string, Answers?]>([
    [0, 'the daemon answered', 'status'],
    [0, 'the daemon answered', 'explain'],
    [0, 'the daemon answered', 'hosts'],
    [0, 'the place is known', 'where'],
    [1, 'nobody knows the place', 'where', where('unknown')],
    [0, 'the guest is under way', 'where', where('moving')],
    [0, 'the move was confirmed', 'move'],
    [1, 'the move failed', 'move', { [REQUEST]: FAILED }],
    [75, 'a gate holds', 'move', { 'POST /v1/move': HELD }],
    [1, 'it can never be', 'move xen7', { 'POST /v1/move': WRONG }],
    [0, 'it is not followed', 'move --no-wait', { [REQUEST]: FAILED }],
    [2, 'no reason is given', 'move --force'],
    [2, 'two ways are given', 'move --base --home'],
    [2, 'no host has such a name', 'move x;y'],
    [0, 'it was asked for', 'cancel'],
    [1, 'no request is open', 'cancel', { 'POST /v1/cancel': WRONG }],
    [2, 'too much is given', 'cancel a b'],
    [0, 'it is done', `resolve ${ID} --at xen2`],
    [0, 'it is done', `resolve ${ID} --abandon`],
    [2, 'no end is said', `resolve ${ID}`],
    [2, 'two ends are said', `resolve ${ID} --at xen2 --abandon`],
    [2, 'no request is named', 'resolve --abandon'],
    [0, 'it is done', 'pause'],
    [2, 'the span is none', 'pause --for 0'],
    [2, 'the span is odd', 'pause --for soon'],
    [0, 'it is done', 'resume'],
    [0, 'the conf is right', 'reload'],
    [78, 'the conf is wrong', 'reload', { 'POST /v1/reload': wrongConf() }],
    [0, 'all is well', 'status --check'],
    [2, 'a request is unconfirmed', 'status --check', { 'GET /v1/status': { body: BLOCKED } }],
    [3, 'the answer is odd', 'status --check', { 'GET /v1/status': { body: {} } }],
    [2, 'both can’t be', 'status --check --json'],
  ])('%i where %s: %s', async (status, _, line, answers) => {
    expect((await run(line.split(' '), answers)).status).toBe(status);
  });

  it.each([
    'status',
    'explain',
    'hosts',
    'where',
    'move',
    'cancel',
    `resolve ${ID} --abandon`,
    'pause',
    'resume',
    'reload',
    'inhibit --strict --why x -- true',
  ])('69 where the daemon isn’t running: %s', async (line) => {
    const terminal = fakeTerminal();
    const args = line.split(' ');
    const at = ['--runtime', tempFolder()];
    const status = await runCli([args[0] ?? '', ...at, ...args.slice(1)], terminal);
    expect(status).toBe(69);
    expect(terminal.printed.err).toContain("the daemon isn't running");
    expect(terminal.printed.out).toBe('');
  });

  it('2, critical, where the daemon isn’t running: status --check', async () => {
    const terminal = fakeTerminal({ env: { VMMANAGE_RUNTIME: tempFolder() } });
    expect(await runCli(['status', '--check'], terminal)).toBe(2);
    expect(terminal.printed.out).toMatch(/^VMMANAGE CRITICAL - the daemon isn't running/);
  });
});

function where(kind: string): Answers {
  return { 'GET /v1/where': { body: { now: NOW, kind, answers: [], locators: [] } } };
}

function wrongConf() {
  return { status: 422, body: { error: 'the conf is wrong', problems: ['a.conf:3: odd'] } };
}

describe('asks for', () => {
  it.each<[string, string, unknown]>([
    ['move', 'POST /v1/move', { verdict: 'move' }],
    ['move xen3', 'POST /v1/move', { verdict: 'move', host: 'xen3' }],
    ['move --base', 'POST /v1/move', { verdict: 'base' }],
    ['move --away', 'POST /v1/move', { verdict: 'away' }],
    ['move --home', 'POST /v1/move', { verdict: 'home' }],
    ['move --force --why fire', 'POST /v1/move', { verdict: 'move', force: true, why: 'fire' }],
    ['move-to-base', 'POST /v1/move', { verdict: 'base' }],
    ['move-from-home', 'POST /v1/move', { verdict: 'away' }],
    ['move-to-home', 'POST /v1/move', { verdict: 'home' }],
    ['move-up', 'POST /v1/move', { verdict: 'move', host: 'xen4' }],
    ['move-down', 'POST /v1/move', { verdict: 'move', host: 'xen2' }],
    ['cancel', 'POST /v1/cancel', {}],
    [`cancel ${ID}`, 'POST /v1/cancel', { request: ID }],
    [`resolve ${ID} --at xen2`, 'POST /v1/resolve', { request: ID, host: 'xen2' }],
    [`resolve ${ID} --abandon`, 'POST /v1/resolve', { request: ID }],
    ['pause', 'POST /v1/pause', {}],
    ['pause --for 2h --why x', 'POST /v1/pause', { why: 'x', for_ms: 7_200_000 }],
    ['resume', 'POST /v1/resume', {}],
    ['hosts --clear-bar xen2', 'POST /v1/clear-bar', { host: 'xen2' }],
  ])('%s', async (line, call, body) => {
    const { asked, status } = await run(line.split(' '));
    expect(status).toBe(0);
    expect(asked.find((each) => each.call === call)).toEqual({ socket: 'act.sock', call, body });
  });

  it.each([
    ['move-up', 'xen4', 'VM already at best location: xen4 is the last of the list, there is no'],
    [
      'move-down',
      'xen1',
      'VM already at best location: xen1 is the first of the list, there is no',
    ],
    ['move-up', 'xen9', 'vmmanage: xen9 is not in the list: there is no'],
    ['move-up', '', 'nobody knows'],
  ])('nothing where %s from “%s” leads nowhere', async (command, at, reason) => {
    const hosts = HOSTS.map((host) => ({ ...host, here: host.host === at }));
    const { status, asked, err } = await run([command], { 'GET /v1/hosts': { body: { hosts } } });
    expect([status, asked.length]).toEqual([1, 1]);
    expect(err).toContain(reason);
  });
});

describe('prints', () => {
  it.each([
    ['status', CONTENT],
    ['explain', EXPLAINED],
    ['hosts', { hosts: HOSTS }],
    ['where', { now: NOW, kind: 'at', host: 'xen3', answers: [], locators: [] }],
    ['move', PAST],
    ['move --no-wait', STARTED.body],
    ['reload', { files: ['a.conf'], warnings: [] }],
  ])('%s --json as the daemon gave it, and nothing else', async (line, value) => {
    const { out, err } = await run([...line.split(' '), '--json']);
    expect(JSON.parse(out)).toEqual(value);
    expect(err).toBe('');
  });

  it('nothing of an answer that a terminal would obey', async () => {
    const evil = { ...CONTENT, vm: '\x1b]0;owned\x07', cautions: ['\x1b[2J'] };
    const body = { 'GET /v1/status': { body: evil } };
    for (const args of [['status'], ['status', '--json'], ['status', '--check']]) {
      const { out } = await run(args, body);
      expect(out.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
    }
    const refusal = { status: 409, body: { error: '\x1b[2J\n', change: '\x07' } };
    const { err } = await run(['resume'], { 'POST /v1/resume': refusal });
    expect(err).toBe('vmmanage: \\u{1b}[2J\\u{a}\n  to change it: \\u{7}\n');
  });

  it('each problem of a conf that can’t be loaded', async () => {
    const { err } = await run(['reload'], { 'POST /v1/reload': wrongConf() });
    expect(err).toBe('vmmanage: the conf is wrong\n  a.conf:3: odd\n');
  });

  it('warnings of a conf that can', async () => {
    const body = { files: ['a', 'b'], warnings: ['a:1: odd'] };
    const { out } = await run(['reload'], { 'POST /v1/reload': { body } });
    expect(out).toBe('warning: a:1: odd\nreloaded (2 files, 1 warning)\n');
  });

  it('the version', async () => {
    expect((await run(['version'])).out).toMatch(/^vmmanage 0\.1\.0 \(node v/);
  });
});
