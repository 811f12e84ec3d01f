/** How often each parser is given something made up: what the issue asks of both kinds of run. */
export const RUNS = process.env['LONG'] ? 10_000 : 500;
