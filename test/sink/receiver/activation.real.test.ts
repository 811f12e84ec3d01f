/** The built program on sockets that systemd's own launcher opens for it, plain and with TLS. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect as connectTcp } from 'node:net';
import { join, resolve } from 'node:path';
import { connect } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { Authority } from '../../support/certificates.ts';
import { freePort, mustFind } from '../../support/program.ts';
import { tempFolder } from '../../support/temp.ts';
import { linesIn, sendOnce, sentLinesOf, until } from '../support.ts';

/** Opens the sockets, and starts the sink in its own place (with its pid) at the first byte. */
function activate(words: readonly string[], sink: readonly string[]) {
  const program = [resolve('bin/vmmanage'), 'sink', ...sink];
  const path = `--setenv=PATH=${process.env['PATH']}`;
  const child = spawn(mustFind('systemd-socket-activate'), [path, ...words, ...program]);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text) => {
      said += text;
    });
  }
  const ended = once(child, 'exit');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { child, ended, said: () => said };
}

test('a line that was sent before the sink runs arrives, by each socket', async () => {
  const [port, tlsPort] = [await freePort(), await freePort()];
  const file = join(tempFolder(), 'central.log');
  const ca = new Authority();
  const { cert, key } = ca.sign({ subject: 'CN=sink', names: 'DNS:localhost' });
  const sockets = ['-l', `127.0.0.1:${port}`, '-l', `127.0.0.1:${tlsPort}`, '--fdname=plain:tls'];
  const tls = ['--cert', cert, '--key', key];
  const sink = activate(sockets, ['--file', file, ...tls]);
  await until(() => sink.said().includes(`Listening on 127.0.0.1:${tlsPort}`));
  expect(sink.said()).not.toContain('listening on');

  const trusted = { ca: readFileSync(ca.cert), servername: 'localhost' };
  const secret = connect({ host: '127.0.0.1', port: tlsPort, ...trusted });
  secret.resume().end('secret\n');
  await Promise.all([sendOnce(port, 'plain\n'), once(secret, 'close')]);
  await linesIn(file, 2);
  expect(sentLinesOf(file).sort()).toEqual(['plain', 'secret']);
  expect(sink.said()).toContain(
    `listening on port ${port} of systemd and port ${tlsPort} of systemd (TLS), writing ${file}`,
  );
  sink.child.kill('SIGTERM');
  expect(await sink.ended).toEqual([0, null]);
});

test('a unix socket is one, too', async () => {
  const path = join(tempFolder(), 'sink.sock');
  const file = join(tempFolder(), 'central.log');
  const words = ['-l', path, '--fdname=plain'];
  const sink = activate(words, ['--file', file, '--max-connections', '1']);
  await until(() => sink.said().includes(`Listening on ${path}`));
  const first = connectTcp(path);
  onTestFinished(() => void first.destroy());
  first.write('local\n');
  await linesIn(file, 1);
  expect(sentLinesOf(file)).toEqual(['local [peer=unknown]']);
  const second = connectTcp(path);
  second.on('error', () => undefined).resume();
  await new Promise((closed) => second.on('close', closed));
  await until(() => sink.said().includes('too many connections limit=1'));
  expect(sink.child.exitCode).toBeNull();
});
