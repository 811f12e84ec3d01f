/** The daemon as its users meet it: a service that goes, signals, sockets, a second instance. */
import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { ExplainReport, WhereReport } from '../../src/wire/control.ts';
import { type Mariadb, startMariadb } from '../support/mariadb.ts';
import { pause } from '../support/program.ts';
import { call, Rig, Running, until, vmmanage } from '../support/rig.ts';
import { threadsConf } from '../support/threads.ts';

let database: Mariadb;
beforeAll(async () => {
  database = await startMariadb();
});
afterAll(() => database.remove());

interface Changes {
  readonly suffering?: string;
  readonly constraints?: string;
  readonly migrator?: string;
  readonly probe?: string;
}

const conf = ({
  suffering = '> 1000 for 3',
  constraints = '',
  migrator = 'kind = local\ndelay = 50ms',
  probe = '',
}: Changes = {}) => `
[array]
hosts = h1, h2, h3
base = b
spread = no
${threadsConf(database.socket, suffering, probe)}
[constraints]
${constraints}
[migrator]
${migrator}
`;

describe('a database that goes away', () => {
  it('makes readings missing with the reason and no request, and is noticed when it is back', async () => {
    const rig = new Rig(conf({ suffering: '> 0 for 1000', probe: 'max_errors = 2' }));
    await rig.startAndWait();
    const probe = async () => (await rig.status())?.probes[0];
    await until('a reading', async () => (await probe())?.value !== undefined);
    await database.stop();
    await until('the probe to fail', async () => (await probe())?.failing);
    expect((await probe())?.missing).toMatch(/no server|gone|lost|refused/i);
    await database.start();
    await until('a reading again', async () => (await probe())?.value !== undefined);
    await rig.daemon?.end();
    const types = (await rig.records()).map(({ entry }) => entry.type);
    expect(types).not.toContain('intended');
    expect(types.filter((type) => type.startsWith('probe-'))).toEqual([
      'probe-failing',
      'probe-recovered',
    ]);
  });
});

describe('signals', () => {
  it('SIGTERM ends it in order, with status 0 and a last line', async () => {
    const rig = new Rig(conf());
    const daemon = await rig.startAndWait();
    expect(await daemon.end()).toBe(0);
    expect((await rig.records()).at(-1)?.entry).toEqual({ type: 'stopped', reason: 'SIGTERM' });
  });

  it('SIGHUP reloads, and a wrong conf changes nothing', async () => {
    const rig = new Rig(conf());
    const daemon = await rig.startAndWait();
    rig.write(conf({ suffering: '> 7 for 2' }));
    daemon.signal('SIGHUP');
    await until('the new bound', async () => {
      return (await rig.status())?.policies[0]?.suffering.condition === '> 7 for 2';
    });
    rig.write(conf({ suffering: '> many' }));
    daemon.signal('SIGHUP');
    await until('the failure to be told', async () => (await rig.status())?.conf.problems.length);
    expect((await rig.status())?.policies[0]?.suffering.condition).toBe('> 7 for 2');
    expect((await rig.records()).map(({ entry }) => entry.type)).toContain('reload-failed');
  });

  it('two reloads at once leave nothing of the first in force', async () => {
    const rig = new Rig(conf());
    // Goes on for a moment when it is ended, so that its end has to be waited for.
    const slow = join(rig.folder, 'slow');
    writeFileSync(slow, "#!/bin/sh\ntrap '' TERM\nsleep 60\n", { mode: 0o755 });
    const mark = join(rig.folder, 'mark');
    const probe = (name: string, command: string, interval: string) =>
      `[probe ${name}]\nkind = command\ncommand = ${command}\ninterval = ${interval}\n`;
    const bound = (suffering: string, ...probes: string[]) =>
      rig.write([conf({ suffering: `${suffering}\nprobe = threads` }), ...probes].join('\n'));
    bound('> 1000 for 3', probe('slow', slow, '10s'));
    await rig.startAndWait();
    bound('> 7 for 2', probe('slow', slow, '20s'), probe('left', `touch ${mark}`, '100ms'));
    const first = rig.act('/v1/reload');
    await until('the first', async () => {
      return (await rig.status())?.policies[0]?.suffering.condition === '> 7 for 2';
    });
    bound('> 8 for 2', probe('slow', slow, '30s'));
    const second = await rig.act('/v1/reload');
    expect([(await first).status, second.status]).toEqual([200, 200]);
    expect((await rig.status())?.policies[0]?.suffering.condition).toBe('> 8 for 2');
    rmSync(mark, { force: true });
    await pause(1_000);
    expect(existsSync(mark)).toBe(false);
  });

  it('a changed state folder takes a restart, and reload says so', async () => {
    const rig = new Rig(conf());
    await rig.startAndWait();
    writeFileSync(
      rig.conf,
      `${conf()}\n[vm]\nname = db7\nstate = ${rig.folder}/other\nruntime = ${rig.runtime}\n`,
    );
    const answer = await rig.act('/v1/reload');
    expect(answer.status).toBe(422);
    expect(JSON.stringify(answer.body)).toContain('takes a restart');
  });
});

describe('a second daemon', () => {
  it('with the same state folder is refused, and the first goes on', async () => {
    const rig = new Rig(conf());
    await rig.startAndWait();
    const second = await vmmanage('run', '-c', rig.conf);
    expect(second.status).toBe(1);
    expect(second.stderr).toContain('another vmmanage runs');
    expect(await rig.status()).toBeDefined();
  });

  it('on the same sockets is refused too, and the first can be asked as before', async () => {
    const rig = new Rig(conf());
    await rig.startAndWait();
    const pid = (await rig.status())?.pid;
    const other = readFileSync(rig.conf, 'utf8').replace(rig.state, join(rig.folder, 'other'));
    writeFileSync(join(rig.folder, 'other.conf'), other, { mode: 0o600 });
    const second = await vmmanage('run', '-c', join(rig.folder, 'other.conf'));
    expect(second.status).toBe(1);
    expect(second.stderr).toContain('another vmmanage answers');
    expect((await rig.status())?.pid).toBe(pid);
  });
});

describe('the control sockets', () => {
  it('are open to their owner and group only, and what acts isn’t taken by the one to look', async () => {
    const rig = new Rig(conf());
    await rig.startAndWait();
    for (const name of ['look.sock', 'act.sock']) {
      expect(statSync(join(rig.runtime, name)).mode & 0o007).toBe(0);
    }
    const looked = await call(join(rig.runtime, 'look.sock'), 'POST', '/v1/pause', {});
    expect(looked.status).toBe(404);
    expect((await rig.status())?.mode).toBe('active');
  });

  it.each([
    ['no JSON', '/v1/pause', 'hello', 400],
    ['a list', '/v1/pause', '[]', 400],
    ['an unknown field', '/v1/pause', '{"for":"2h"}', 400],
    ['a field of the wrong type', '/v1/pause', '{"for_ms":"2h"}', 400],
    ['a verdict that there isn’t', '/v1/move', '{"verdict":"fly"}', 400],
    ['more than 64 KiB', '/v1/pause', JSON.stringify({ why: 'x'.repeat(70_000) }), 400],
    ['a call that there isn’t', '/v1/dance', '{}', 404],
    ['what can’t be', '/v1/resume', '{}', 422],
  ])('answer %s with its status', async (_, path, body, status) => {
    const rig = new Rig(conf());
    await rig.startAndWait();
    const answer = await call(join(rig.runtime, 'act.sock'), 'POST', path, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toHaveProperty('error');
  });

  it('inhibit for as long as the caller stays connected', async () => {
    const rig = new Rig(conf({ constraints: 'settle = off\ncooldown = off' }));
    await rig.startAndWait();
    const backup = new Running(
      'inhibit',
      '--runtime',
      rig.runtime,
      '--why',
      'backup',
      '--',
      'sleep',
      '60',
    );
    const gates = async () => (await rig.look('/v1/explain')).body as ExplainReport;
    const hold = async () => (await gates()).gates.find(({ gate }) => gate === 'hold')?.reason;
    await until('the hold', async () => (await hold()) === 'inhibited: backup');
    const refused = await rig.act('/v1/move', { verdict: 'move' });
    expect(refused.status).toBe(409);
    await backup.end('SIGKILL');
    await until('no hold', async () => (await hold()) === undefined);
  });
});

describe('a move by hand', () => {
  it('goes, is confirmed, and is told', async () => {
    const rig = new Rig(conf());
    await rig.startAndWait();
    await until('the place', async () => (await rig.status())?.place.host === 'h1');
    const moved = await vmmanage('move', 'h3', '--runtime', rig.runtime);
    expect(moved).toMatchObject({ status: 0 });
    expect((await rig.status())?.place.host).toBe('h3');
    const held = await vmmanage('move', 'h2', '--runtime', rig.runtime);
    expect(held.status).toBe(75);
    expect(held.stdout + held.stderr).toContain('settling');
  });

  it('to a place that nobody can see stays unconfirmed and blocks, until it is resolved', async () => {
    const migrator = 'kind = command\nmigrate = /bin/true {to}';
    const rig = new Rig(conf({ migrator }).replace('spread = no', 'spread = no\nat = h1'));
    await rig.startAndWait();
    const answer = await rig.act('/v1/move', { verdict: 'move', host: 'h2' });
    expect(answer).toMatchObject({ status: 202, body: { from: 'h1', to: 'h2' } });
    const request = async () => (await rig.status())?.request;
    await until('nobody to know', async () => (await request())?.phase === 'unconfirmed');
    const id = (await request())?.id ?? '';
    const status = await vmmanage('status', '--runtime', rig.runtime);
    expect(status.stdout).toMatch(new RegExp(`BLOCKED +${id} h1→h2 UNCONFIRMED`));
    expect(status.stdout).toContain(`vmmanage resolve ${id} --at`);
    expect((await rig.act('/v1/move', { verdict: 'move', host: 'h3' })).status).toBe(409);
    await rig.daemon?.end('SIGKILL');
    await rig.startAndWait();
    await until('it to be open still', async () => (await request())?.id === id);
    const resolved = await vmmanage('resolve', id, '--at', 'h2', '--runtime', rig.runtime);
    expect(resolved.status).toBe(0);
    const { place, last_move } = (await rig.status()) ?? {};
    expect(place?.host).toBe('h2');
    expect(last_move).toMatchObject({ id, outcome: 'confirmed', host: 'h2' });
  });

  it('can be cancelled, also by a daemon that did not begin it', async () => {
    const rig = new Rig(conf({ migrator: 'kind = local\ndelay = 60s' }));
    await rig.startAndWait();
    await until('the place', async () => (await rig.status())?.place.host === 'h1');
    await rig.act('/v1/move', { verdict: 'move', host: 'h2' });
    // Begun, not only asked for: from then on it goes on without the daemon.
    await until('the move', async () => {
      const where = (await rig.look('/v1/where')).body as WhereReport;
      return where.kind === 'moving';
    });
    await rig.daemon?.end('SIGKILL');
    await rig.startAndWait();
    expect((await vmmanage('cancel', '--runtime', rig.runtime)).status).toBe(0);
    await until('the outcome', () => rig.isIdle());
    const outcome = (await rig.records())
      .map(({ entry }) => entry)
      .find((e) => e.type === 'outcome');
    expect(outcome).toMatchObject({
      outcome: 'failed',
      host: 'h1',
      reason: 'cancelled, still at h1',
    });
  });
});

describe('a command that still runs after its daemon was killed', () => {
  it('keeps everybody from deciding and from a second move, until it has ended', async () => {
    const rig = new Rig('');
    const path = join(rig.folder, 'move');
    const diary = join(rig.folder, 'diary');
    const script = `#!/bin/sh\necho begin >>${diary}\nsleep 3\necho end >>${diary}\n`;
    writeFileSync(path, script, { mode: 0o755 });
    const migrator = `kind = command\nmigrate = ${path} {to}\nlocate = /bin/echo rubbish`;
    const text = conf({ migrator, constraints: 'look = 200ms\nlook_max = 1s' });
    rig.write(text.replace('spread = no', 'spread = no\nat = h1'));
    await rig.startAndWait();
    await rig.act('/v1/move', { verdict: 'move', host: 'h2' });
    await until('the move', async () => (await rig.status())?.request?.phase === 'migrating');
    await until('the command', () => existsSync(diary));
    await rig.daemon?.end('SIGKILL');
    await rig.startAndWait();
    const id = (await rig.status())?.request?.id ?? '';
    expect((await rig.act('/v1/resolve', { request: id, host: 'h1' })).status).toBe(409);
    expect((await rig.act('/v1/move', { verdict: 'move', host: 'h3' })).status).toBe(409);
    expect(readFileSync(diary, 'utf8')).toBe('begin\n');
    await until(
      'nobody to know',
      async () => (await rig.status())?.request?.phase === 'unconfirmed',
    );
    expect(readFileSync(diary, 'utf8')).toBe('begin\nend\n');
    expect((await rig.act('/v1/resolve', { request: id, host: 'h1' })).status).toBe(200);
  });
});

describe('a full disk in the middle of a move', () => {
  it('is told, answers nobody with silence, and lets the daemon end', async () => {
    const rig = new Rig(conf({ migrator: 'kind = local\ndelay = 6s' }));
    mkdirSync(rig.state);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=256k', 'tmpfs', rig.state]);
    onTestFinished(() => void execFileSync('umount', ['-l', rig.state]));
    const daemon = await rig.startAndWait();
    await until('the place', async () => (await rig.status())?.place.host === 'h1');
    await rig.act('/v1/move', { verdict: 'move', host: 'h2' });
    await until('the move', async () => (await rig.status())?.request?.phase === 'migrating');
    fill(join(rig.state, 'filler'));
    // The file's last page has room left, which is soon used up.
    const why = 'x'.repeat(900);
    await until('the trouble', async () => {
      await rig.act('/v1/pause', { why });
      return (await rig.status())?.trouble !== undefined;
    });
    expect((await rig.act('/v1/pause', { why })).status).toBe(503);
    expect((await vmmanage('status', '--check', '--runtime', rig.runtime)).status).toBe(2);
    rmSync(join(rig.state, 'filler'));
    await until('the outcome', () => rig.isIdle());
    expect(await rig.status()).toMatchObject({ place: { host: 'h2' } });
    fill(join(rig.state, 'filler'));
    expect(await daemon.end()).toBe(0);
  });

  function fill(path: string): void {
    const chunk = Buffer.alloc(512);
    try {
      for (;;) appendFileSync(path, chunk);
    } catch {
      // Full.
    }
  }
});

describe('a move that nobody here asked for', () => {
  it('is noticed at the next look, settles, and doesn’t count against the limit', async () => {
    const rig = new Rig(conf({ constraints: 'cooldown = 1h' }));
    await rig.startAndWait();
    await until('the place', async () => (await rig.status())?.place.host === 'h1');
    const file = { version: 1, vms: { db7: { host: 'h3' } } };
    writeFileSync(join(rig.state, 'local-hosts.json'), JSON.stringify(file));
    expect((await rig.look('/v1/where')).body).toMatchObject({ kind: 'at', host: 'h3' });
    const entries = (await rig.records()).map(({ entry }) => entry);
    expect(entries.at(-1)).toEqual({ type: 'moved-by-other', from: 'h1', to: 'h3' });
    expect(await rig.status()).toMatchObject({ place: { host: 'h3' }, moves: { n: 0 } });
    expect((await rig.act('/v1/move', { verdict: 'move' })).status).toBe(409);
  });
});

describe('a kill', () => {
  it('keeps counts, pauses and bars over a restart', async () => {
    const rig = new Rig(
      conf({
        suffering: '> 0 for 1000',
        migrator: 'kind = local\ndelay = 50ms\nunreachable = h2',
      }).replace('interval = 200ms', 'interval = 2s'),
    );
    const daemon = await rig.startAndWait();
    await until('the place', async () => (await rig.status())?.place.host === 'h1');
    await rig.act('/v1/move', { verdict: 'move', host: 'h2' });
    await until('a bar', async () => (await rig.status())?.bars.length);
    await rig.act('/v1/pause', { why: 'upgrade' });
    const count = async () =>
      Number((await rig.status())?.policies[0]?.suffering.progress.split(' ')[0]);
    await until('a count', async () => (await count()) >= 2);
    const before = await count();
    await daemon.end('SIGKILL');
    await rig.startAndWait();
    expect(await count()).toBeGreaterThanOrEqual(before);
    expect(await rig.status()).toMatchObject({
      mode: 'paused',
      paused: { why: 'upgrade' },
      bars: [{ host: 'h2' }],
    });
  });
});
