/** The tenant's own programs around a move, with the built daemon. */
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ExplainReport } from '../../src/wire/control.ts';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';
import { Rig, until } from '../support/rig.ts';
import { threadsConf } from '../support/threads.ts';

let database: Mariadb;
beforeAll(async () => {
  database = await startMariadb();
});
afterAll(() => database.remove());

/** A guest that suffers from its first reading on, unless `suffering` says otherwise. */
const conf = (constraints: string, more = '', suffering = '> 0 for 1') => `
[array]
hosts = h1, h2, h3
spread = no
${threadsConf(database.socket, suffering)}
[migrator]
kind = local
delay = 50ms
[constraints]
${constraints}
${more}
`;

async function types(rig: Rig): Promise<string[]> {
  return (await rig.records()).map(({ entry }) => entry.type);
}

describe('hold_while', () => {
  it('holds a move while it exits with 0, is shown, and lets go', async () => {
    const rig = new Rig('');
    const backup = join(rig.folder, 'backup');
    writeFileSync(backup, 'the nightly backup runs\n');
    rig.write(conf(`hold_while = /usr/bin/cat ${backup}`));
    await rig.startAndWait();
    await until('a hold', async () => (await rig.status())?.held?.gate === 'hold');
    const held = (await rig.status())?.held;
    expect(held?.reason).toBe('hold_while: the nightly backup runs');
    const { body } = await rig.look('/v1/explain');
    expect((body as ExplainReport).summary).toContain('the nightly backup runs');
    const asked = await rig.act('/v1/move', { verdict: 'move' });
    expect(asked).toMatchObject({
      status: 409,
      body: { error: 'held: hold_while: the nightly backup runs' },
    });
    expect(await types(rig)).not.toContain('intended');
    rmSync(backup);
    await until('the move', async () => (await types(rig)).includes('intended'));
  });

  it('that can’t be run doesn’t hold, and is said', async () => {
    const rig = new Rig(conf('hold_while = /no/such/program'));
    const daemon = await rig.startAndWait();
    await until('the move', async () => (await types(rig)).includes('intended'));
    expect(daemon.said).toContain("hold_while can't be asked, so it doesn't hold");
    expect((await rig.status())?.cautions.join()).toContain('no such program: /no/such/program');
  });
});

describe('hooks', () => {
  /** A script of its own that notes each run, in the rig's folder. */
  function script(rig: Rig, name: string, then: string): string {
    const path = join(rig.folder, name);
    const note = `echo "$VMMANAGE_HOOK $VMMANAGE_FROM $VMMANAGE_TO $VMMANAGE_OUTCOME"`;
    writeFileSync(path, `#!/bin/sh\n${note} >> ${rig.folder}/diary\n${then}\n`, { mode: 0o755 });
    return path;
  }

  function guest(before: string): Rig {
    const rig = new Rig('');
    const after = script(rig, 'after', 'exit 0');
    const hooks = `[hooks]\nbefore_move = ${script(rig, 'before', before)}\nafter_move = ${after}`;
    rig.write(conf('cooldown = 1h\nretry = 1h\nlook = 200ms', hooks));
    return rig;
  }

  const diary = (rig: Rig) => {
    const path = join(rig.folder, 'diary');
    return existsSync(path) ? readFileSync(path, 'utf8').trim().split('\n') : [];
  };

  async function outcome(rig: Rig) {
    const records = await rig.records();
    return records.map(({ entry }) => entry).find(({ type }) => type === 'outcome');
  }

  it('run before and after a move', async () => {
    const rig = guest('exit 0');
    await rig.startAndWait();
    await until('after_move', async () => (await types(rig)).includes('after-move'));
    expect(diary(rig)).toEqual(['before_move h1 h2 ', 'after_move h1 h2 confirmed']);
  });

  it('may refuse the move', async () => {
    const rig = guest('echo three sessions are left >&2; exit 1');
    await rig.startAndWait();
    await until('after_move', async () => (await types(rig)).includes('after-move'));
    expect(await outcome(rig)).toMatchObject({
      outcome: 'failed',
      reason: 'before_move: three sessions are left',
    });
    expect(diary(rig).at(-1)).toBe('after_move h1 h2 failed');
    expect((await rig.status())?.bars).toEqual([]);
  });

  it('are followed by no move when the daemon was killed while one ran', async () => {
    const rig = guest('sleep 2');
    const daemon = await rig.startAndWait();
    await until('before_move', () => diary(rig).length === 1);
    await daemon.end('SIGKILL');
    await rig.startAndWait();
    await until('after_move', async () => (await types(rig)).includes('after-move'));
    expect(await outcome(rig)).toMatchObject({
      outcome: 'failed',
      reason: 'the daemon ended while before_move ran',
    });
    const { request = '' } = (await outcome(rig)) as { request?: string };
    const phases = (await rig.records()).flatMap(({ entry }) =>
      entry.type === 'progress' && entry.request === request ? [entry.phase] : [],
    );
    expect(phases).toEqual(['preparing']);
    // A new request may be on its way: the end of the daemon is no failure of the hosts.
    expect(diary(rig).slice(0, 2)).toEqual(['before_move h1 h2 ', 'after_move h1 h2 failed']);
  });
});

describe('an alert', () => {
  it('of a probe that fails goes to a program and an address, and status tells', async () => {
    const bodies: string[] = [];
    const server = createServer(async (request, response) => {
      let text = '';
      for await (const chunk of request) text += chunk;
      bodies.push(text);
      response.end();
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const rig = new Rig('');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/alerts`;
    const ways = `[alert]\nexec = /usr/bin/tee ${rig.folder}/alert\nurl = ${url}`;
    const broken = conf('', ways).replace(database.socket, '/no/such/socket');
    rig.write(broken.replace('interval = 200ms', 'interval = 200ms\nmax_errors = 1'));
    await rig.startAndWait();
    await until('the alert', async () => (await rig.status())?.alert);
    expect((await rig.status())?.alert).toMatchObject({
      ...{ about: 'probe failing', sent: true, text: 'exec, url' },
    });
    const message = JSON.parse(readFileSync(join(rig.folder, 'alert'), 'utf8'));
    expect(message).toMatchObject({ v: 1, vm: 'db7', n: 1, about: 'probe failing' });
    expect(bodies.map((body) => JSON.parse(body))).toEqual([message]);
    const said = await types(rig);
    expect(said.filter((type) => type.startsWith('alert'))).toEqual(['alert', 'alert-sent']);
    expect(rig.journalText()).not.toContain(url);
    await rig.daemon?.end('SIGKILL');
    await rig.startAndWait();
    await until('a reading', async () => (await rig.status())?.probes[0]?.failing);
    expect(bodies).toHaveLength(1);
  });
});

describe('a passive guest', () => {
  it('tells what it would have asked for, over a restart', async () => {
    const rig = new Rig(conf('mode = passive'));
    const daemon = await rig.startAndWait();
    await until('a would-ask', async () => (await rig.status())?.shadow?.would_move === 1);
    await daemon.end('SIGKILL');
    await rig.startAndWait();
    expect((await rig.status())?.shadow).toMatchObject({
      ...{ would_move: 1, without_need: 0 },
      asks: [{ verdict: 'move', policy: 'db', to: 'h2' }],
    });
  });
});
