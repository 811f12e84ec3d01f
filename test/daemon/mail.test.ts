import { describe, expect, it } from 'vitest';
import { formatMail } from '../../src/daemon/mail.ts';

function parts(subject: string, body = 'x') {
  const text = formatMail({ to: ['ops@example.org', 'two@example.org'], subject, body });
  const [head = '', ...rest] = text.split('\n\n');
  return { head, body: Buffer.from(rest.join('\n\n'), 'base64').toString('utf8') };
}

describe('a mail', () => {
  it('has the headers that sendmail -t and a reader need', () => {
    expect(parts('vmmanage db7: unconfirmed').head).toBe(
      [
        'To: ops@example.org,',
        ' two@example.org',
        'Subject: vmmanage db7: unconfirmed',
        'Auto-Submitted: auto-generated',
        'MIME-Version: 1.0',
        'Content-Type: text/plain; charset=utf-8',
        'Content-Transfer-Encoding: base64',
      ].join('\n'),
    );
  });

  it.each(['a\nBcc: evil@example.org', 'a\r\nBcc: evil@example.org', 'a\u2028Bcc: x@y.z'])(
    'lets no text become a header: %j',
    (subject) => {
      const { head } = parts(subject);
      expect(head.split('\n').filter((line) => /^bcc:/i.test(line))).toEqual([]);
      expect(head).toContain('Bcc: ');
    },
  );

  it('encodes what is not ASCII, in words of 75 characters at most', () => {
    const subject = `går ikke: ${'å'.repeat(60)}`;
    const { head } = parts(subject);
    const words = head.match(/=\?utf-8\?B\?[^?]+\?=/g) ?? [];
    expect(words.length).toBeGreaterThan(1);
    for (const word of words) expect(word.length).toBeLessThanOrEqual(75);
    const decoded = words.map((w) => Buffer.from(w.slice(10, -2), 'base64').toString('utf8'));
    expect(decoded.join('')).toBe(subject);
  });

  it('never passes on what looks encoded already', () => {
    expect(parts('=?utf-8?B?eA==?=').head).not.toContain('Subject: =?utf-8?B?eA==?=');
  });

  it('carries any body, in lines of 76 characters at most', () => {
    const body = `åpent\n.\n${'x'.repeat(3000)}`;
    expect(parts('s', body).body).toBe(body);
    const text = formatMail({ to: ['a@b.c'], subject: 's', body });
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(76);
  });
});
