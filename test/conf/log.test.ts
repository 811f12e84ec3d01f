/** [log]: sinks, and the key that nobody else may read. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Authority } from '../support/certificates.ts';
import { tempFolder } from '../support/temp.ts';
import { check, HERE, loaded, problems, warnings } from './help.ts';

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

  it('of another certificate is warned of', () => {
    const authority = new Authority();
    const [one, other] = [authority.sign({}), authority.sign({})];
    const warned = (cert: string, key: string) => {
      chmodSync(key, 0o600);
      const conf = `sink = relp+tls://a:1\nsink_cert = ${cert}\nsink_key = ${key}\n`;
      return warnings(checkLog(conf)).filter((text) => text.includes('[log]'));
    };
    expect(warned(one.cert, one.key)).toEqual([]);
    expect(warned(one.cert, other.key)).toEqual([
      `1.conf:11: [log] sink_key: “${other.key}” is not the key of “${one.cert}”; nothing is sent like that`,
    ]);
  });

  it('without its certificate is refused', () => {
    expect(problems(checkLog('sink = relp+tls://a:1\nsink_key = /etc/k\n', 'leave'))).toEqual([
      '1.conf:10: [log] sink_key: needs its sink_cert',
    ]);
  });
});

describe('the certificates', () => {
  const PEM = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
  const warned = (ca: string, sinks = 'relp://a:1, relp+tls://a:1') => {
    const conf = `sink = ${sinks}\nsink_ca = ${ca}\n`;
    return [checkLog(conf), checkLog(conf, 'leave')].map((checked) =>
      warnings(checked).filter((text) => text.includes('[log]')),
    );
  };
  const written = (text: string) => {
    const file = join(tempFolder(), 'ca.pem');
    writeFileSync(file, text);
    return file;
  };

  it('are taken where they are some', () => {
    expect(warned(written(PEM))).toEqual([[], []]);
    expect(warned(written(`# ours\r\n${PEM.replaceAll('\n', '\r\n')}`))).toEqual([[], []]);
  });

  it.each<[string, () => string, string]>([
    ['are not there', () => '/nowhere/ca.pem', "can't be read: there is no such file"],
    ['are none', () => written('a key\n'), 'holds no certificate (PEM)'],
  ])('that %s are warned of, by whoever reads the key', (_, file, problem) => {
    const ca = file();
    expect(warned(ca)).toEqual([
      [`1.conf:10: [log] sink_ca: “${ca}” ${problem}; nothing is sent like that`],
      [],
    ]);
  });

  it('that nobody sees are warned of, and not looked at', () => {
    const unseen = '1.conf:10: [log] sink_ca: no sink is reached over TLS';
    expect(warned('/nowhere/ca.pem', 'relp://a:1')).toEqual([[unseen], [unseen]]);
  });
});
