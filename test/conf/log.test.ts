/** [log]: sinks, and the key that nobody else may read. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { tempFolder } from '../support/temp.ts';
import { check, HERE, loaded, problems } from './help.ts';

const REST =
  '[array]\nhosts = a, b\n[probe]\nkind = mysql\n[policy]\nkind = threshold-aware\nsuffering = > 1 for 1\n';

function checkLog(log: string, secrets: 'read' | 'leave' = 'read') {
  return check([`${REST}[log]\n${log}`], { surroundings: { ...HERE, secrets } });
}

it('several sinks stay in their order', () => {
  const { log } = loaded(checkLog('sink = relp+tls://a:1, tcp://[::1]:31000/\n'));
  expect(log.sinks).toEqual([
    { scheme: 'relp+tls', host: 'a', port: 1 },
    { scheme: 'tcp', host: '::1', port: 31_000 },
  ]);
});

describe('the key', () => {
  function withKey(mode: number) {
    const key = join(tempFolder(), 'key.pem');
    writeFileSync(key, 'a key');
    chmodSync(key, mode);
    const keys = `sink_cert = /etc/cert.pem\nsink_key = ${key}\n`;
    return { key, conf: `sink = relp+tls://a:1\n${keys}` };
  }

  it.each([0o600, 0o640])('with mode %o is taken', (mode) => {
    const { key, conf } = withKey(mode);
    expect(loaded(checkLog(conf)).log.tls).toEqual({ ca: undefined, cert: '/etc/cert.pem', key });
  });

  it('that others can read is refused, by whoever reads secrets', () => {
    const { key, conf } = withKey(0o644);
    expect(problems(checkLog(conf))).toEqual([
      `1.conf:11: [log] sink_key: others can read this key: chmod o= ${key}`,
    ]);
    expect(problems(checkLog(conf, 'leave'))).toEqual([]);
  });

  it('without its certificate is refused', () => {
    expect(problems(checkLog('sink = relp+tls://a:1\nsink_key = /etc/k\n', 'leave'))).toEqual([
      '1.conf:10: [log] sink_key: needs its sink_cert',
    ]);
  });
});
