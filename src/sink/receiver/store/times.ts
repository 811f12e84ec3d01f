/** Times in UTC with milliseconds, as RFC 3339 writes them. */

/** Writes times of which many that follow each other are the same. */
export function timeWriter(): (ms: number) => string {
  let written = { ms: Number.NaN, text: '' };
  return (ms) => {
    if (ms !== written.ms) written = { ms, text: new Date(ms).toISOString() };
    return written.text;
  };
}
