/**
 * How often each parser is given something made up. None may throw, hang, or make a number up:
 *
 * - a page (apache, http, prometheus) or a program's output: the number is a word of that text, and
 *   of a text that is cut off the number of the whole or none;
 * - MySQL's rows: one row alone has that name, and its text is the number; what comes over the wire,
 *   cut off: none; garbled: one that the bytes spell, for the protocol has no checksum;
 * - /proc: numbers of one line, or their sums; of a file that is cut off those of the whole or none;
 * - a page of jobs: as many as a naive count (naive-page.ts) finds, and none of a page that may not be
 *   whole; the age is that of a time on the page, or 0 without jobs;
 * - a ledger: a job is done only by a line of its own.
 */
export const RUNS = process.env['LONG'] ? 10_000 : 500;

/** How many streams that nobody should send the sink's protocols are given (test/sink/streams.ts). */
export const STREAMS = process.env['LONG'] ? 100_000 : 5000;
