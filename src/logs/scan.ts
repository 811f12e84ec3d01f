/** Lines of a block of bytes: those that hold a needle, or all. */

const NEWLINE = 0x0a;

/** Calls `see` with each line, without its newline; empty ones are passed over. */
export function eachLine(
  block: Buffer,
  needles: readonly Buffer[] | undefined,
  see: (line: Buffer) => void,
): void {
  if (needles) eachHolding(block, needles, see);
  else everyLine(block, see);
}

function everyLine(block: Buffer, see: (line: Buffer) => void): void {
  for (let begin = 0; begin < block.length; ) {
    const end = endOfLine(block, begin);
    if (end > begin) see(block.subarray(begin, end));
    begin = end + 1;
  }
}

/** Where each needle is found next; a line is done when the first of these lies beyond it. */
function eachHolding(block: Buffer, needles: readonly Buffer[], see: (line: Buffer) => void): void {
  const next = needles.map((needle) => found(block, needle, 0));
  for (;;) {
    const at = Math.min(...next);
    if (at === Infinity) return;
    const begin = at === 0 ? 0 : block.lastIndexOf(NEWLINE, at - 1) + 1;
    const end = endOfLine(block, at);
    see(block.subarray(begin, end));
    needles.forEach((needle, index) => {
      if ((next[index] ?? Infinity) < end) next[index] = found(block, needle, end);
    });
  }
}

function found(block: Buffer, needle: Buffer, from: number): number {
  const at = block.indexOf(needle, from);
  return at === -1 ? Infinity : at;
}

function endOfLine(block: Buffer, from: number): number {
  const end = block.indexOf(NEWLINE, from);
  return end === -1 ? block.length : end;
}
