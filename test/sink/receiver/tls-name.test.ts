/** A certificate's name, and the list of those that may come in. */

import type { PeerCertificate } from 'node:tls';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  certificateName,
  parseAllowList,
  parseNames,
} from '../../../src/sink/receiver/tls-name.ts';
import { RUNS } from '../../support/runs.ts';

function nameOf(subjectaltname: string | undefined, CN?: unknown): string | undefined {
  const subject = { CN } as PeerCertificate['subject'];
  return certificateName(subjectaltname === undefined ? { subject } : { subject, subjectaltname });
}

const LONGEST = 'a'.repeat(64);

describe("a certificate's name", () => {
  it.each([
    ['the first DNS name', 'DNS:nii3, DNS:nii4', 'nii9', 'nii3'],
    [
      'the first DNS name behind others',
      'IP Address:10.0.0.1, URI:http://x, DNS:nii3',
      'n',
      'nii3',
    ],
    ['the CN without other names', undefined, 'nii3', 'nii3'],
    ['the CN beside an address', 'IP Address:10.0.0.1', 'nii3', 'nii3'],
    ['as long as 64', `DNS:${LONGEST}`, 'nii3', LONGEST],
    ['with dots in it', 'DNS:nii3.example.org', undefined, 'nii3.example.org'],
  ])('is %s', (_, names, cn, name) => {
    expect(nameOf(names, cn)).toBe(name);
  });

  it.each([
    ['an empty subject', undefined, undefined],
    ['an empty CN', undefined, ''],
    ['two CNs', undefined, ['nii3', 'nii4']],
    ['a CN that is a path', undefined, '../nii3'],
    ['a leading dot', 'DNS:.nii3', 'nii3'],
    ['more than 64 characters', `DNS:${LONGEST}a`, 'nii3'],
    ['a wildcard', 'DNS:*.example.org', 'nii3'],
    ['a line end', 'DNS:nii3\n', 'nii3'],
    ['an empty DNS name', 'DNS:, DNS:nii3', 'nii3'],
    ['a name in quotes', 'DNS:"nii3\\u002c DNS:nii4"', 'nii3'],
    ['another entry that plays one', 'URI:"http://x, DNS:nii3"', undefined],
    ['a text that is not understood', 'URI:a"b, DNS:nii3', 'nii3'],
  ])('is none with %s', (_, names, cn) => {
    expect(nameOf(names, cn)).toBeUndefined();
  });

  it('is a host or none, whatever a certificate holds', () => {
    fc.assert(
      fc.property(fc.string(), fc.option(fc.string(), { nil: undefined }), (names, cn) => {
        const found = nameOf(names, cn) ?? nameOf(`DNS:${names}`, cn) ?? 'none';
        expect(found).toMatch(/^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/);
      }),
      { numRuns: RUNS },
    );
  });
});

describe('names to allow', () => {
  it('stand in a file, one a line, with remarks', () => {
    const text = '# guests\nnii3\n\n  nii4 # the second\r\nnii3\n';
    expect(parseAllowList(text)).toEqual({ ok: true, value: new Set(['nii3', 'nii4']) });
    expect(parseAllowList('')).toEqual({ ok: true, value: new Set() });
  });

  it('of a file are hosts, a hundred thousand at most', () => {
    const lines = (count: number) => Array.from({ length: count }, (_, i) => `h${i}`).join('\n');
    expect(parseAllowList('nii3\n*.example.org')).toMatchObject({
      problem: "line 2 is no host's name",
    });
    expect(parseAllowList(lines(100_000)).ok).toBe(true);
    expect(parseAllowList(lines(100_001))).toMatchObject({
      problem: 'holds more than 100000 names',
    });
  });

  it('of an option are hosts, too', () => {
    expect(parseNames('nii3, nii4')).toEqual({ ok: true, value: new Set(['nii3', 'nii4']) });
    for (const wrong of ['', 'nii3,', 'ni i3', 'nii3;nii4'])
      expect(parseNames(wrong).ok).toBe(false);
  });
});
