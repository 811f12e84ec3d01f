/** The sink's units as they stand, in a systemd that is booted for them: the port is open before the sink. */
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Booted } from '../support/booted.ts';
import { bootUnits } from '../support/booted-units.ts';
import { Authority } from '../support/certificates.ts';

const SERVICE = 'vmmanage-sink.service';
const SOCKET = 'vmmanage-sink.socket';
const TLS_SOCKET = 'vmmanage-sink-tls.socket';
const FILE = '/var/log/vmmanage/central.log';
const FOLDER = '/etc/vmmanage-sink';

let booted: Booted;
beforeAll(async () => {
  booted = await bootUnits(SERVICE, SOCKET, TLS_SOCKET);
});
afterAll(() => booted?.stop());

/** Over a connection of its own. */
function send(line: string): void {
  booted.must('bash', '-c', 'echo "$0" >/dev/tcp/127.0.0.1/31000', line);
}

function log(file = FILE): string[] {
  const { status, said } = booted.run('cat', file);
  return status === 0 ? said.split('\n').slice(0, -1) : [];
}

/** The sink's own bracket stands behind what was sent. */
function logged(line: string, file = FILE): boolean {
  return log(file).some((each) => each.includes(` ${line} [peer=`));
}

it('a line that is sent before the sink runs starts it, and arrives', async () => {
  booted.must('systemctl', 'start', SOCKET);
  expect(booted.show(SERVICE, 'ActiveState')).toBe('inactive');
  send('nii3: the first');
  await booted.until('the line', () => logged('nii3: the first'));
  expect(booted.show(SERVICE, 'ActiveState')).toBe('active');
  const pid = booted.show(SERVICE, 'MainPID');
  expect(booted.must('ps', '-o', 'user:20=', '-p', pid).trim()).toBe('vmmanage-sink');
  expect(booted.must('stat', '-c', '%U %a', FILE).trim()).toBe('vmmanage-sink 640');
  expect(booted.journal(SERVICE)).toContain(`port 31000 of systemd, writing ${FILE}`);
});

it('lines that are sent while it is stopped and starts again arrive', async () => {
  booted.must('systemctl', 'stop', SERVICE);
  send('nii3: while it was away');
  await booted.until('the line', () => logged('nii3: while it was away'));
  booted.must('systemctl', 'kill', '--signal=KILL', '--kill-who=main', SERVICE);
  send('nii3: after a kill');
  await booted.until('the line', () => logged('nii3: after a kill'));
});

it('logrotate moves the file away, and the sink goes on in a new one', async () => {
  const conf = '/etc/logrotate.d/vmmanage-sink';
  booted.write(conf, readFileSync('etc/logrotate/vmmanage-sink', 'utf8'));
  expect(booted.run('logrotate', '--force', conf)).toEqual({ status: 0, said: '' });
  await booted.until('the new file', () => booted.run('test', '-e', FILE).status === 0);
  send('nii3: in the new file');
  await booted.until('the line', () => logged('nii3: in the new file'));
  const [old = ''] = booted.must('sh', '-c', `ls ${FILE}-*`).trim().split('\n');
  expect(logged('nii3: after a kill', old)).toBe(true);
  booted.must('systemctl', 'stop', SERVICE);
  // The name of a rotated file ends in the second of its rotation.
  const second = () => booted.must('date', '+%s').trim();
  await booted.until('another second', () => !old.endsWith(second()));
  expect(booted.run('logrotate', '--force', conf)).toEqual({ status: 0, said: '' });
});

it('a second socket is for TLS, with a key that only the sink can read', async () => {
  const ca = new Authority();
  const { cert, key } = ca.sign({ subject: 'CN=sink', names: 'DNS:localhost' });
  const secret = { mode: '0640', group: 'vmmanage-sink' };
  booted.write(`${FOLDER}/sink.pem`, readFileSync(cert, 'utf8'));
  booted.write(`${FOLDER}/sink.key`, readFileSync(key, 'utf8'), secret);
  booted.write('/root/ca.pem', readFileSync(ca.cert, 'utf8'));
  const options = `--cert ${FOLDER}/sink.pem --key ${FOLDER}/sink.key`;
  booted.write('/etc/default/vmmanage-sink', `OPTIONS=${options}\n`);
  booted.must('systemctl', 'start', TLS_SOCKET);
  const client = 'openssl s_client -quiet -no_ign_eof -verify_return_error -CAfile /root/ca.pem';
  const words = `echo "$0" | ${client} -verify_hostname localhost -connect 127.0.0.1:6514`;
  booted.must('sh', '-c', words, 'nii3: not in the open');
  await booted.until('the line', () => logged('nii3: not in the open'));
  send('nii3: in the open');
  await booted.until('the line', () => logged('nii3: in the open'));
});
