/** Which public keys are taken: those that ssh-keygen makes, and nothing beside them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parsePublicKey } from '../../../src/cli/host-setup/public-key.ts';
import { tempFolder } from '../../support/temp.ts';
import { makeKey } from './support.ts';

const ED25519 = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGRgfL1mOMXgQwoDCywW1yKogWrjfYq8E2RXYHAWSElO';

describe('a key of ssh-keygen', () => {
  it.each([
    ['ed25519'],
    ['ecdsa', '-b', '256'],
    ['ecdsa', '-b', '384'],
    ['ecdsa', '-b', '521'],
    ['rsa', '-b', '2048'],
  ])('is taken, with its fingerprint: %s %s %s', (...type) => {
    const file = makeKey(tempFolder(), 'nii3', '-t', ...type.filter((each) => each !== undefined));
    const shown = execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' });
    const text = readFileSync(file, 'utf8');
    expect(parsePublicKey(text)).toEqual({
      kind: text.split(' ')[0],
      blob: text.split(' ')[1],
      fingerprint: shown.split(' ')[1],
    });
  });

  it('is refused where it is too short, or its private half', () => {
    const file = makeKey(tempFolder(), 'nii3', '-t', 'rsa', '-b', '1024');
    expect(parsePublicKey(readFileSync(file, 'utf8'))).toBe('it has 1024 bits, 2048 are needed');
    const secret = readFileSync(file.replace(/\.pub$/, ''), 'utf8');
    expect(parsePublicKey(secret)).toMatch(/^it is a private key/);
  });
});

describe('refused is', () => {
  it.each([
    ['nothing', '', /no line/],
    ['a second line', `${ED25519} a\n${ED25519} b\n`, /more than one line/],
    ['a second line by a carriage return', `${ED25519} a\r${ED25519}`, /no line/],
    ['an option before it', `command="sh" ${ED25519}`, /no line/],
    ['an option without blanks', `no-pty ${ED25519}`, /no line/],
    ['another type', ED25519.replace('ssh-ed25519', 'ssh-dss'), /none of ssh-ed25519/],
    ['a type of JavaScript', ED25519.replace('ssh-ed25519', 'constructor'), /none of/],
    ['a type that the key is not', ED25519.replace('ssh-ed25519', 'ssh-rsa'), /damaged/],
    [
      'a certificate',
      ED25519.replace('ssh-ed25519', 'ssh-ed25519-cert-v01@openssh.com'),
      /none of/,
    ],
    ['one byte less', ED25519.slice(0, -4), /damaged/],
    ['three bytes more', `${ED25519}AAAA`, /damaged/],
    ['other base64 of the same', `${ED25519}=`, /damaged/],
    ['a comment that a terminal obeys', `${ED25519} \u001b[2J`, /no line/],
    ['a comment that turns text round', `${ED25519} \u202e`, /no line/],
    ['two blanks', ED25519.replace(' ', '  '), /no line/],
  ])('%s', (_, text, why) => {
    expect(parsePublicKey(text)).toMatch(why);
  });

  it('any other text, without a throw', () => {
    const blob = fc.uint8Array({ maxLength: 80 }).map((b) => Buffer.from(b).toString('base64'));
    const kind = fc.constantFrom('ssh-ed25519', 'ssh-rsa', 'ecdsa-sha2-nistp256');
    const text = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(kind, blob).map(([type, bytes]) => `${type} ${bytes}`),
    );
    fc.assert(fc.property(text, (each) => typeof parsePublicKey(each) === 'string'));
  });
});
