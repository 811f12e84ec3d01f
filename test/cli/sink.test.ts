/** The central log in the foreground: where it listens, how it ends, and what is wrong usage. */
import { readFileSync, renameSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runCli } from '../../src/cli/cli.ts';
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
    expect(readFileSync(`${file}.1`, 'utf8')).toMatch(/ UTC 20\d\d first\n$/);
  });

  it.each([
    ['no file', ['--listen', '127.0.0.1:0']],
    ['no address', ['--file', '/tmp/x']],
    ['an address without a port', ['--listen', '127.0.0.1', '--file', '/tmp/x']],
    ['a port too high', ['--listen', '127.0.0.1:65536', '--file', '/tmp/x']],
    ['an odd zone', ['--listen', 'h:0', '--file', '/tmp/x', '--zone', 'Mars']],
    ['an odd name to allow', [...TLS, '--allow', 'ni i']],
    ['TLS without a certificate', TLS.slice(0, 4)],
    ['names to allow, and no authority', [...TLS, '--allow', 'nii3']],
    ['a certificate, and no port for it', ['--listen', 'h:0', '--file', '/tmp/x', ...TLS.slice(4)]],
    ['an odd address for metrics', ['--listen', 'h:0', '--file', '/tmp/x', '--metrics', 'x']],
    ['an odd size', ['--listen', 'h:0', '--file', '/tmp/x', '--max-line', 'long']],
  ])('is wrong usage with %s', async (_, args) => {
    expect(await runCli(['sink', ...args], fakeTerminal())).toBe(2);
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

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
