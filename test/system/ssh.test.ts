/** The words of ssh, and what its failures mean (texts of OpenSSH 9.2). */
import { describe, expect, it } from 'vitest';
import type { Ended } from '../../src/system/programs.ts';
import { sshFailure, sshWords } from '../../src/system/ssh.ts';

const SERVER = { account: 'queue@ci.example.org', port: 2222, connectSeconds: 9 };

function ended(stderr: string, exit = 255): Ended {
  const quiet = { signal: undefined, stdout: '', timedOut: false, aborted: false, cut: false };
  return { ...quiet, exit, stderr };
}

describe('the words of ssh', () => {
  it('never ask a person, and never believe an unknown key', () => {
    const words = sshWords(SERVER, ['claim', 'builds']).join(' ');
    expect(words).toBe(
      'ssh -T -p 2222 -o BatchMode=yes -o StrictHostKeyChecking=yes -o ConnectTimeout=9 -- queue@ci.example.org claim builds',
    );
  });

  it('name the key, the known keys and how long silence is borne', () => {
    const server = { ...SERVER, key: '/k', knownHosts: '/h', aliveSeconds: 5 };
    const words = sshWords(server, ['where']);
    expect(words).toContain('/k');
    expect(words.filter((word) => word.includes('='))).toEqual([
      ...['BatchMode=yes', 'StrictHostKeyChecking=yes', 'ConnectTimeout=9', 'IdentitiesOnly=yes'],
      ...['UserKnownHostsFile=/h', 'ServerAliveInterval=5', 'ServerAliveCountMax=2'],
    ]);
    expect(words.indexOf('--')).toBe(words.length - 3);
  });
});

describe('a failure of ssh', () => {
  it.each([
    [
      'ssh: connect to host 127.0.0.1 port 1: Connection refused\r\n',
      { text: 'ssh: Connection refused', never: true },
    ],
    [
      'ssh: Could not resolve hostname xen1: Name or service not known\r\n',
      { text: 'ssh: Could not resolve hostname xen1: Name or service not known', never: true },
    ],
    [
      'No ED25519 host key is known for xen1 and you have requested strict checking.\r\nHost key verification failed.\r\n',
      { text: 'ssh: its key is not the one in known_hosts, or is not there', never: true },
    ],
    [
      'Connection timed out during banner exchange\r\nConnection to 127.0.0.1 port 9 timed out\r\n',
      { text: 'ssh: Connection timed out during banner exchange', never: true },
    ],
    [
      'nii3@xen1: Permission denied (publickey).\r\n',
      { text: 'ssh: nii3@xen1: Permission denied (publickey)', never: true },
    ],
    [
      'Timeout, server xen1 not responding.\r\n',
      { text: 'ssh: Timeout, server xen1 not responding', never: false },
    ],
    ['client_loop: send disconnect: Broken pipe\r\n', { never: false }],
    ['', { text: 'ssh: it failed', never: false }],
  ])('is told from its words %j', (stderr, expected) => {
    expect(sshFailure(ended(stderr))).toMatchObject(expected);
  });

  it('is none where the other side’s command failed', () => {
    expect(
      sshFailure(ended('ssh: connect to host x port 22: Connection refused', 1)),
    ).toBeUndefined();
  });
});
