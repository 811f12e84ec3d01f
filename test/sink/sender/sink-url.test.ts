/** Addresses of sinks, right and wrong. */
import { describe, expect, test } from 'vitest';
import { parseSinkUrl } from '../../../src/sink/sender/sink-url.ts';

describe('a sink is', () => {
  test.each([
    ['tcp://mainsyslog.example.org:31000', 'mainsyslog.example.org', 31000],
    ['tcp://10.0.0.7:514', '10.0.0.7', 514],
    ['tcp://[2001:db8::1]:31000', '2001:db8::1', 31000],
    ['tcp://main', 'main', 31000],
    ['tcp://main:31001/', 'main', 31001],
  ])('%s', (text, host, port) => {
    expect(parseSinkUrl(text)).toEqual({ ok: true, value: { scheme: 'tcp', host, port } });
  });
});

describe('a sink is not', () => {
  test.each([
    ['syslog+tcp://main:31000', 'syslog+tcp:// is not in this version yet; use tcp://'],
    ['syslog+tls://main', 'syslog+tls:// is not in this version yet; use tcp://'],
    ['relp://main:31000', 'relp:// is not in this version yet; use tcp://'],
    ['relp+tls://main:31000', 'relp+tls:// is not in this version yet; use tcp://'],
    ['http://main:31000', 'a sink is tcp://HOST:PORT'],
    ['main:31000', 'a sink is tcp://HOST:PORT'],
    ['', 'a sink is tcp://HOST:PORT'],
    ['tcp://', 'the host is missing: a sink is tcp://HOST:PORT'],
    ['tcp://main:0', 'a port is a number from 1 to 65535'],
    ['tcp://main:65536', 'a sink is tcp://HOST:PORT'],
    ['tcp://main/file', 'only a host and a port may stand in it: tcp://HOST:PORT'],
    ['tcp://me@main', 'only a host and a port may stand in it: tcp://HOST:PORT'],
  ])('%s', (text, problem) => {
    expect(parseSinkUrl(text)).toEqual({ ok: false, problem });
  });
});
