/** Where servers of ours listen, and how hosts are reached. */
import { describe, expect, it } from 'vitest';
import {
  hostAddress,
  isLoopback,
  listenAddress,
  listenText,
} from '../../src/core/option-addresses.ts';

describe('an address to listen on', () => {
  it.each([
    ['127.0.0.1:9464', { host: '127.0.0.1', port: 9464 }],
    ['[::1]:1', { host: '::1', port: 1 }],
    ['255.10.0.1:65535', { host: '255.10.0.1', port: 65_535 }],
    ['localhost:80', { host: 'localhost', port: 80 }],
    ['/run/vmmanage/metrics.sock', { path: '/run/vmmanage/metrics.sock' }],
    [`/${'x'.repeat(106)}`, { path: `/${'x'.repeat(106)}` }],
  ])('is %s, and is written so', (text, value) => {
    expect(listenAddress.parse(text)).toEqual({ ok: true, value });
    expect(listenText(value)).toBe(text);
  });

  it.each([
    ['9464', /neither ADDRESS:PORT nor a path/],
    [':9464', /neither ADDRESS:PORT/],
    ['127.0.0.1', /neither ADDRESS:PORT/],
    ['db7.example.org:9464', /neither ADDRESS:PORT/],
    ['256.0.0.1:9464', /neither ADDRESS:PORT/],
    ['1.2.3:9464', /neither ADDRESS:PORT/],
    ['::1:9464', /neither ADDRESS:PORT/],
    ['http://127.0.0.1:9464', /neither ADDRESS:PORT/],
    ['127.0.0.1:0', /^port 0 is not between 1 and 65535/],
    ['127.0.0.1:65536', /^port 65536 is not between/],
    ['/run/../etc/x.sock', /holds “\.\.”/],
    ['/run/my socket', /is no path of a socket/],
    [`/${'x'.repeat(107)}`, /is no path of a socket: 107 characters at most/],
  ])('is not %s', (text, problem) => {
    expect(listenAddress.parse(text)).toEqual({
      ok: false,
      problem: expect.stringMatching(problem),
    });
  });

  it.each([
    ['127.0.0.1', true],
    ['127.9.9.9', true],
    ['::1', true],
    ['[::1]', true],
    ['LocalHost', true],
    ['0.0.0.0', false],
    ['::', false],
    ['10.0.0.1', false],
    ['127.0.0.1.example.org', false],
    ['localhost.example.org', false],
  ])('%s is this machine alone: %s', (host, expected) => {
    expect(isLoopback(host)).toBe(expected);
  });
});

describe('the address of a host', () => {
  it.each(['xen1', 'xen1.example.org:2222', '192.0.2.11:65535', '::1', '2001:db8::2222', '_x'])(
    'is %s',
    (text) => {
      expect(hostAddress.parse(text)).toEqual({ ok: true, value: text });
    },
  );

  it.each([
    ['192.0.2.11:65536', /^port 65536 is not between 1 and 65535/],
    ['xen1:0', /^port 0 is not between/],
    ['xen1:123456', /^port 123456 is not between/],
    ['xen1:ssh', /^port /],
    ['xen1:', /^port /],
    [':22', /names no host/],
    ['xen1:22:22', /is no IPv6 address/],
    ['-oProxyCommand', /is not an address/],
    ['xen1 xen2', /is not an address/],
  ])('is not %s', (text, problem) => {
    expect(hostAddress.parse(text)).toEqual({
      ok: false,
      problem: expect.stringMatching(problem),
    });
  });
});
