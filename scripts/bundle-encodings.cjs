/**
 * What stands in the bundle for iconv-lite, which mysql2 asks only for what Node can't decode itself: half a
 * megabyte of tables, for a daemon that reads numbers. Such letters are taken byte by byte; nothing throws.
 */
const decoder = { write: (bytes) => bytes.toString('latin1'), end: () => undefined };
const encoder = { write: (text) => Buffer.from(text, 'latin1'), end: () => undefined };

module.exports = { getDecoder: () => decoder, getEncoder: () => encoder };
