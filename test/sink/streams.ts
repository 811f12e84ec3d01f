/** Streams of bytes as connections of the sink get them: cut up, and spoiled. */
import fc from 'fast-check';

/** As librelp sends it. */
export const OFFERS =
  'relp_version=0\nrelp_software=librelp,1.11.0,http://librelp.adiscon.com\ncommands=syslog';

/** `bytes` cut into pieces of these sizes, used again and again; whole without any. */
export function inPieces(bytes: Buffer, sizes: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n += 1) {
    const size = sizes.length === 0 ? bytes.length : (sizes[n % sizes.length] ?? 1);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}

const MESSAGE =
  '<30>1 2026-05-13T16:34:40.123Z nii3 vmmanage - - [vmmanage@32473 boot="6f" seq="17" to="a\\"b"] Arrived';
const OLD_MESSAGE = '<13>May 13 18:34:40 nii3 su[12]: failed for root';

/** One valid beginning of each protocol. */
const VALID: readonly string[] = [
  'nii3: Requesting migration of VM: just moving [request=01J from=mln1]\nnii3: Arrived\n',
  `${MESSAGE}\n${OLD_MESSAGE}\n`,
  `${MESSAGE.length} ${MESSAGE}${OLD_MESSAGE.length} ${OLD_MESSAGE}`,
  `1 open ${OFFERS.length} ${OFFERS}\n2 syslog ${MESSAGE.length} ${MESSAGE}\n3 syslog 5 hello\n4 close 0\n`,
];

interface Spoiling {
  readonly at: number;
  readonly drop: number;
  readonly put: Uint8Array;
}

function spoiled(text: string, spoilings: readonly Spoiling[]): Buffer {
  let bytes = Buffer.from(text, 'latin1');
  for (const { at, drop, put } of spoilings) {
    const from = Math.floor(at * (bytes.length + 1));
    bytes = Buffer.concat([bytes.subarray(0, from), put, bytes.subarray(from + drop)]);
  }
  return bytes;
}

/** Bytes that mean something to a parser are put in more often than others. */
const bit = fc.oneof(
  fc.uint8Array({ maxLength: 6 }),
  fc
    .constantFrom(
      '\n',
      ' ',
      '0',
      '9999999999',
      '<',
      '>',
      '[',
      ']',
      '"',
      '\\',
      '-',
      '\0',
      '5 syslog ',
    )
    .map((text) => new Uint8Array(Buffer.from(text))),
);

const spoiling = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  drop: fc.nat(12),
  put: bit,
});

/** A stream that nobody should send: valid ones spoiled, or bytes at random. */
export const oddStreams = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .tuple(fc.constantFrom(...VALID), fc.array(spoiling, { maxLength: 5 }))
      .map(([text, spoilings]) => spoiled(text, spoilings)),
  },
  { weight: 1, arbitrary: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)) },
);
