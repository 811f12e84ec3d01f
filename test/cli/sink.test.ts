/** The central log in the foreground: where it listens, how it ends, and what is wrong usage. */
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
import { Authority } from '../support/certificates.ts';
import { manualClock } from '../support/manual-clock.ts';
import { freePort } from '../support/program.ts';
import { tempFolder } from '../support/temp.ts';
import { type FakeTerminal, fakeTerminal } from './support/terminal.ts';

async function until<T>(look: () => T | undefined | false): Promise<T> {
  for (;;) {
    const seen = look();
    if (seen) return seen;
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

async function port({ printed }: FakeTerminal): Promise<number> {
  return Number(await until(() => /listening on 127\.0\.0\.1:(\d+)/.exec(printed.out)?.[1]));
}

function send(to: number, line: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(to, '127.0.0.1', () => socket.end(line));
    socket
      .on('error', reject)
      .on('close', () => resolve())
      .resume();
  });
}

const TLS = ['--file', '/tmp/x', '--listen-tls', 'h:0', '--cert', '/tmp/c', '--key', '/tmp/k'];
const FILE = ['--listen', 'h:0', '--file', '/tmp/x'];
const FORWARD = [...FILE, '--forward-spool', 'y', '--forward'];

describe('sink', () => {
  it('says where it listens, writes what comes, opens its file anew, and ends in order', async () => {
    const file = join(tempFolder(), 'central.log');
    const terminal = fakeTerminal();
    const args = ['sink', '--listen', '127.0.0.1:0', '--file', file, '--zone', 'UTC'];
    const running = runCli(args, terminal);
    const at = await port(terminal);
    expect(terminal.printed.out).toBe(`listening on 127.0.0.1:${at}, writing ${file}\n`);
    await send(at, 'first\n');
    await until(() => readFileSync(file, 'utf8').includes('first'));
    renameSync(file, `${file}.1`);
    terminal.signal('SIGHUP');
    await until(() => readIfThere(file) !== undefined);
    await send(at, 'second\n');
    await until(() => readIfThere(file)?.includes('second'));
    terminal.signal('SIGTERM');
    expect(await running).toBe(0);
    expect(readFileSync(`${file}.1`, 'utf8')).toMatch(/ UTC 20\d\d first \[peer=127\.0\.0\.1\]\n$/);
  });

  it.each<[string, string[], string]>([
    ['no file', ['--listen', '127.0.0.1:0'], 'say where to write'],
    ['no address', ['--file', '/tmp/x'], 'where to listen?'],
    ['an address without a port', ['--listen', '127.0.0.1', '--file', 'x'], 'expected HOST:PORT'],
    ['a port too high', ['--listen', 'h:65536', '--file', 'x'], '65536 is not between 0 and 65535'],
    ['an odd zone', [...FILE, '--zone', 'Mars'], 'expected a time zone'],
    ['a zone for what has none', [...FILE, '--format', 'json', '--zone', 'UTC'], '--zone is for'],
    ['a file and a folder', [...FILE, '--split', '/tmp'], "--file and --split don't go together"],
    [
      'a limit on the files of one file',
      [...FILE, '--max-files', '2'],
      '--max-files is for --split',
    ],
    ['an odd form', [...FILE, '--format', 'xml'], '“xml” is not text or json or rfc5424'],
    ['an odd sync', [...FILE, '--sync', 'maybe'], '“maybe” is not on or off'],
    ['gzip without rotation', [...FILE, '--gzip'], '--gzip is for files that are rotated'],
    ['a number to keep without rotation', [...FILE, '--keep', '2'], '--keep is for files that'],
    ['a forward without spool', [...FILE, '--forward', 'tcp://h:1'], 'asks for --forward-spool'],
    ['a spool without forward', [...FILE, '--forward-spool', 'y'], 'nothing to pass on without'],
    ['an odd forward', [...FORWARD, 'h'], '“h” is not of the form relp://HOST:PORT'],
    ['a forward without a port', [...FORWARD, 'relp://h'], 'the port is missing: relp://h:31000'],
    ['an authority and nothing to pass on', [...FILE, '--forward-ca', 'y'], 'nothing to pass on'],
    [
      'a certificate for the next sink and no key',
      [...FORWARD, 'relp+tls://h:1', '--forward-cert', 'y'],
      '--forward-cert and --forward-key go together',
    ],
    [
      'an authority for a next sink without TLS',
      [...FORWARD, 'relp://h:1', '--forward-ca', 'y'],
      'certificates need a --forward with TLS',
    ],
    ['an odd name to allow', [...TLS, '--client-ca', 'a', '--allow', 'ni i'], 'ni i'],
    ['TLS without a certificate', TLS.slice(0, 4), 'TLS needs --cert and --key'],
    ['names to allow, and no authority', [...TLS, '--allow', 'nii3'], '--allow needs --client-ca'],
    ['a certificate, and no port for it', [...FILE, ...TLS.slice(4)], 'need --listen-tls'],
    ['an odd address for metrics', [...FILE, '--metrics', 'x'], '“x” is neither ADDRESS:PORT'],
    ['an odd size', [...FILE, '--max-line', 'long'], '“long” is not a size'],
  ])('is wrong usage with %s', async (_, args, said) => {
    const terminal = fakeTerminal();
    expect(await runCli(['sink', ...args], terminal)).toBe(2);
    expect(terminal.printed.err).toContain(said);
  });

  it('ends with a status of its own where the disk has not taken all', async () => {
    const clock = manualClock();
    const terminal = fakeTerminal({ clock });
    const running = runCli(['sink', '--listen', '127.0.0.1:0', '--file', '/dev/full'], terminal);
    await send(await port(terminal), 'nii3: one\nnii3: two\n');
    await until(() => {
      // Lines that nobody waits for are kept for some milliseconds.
      void clock.advance(5);
      return terminal.printed.err.includes('not written');
    });
    terminal.signal('SIGTERM');
    await clock.advance(60_000);
    expect(await running).toBe(1);
    expect(terminal.printed.err).toContain('lines lost: the disk did not take them');
    expect(terminal.printed.err).toContain('lines=2');
  });

  it('serves whether it is well, and its numbers', async () => {
    const metrics = await freePort();
    const terminal = fakeTerminal();
    const args = ['sink', '--listen', '127.0.0.1:0', '--file', join(tempFolder(), 'central.log')];
    const running = runCli([...args, '--metrics', `127.0.0.1:${metrics}`], terminal);
    await send(await port(terminal), 'first\n');
    await until(() => terminal.printed.err.includes('serving metrics'));
    const asked = async (path: string) => {
      const answer = await fetch(`http://127.0.0.1:${metrics}${path}`);
      return [answer.status, await answer.text()];
    };
    expect(await asked('/healthz')).toEqual([200, 'ok\n']);
    const shown = expect.stringContaining('vmmanage_sink_records_total{protocol="plain"} 1\n');
    expect(await asked('/metrics')).toEqual([200, shown]);
    terminal.signal('SIGTERM');
    expect(await running).toBe(0);
    await expect(asked('/healthz')).rejects.toThrow();
  });

  it('says what is wrong with a certificate', async () => {
    const terminal = fakeTerminal();
    expect(await runCli(['sink', ...TLS], terminal)).toBe(1);
    expect(terminal.printed.err).toContain("can't begin: /tmp/c can't be read: ENOENT");
  });

  it("is wrong usage with a socket of systemd's that has another name", async () => {
    const env = { LISTEN_PID: String(process.pid), LISTEN_FDS: '1', LISTEN_FDNAMES: 'x.socket' };
    const terminal = fakeTerminal({ env });
    expect(await runCli(['sink', '--file', '/tmp/x'], terminal)).toBe(2);
    expect(terminal.printed.err).toContain('FileDescriptorName=plain');
  });

  it.each([
    ['folder of its file', '127.0.0.1:0', '/nonexistent/central.log'],
    ['address', '192.0.2.1:31000', '/dev/null'],
  ])('fails, saying what it was asked for, where there is no such %s', async (_, listen, file) => {
    const terminal = fakeTerminal();
    expect(await runCli(['sink', '--listen', listen, '--file', file], terminal)).toBe(1);
    expect(terminal.printed.err).toContain(`--listen ${listen} --file ${file}`);
  });
});

describe('the store of a sink', () => {
  it('is a folder with a file for each guest, rotated and compressed, in the form asked for', async () => {
    const folder = join(tempFolder(), 'guests');
    const terminal = fakeTerminal();
    const running = runCli(
      ['sink', '--listen', '127.0.0.1:0', '--split', folder, '--format', 'json'].concat([
        '--rotate-size',
        '400',
        '--keep',
        '1',
        '--gzip',
        '--sync',
        'off',
      ]),
      terminal,
    );
    const at = await port(terminal);
    for (let i = 0; i < 12; i += 1) {
      await send(at, `nii3: ${i}\n`);
      await until(() => readIfThere(join(folder, 'nii3.log'))?.includes(`"text":"${i}"`));
    }
    await until(() => readdirSync(folder).filter((name) => name.endsWith('Z.gz')).length === 1);
    terminal.signal('SIGTERM');
    expect(await running).toBe(0);
    const lines = readFileSync(join(folder, 'nii3.log'), 'utf8').trimEnd().split('\n');
    expect(JSON.parse(lines.at(-1) ?? '')).toMatchObject({ name: 'nii3', text: '11' });
  });

  it('passes on to another sink what it writes', async () => {
    const folder = tempFolder();
    const [first, second] = [fakeTerminal(), fakeTerminal()];
    const [one, two] = [join(folder, 'one.log'), join(folder, 'two.log')];
    const listen = ['sink', '--listen', '127.0.0.1:0', '--zone', 'UTC'];
    const next = runCli([...listen, '--file', two], second);
    const forward = ['--forward', `tcp://127.0.0.1:${await port(second)}`];
    const spool = ['--forward-spool', join(folder, 'spool')];
    const running = runCli([...listen, '--file', one, ...forward, ...spool], first);
    await send(await port(first), 'nii3: passed on\n');
    await until(() => readIfThere(two)?.includes('nii3: passed on'));
    expect(readFileSync(one, 'utf8')).toContain('nii3: passed on');
    first.signal('SIGTERM');
    expect(await running).toBe(0);
    second.signal('SIGTERM');
    expect(await next).toBe(0);
  });
});

describe('vmmanage sink that passes on', () => {
  const listen = ['sink', '--listen', '127.0.0.1:0', '--zone', 'UTC'];

  it('reaches a sink with TLS and an authority of its own, and shows its certificate', async () => {
    const folder = tempFolder();
    const ca = new Authority();
    const server = ca.sign({ subject: 'CN=next', names: 'DNS:localhost' });
    const client = ca.sign({ subject: 'CN=relay', names: 'DNS:relay' });
    const [first, second] = [fakeTerminal(), fakeTerminal()];
    const [one, two] = [join(folder, 'one.log'), join(folder, 'two.log')];
    const tls = ['--cert', server.cert, '--key', server.key, '--client-ca', ca.cert];
    const at = ['sink', '--listen-tls', '127.0.0.1:0', ...tls];
    const next = runCli([...at, '--file', two], second);
    const forward = [
      '--forward',
      `relp+tls://localhost:${await port(second)}`,
      '--forward-ca',
      ca.cert,
    ];
    const own = ['--forward-cert', client.cert, '--forward-key', client.key];
    const spool = ['--forward-spool', join(folder, 'spool')];
    const running = runCli([...listen, '--file', one, ...forward, ...own, ...spool], first);
    await send(await port(first), 'nii3: passed on\n');
    await until(() => readIfThere(two)?.includes('relay: passed on'));
    expect(readIfThere(two)).toContain('mark="claims nii3"');
    first.signal('SIGTERM');
    expect(await running).toBe(0);
    second.signal('SIGTERM');
    expect(await next).toBe(0);
  });

  it('does not begin where its spool cannot be', async () => {
    const folder = tempFolder();
    writeFileSync(join(folder, 'file'), '');
    const words = ['--file', join(folder, 'log'), '--forward', 'relp://127.0.0.1:1'];
    const terminal = fakeTerminal();
    const spool = join(folder, 'file', 'spool');
    expect(await runCli([...listen, ...words, '--forward-spool', spool], terminal)).toBe(1);
    expect(terminal.printed.err).toContain(spool);
  });
});

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
