import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RelpError, RelpReader, relpFrame } from '../../../src/sink/formats/relp.ts';

const OFFERS =
  'relp_version=0\nrelp_software=librelp,1.11.0,http://librelp.adiscon.com\ncommands=syslog';
const OPEN = `1 open ${OFFERS.length} ${OFFERS}\n`;

function read(text: string | Buffer, max = 100) {
  return new RelpReader(max).push(Buffer.from(text)).map(({ data, ...rest }) => ({
    ...rest,
    data: data.toString(),
  }));
}

describe('frames of RELP', () => {
  it('are read as librelp writes them', () => {
    expect(read(OPEN)).toMatchObject([{ transaction: 1, command: 'open', cut: false }]);
    expect(read('2 syslog 5 hello\n3 close 0\n')).toEqual([
      { transaction: 2, command: 'syslog', data: 'hello', cut: false },
      { transaction: 3, command: 'close', data: '', cut: false },
    ]);
  });

  it('hold any bytes, newlines too', () => {
    expect(read('1 syslog 3 a\nb\n')[0]?.data).toBe('a\nb');
  });

  it('are cut where they are longer than may be held, and the next one is whole', () => {
    expect(read('1 syslog 6 abcdef\n2 syslog 1 x\n', 3)).toEqual([
      { transaction: 1, command: 'syslog', data: 'abc', cut: true },
      { transaction: 2, command: 'syslog', data: 'x', cut: false },
    ]);
  });

  it.each([
    ['GET / HTTP/1.1\r\n\r\n'],
    ['1 sys-log 1 x\n'],
    ['1 syslog x\n'],
    ['1 syslog -1 x\n'],
    ['1 syslog 1 xy\n'],
    ['1 syslog 1234567890 x\n'],
    ['9'.repeat(60)],
    [`1 ${'a'.repeat(33)} 0\n`],
    [' '.repeat(3)],
  ])('are not %j', (text) => {
    expect(() => read(text)).toThrow(RelpError);
  });

  it('say whether one is under way', () => {
    const reader = new RelpReader(10);
    expect(reader.between).toBe(true);
    reader.push(Buffer.from('1 sys'));
    expect(reader.between).toBe(false);
    reader.push(Buffer.from('log 0\n'));
    expect(reader.between).toBe(true);
  });

  it('come out as they went in, however the bytes are cut', () => {
    const frame = fc.record({
      transaction: fc.integer({ min: 0, max: 999_999_999 }),
      command: fc.constantFrom('open', 'syslog', 'rsp', 'close', 'serverclose'),
      data: fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    });
    const pieces = fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 });
    fc.assert(
      fc.property(fc.array(frame, { maxLength: 6 }), pieces, (frames, sizes) => {
        const bytes = Buffer.concat(
          frames.map(({ transaction, command, data }) => relpFrame(transaction, command, data)),
        );
        const reader = new RelpReader(100);
        const out = [];
        for (let at = 0, n = 0; at < bytes.length; n += 1) {
          const size = sizes[n % sizes.length] ?? 1;
          out.push(...reader.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(out).toEqual(frames.map((each) => ({ ...each, cut: false })));
      }),
    );
  });
});
