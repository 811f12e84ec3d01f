/** Addresses of sinks, right and wrong. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  isAcknowledged,
  isTlsScheme,
  parseSinkUrl,
  sinkUrl,
  sinkUrlText,
} from '../../src/core/sink-url.ts';

describe('a sink is', () => {
  test.each([
    ['tcp://mainsyslog.example.org:31000', 'tcp', 'mainsyslog.example.org', 31000],
    ['tcp://10.0.0.7:514', 'tcp', '10.0.0.7', 514],
    ['syslog+tcp://log:601', 'syslog+tcp', 'log', 601],
    ['syslog+tls://log:6514', 'syslog+tls', 'log', 6514],
    ['relp://[2001:db8::1]:31000', 'relp', '2001:db8::1', 31000],
    ['relp+tls://log:65535', 'relp+tls', 'log', 65_535],
  ])('%s', (text, scheme, host, port) => {
    expect(parseSinkUrl(text)).toEqual({ ok: true, value: { scheme, host, port } });
    expect(sinkUrlText({ scheme, host, port } as never)).toBe(text);
  });

  test('the same with a slash at its end', () => {
    expect(parseSinkUrl('relp://log:1/')).toEqual(parseSinkUrl('relp://log:1'));
  });
});

describe('a sink is not', () => {
  test.each([
    ['main:31000', '“main:31000” is not of the form relp://HOST:PORT'],
    ['', '“” is not of the form relp://HOST:PORT'],
    ['rlep://main:1', 'there is no “rlep”:// (did you mean relp?)'],
    [
      'http://main:31000',
      'there is no “http”://; there are tcp://, syslog+tcp://, syslog+tls://, relp:// and relp+tls://',
    ],
    ['tcp://', 'the host is missing: tcp://HOST:PORT'],
    ['relp://:31000', 'the host is missing: relp://HOST:PORT'],
    ['syslog+tls://main', 'the port is missing: syslog+tls://main:31000, say'],
    ['tcp://main:0', 'port 0 is not between 1 and 65535'],
    ['tcp://main:65536', 'port 65536 is not between 1 and 65535'],
    ['tcp://main:1/file', '“tcp://main:1/file” is not of the form tcp://HOST:PORT'],
    ['tcp://me@main:1', '“tcp://me@main:1” is not of the form tcp://HOST:PORT'],
    ['relp://[::g]:1', '“relp://[::g]:1” is not of the form relp://HOST:PORT'],
    ['relp://[1:2]:1', '“relp://[1:2]:1” is not of the form relp://HOST:PORT'],
  ])('%s', (text, problem) => {
    expect(parseSinkUrl(text)).toEqual({ ok: false, problem });
  });

  test('anything that makes it throw', () => {
    const text = fc.string({ unit: 'binary', maxLength: 80 });
    fc.assert(
      fc.property(text, fc.constantFrom('', 'relp://', 'tcp://['), (rest, start) => {
        expect(typeof sinkUrl.parse(`${start}${rest}`).ok).toBe('boolean');
      }),
    );
  });
});

test('which scheme promises what', () => {
  const all = ['tcp', 'syslog+tcp', 'syslog+tls', 'relp', 'relp+tls'] as const;
  expect(all.filter(isTlsScheme)).toEqual(['syslog+tls', 'relp+tls']);
  expect(all.filter(isAcknowledged)).toEqual(['relp', 'relp+tls']);
});
