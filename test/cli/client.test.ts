/** What the daemon's answers, and its absence, become: an exit status and a sentence. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { isDone, isReload, isWhere } from '../../src/cli/answers.ts';
import { openClient, unreachable } from '../../src/cli/client.ts';
import { CliError } from '../../src/cli/exit.ts';
import { tempFolder } from '../support/temp.ts';
import { type Answer, fakeDaemon } from './support/fake-daemon.ts';

const WHERE = { kind: 'at', host: 'xen1', answers: [{ who: 'xen1', says: 'running' }] };

async function failure(promise: Promise<unknown>): Promise<CliError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof CliError) return error;
  throw new Error(`no CliError but ${String(error)}`);
}

async function lookAt(answer: Answer, timeoutMs = 20_000) {
  const { folder } = await fakeDaemon({ 'GET /v1/where': answer });
  return openClient({ folder, timeoutMs }).look('/v1/where', isWhere);
}

describe('an answer', () => {
  it('of the right shape is given as it is, on the socket to look', async () => {
    const daemon = await fakeDaemon({ 'GET /v1/where': { body: WHERE } });
    const client = openClient({ folder: daemon.folder });
    expect(await client.look('/v1/where', isWhere)).toEqual(WHERE);
    expect(daemon.asked).toEqual([{ socket: 'look.sock', call: 'GET /v1/where', body: undefined }]);
  });

  it('to what acts comes from the socket to act, which gets the body', async () => {
    const daemon = await fakeDaemon({ 'POST /v1/pause': { body: {} } });
    const client = openClient({ folder: daemon.folder });
    await client.act('/v1/pause', { for_ms: 1000 }, isDone);
    expect(daemon.asked).toEqual([
      { socket: 'act.sock', call: 'POST /v1/pause', body: { for_ms: 1000 } },
    ]);
  });

  it('may say more than is known', async () => {
    const more = { ...WHERE, confidence: 0.9 };
    expect(await lookAt({ body: more })).toEqual(more);
  });

  it('never goes to a proxy of the environment', async () => {
    process.env['http_proxy'] = 'http://127.0.0.1:1';
    onTestFinished(() => void delete process.env['http_proxy']);
    expect(await lookAt({ body: WHERE })).toEqual(WHERE);
  });

  it.each<[string, unknown]>([
    ['no JSON', 'It works!'],
    ['nothing', ''],
    ['of another shape', { kind: 'at' }],
    ['with a field of another type', { ...WHERE, host: 7 }],
    ['with a list that holds something else', { ...WHERE, answers: ['xen1'] }],
    ['a list', [WHERE]],
    ['null', null],
  ])('that is %s is not guessed at', async (_, body) => {
    const { status, message } = await failure(lookAt({ body: body ?? 'null' }));
    expect([status, message]).toEqual([1, "the daemon's answer isn't understood"]);
  });

  it('without end is refused', async () => {
    const body = { ...WHERE, host: 'x'.repeat(5 * 1024 * 1024) };
    const { status, message } = await failure(lookAt({ body }));
    expect(status).toBe(1);
    expect(message).toContain('maxContentLength');
  });

  it('that redirects is not followed', async () => {
    const redirect: Answer = (_, response) =>
      void response.writeHead(302, { location: 'http://192.0.2.1/' }).end('{}');
    expect((await failure(lookAt(redirect))).status).toBe(1);
  });

  it('that never comes is waited for only so long', async () => {
    const { status, message } = await failure(lookAt(() => undefined, 200));
    expect([status, message]).toEqual([1, "the daemon doesn't answer (0.2 s)"]);
  });
});

describe('a refusal', () => {
  it.each([
    [400, 2],
    [401, 77],
    [403, 77],
    [404, 1],
    [409, 75],
    [422, 1],
    [500, 1],
    [503, 1],
  ])('of status %i ends with %i', async (http, exit) => {
    const error = await failure(lookAt({ status: http, body: { error: 'no', change: 'wait' } }));
    expect(error).toMatchObject({ status: exit, message: 'no', hints: ['to change it: wait'] });
  });

  it('without words still has its status', async () => {
    const error = await failure(lookAt({ status: 500, body: '<html>' }));
    expect(error).toMatchObject({ status: 1, message: 'the daemon answered with status 500' });
  });

  it('that names problems of the conf ends with 78', async () => {
    const problems = ['a.conf:1: odd', 'a.conf:2: odd'];
    const body = { error: 'the conf is wrong', problems };
    const { folder } = await fakeDaemon({ 'POST /v1/reload': { status: 422, body } });
    const error = await failure(openClient({ folder }).act('/v1/reload', {}, isReload));
    expect(error).toMatchObject({ status: 78, hints: problems });
  });
});

describe('a daemon that can’t be asked', () => {
  it('has no folder', async () => {
    const folder = join(tempFolder(), 'none');
    const error = await failure(openClient({ folder }).look('/v1/where', isWhere));
    expect(error).toMatchObject({
      status: 69,
      message: `the daemon isn't running (no socket in ${folder})`,
      hints: ['start it: systemctl start vmmanage'],
    });
  });

  it('left its socket behind', async () => {
    const folder = tempFolder();
    // Nobody listens on it, as after a kill -9.
    writeFileSync(join(folder, 'look.sock'), '');
    const error = await failure(openClient({ folder }).look('/v1/where', isWhere));
    expect(error).toMatchObject({
      status: 69,
      message: `the daemon isn't running (nothing answers at ${join(folder, 'look.sock')})`,
    });
  });

  it('ends while it is asked', async () => {
    const cut: Answer = (request) => void request.socket.destroy();
    expect(await failure(lookAt(cut))).toMatchObject({
      status: 69,
      message: 'the daemon ended while it was asked',
    });
  });

  it.each([
    ['look.sock', 'vmmanage'],
    ['act.sock', 'vmmanage-admin'],
  ])('may not be asked: %s is for the group %s', (socket, group) => {
    const error = unreachable({ code: 'EACCES' }, '/run/vmmanage', socket, 1000);
    expect(error.status).toBe(77);
    expect(error.message).toBe(`not permitted: /run/vmmanage/${socket}`);
    expect(error.hints).toEqual([`root and members of the group ${group} may`]);
  });
});
