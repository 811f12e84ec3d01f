/** What the status of an answer means for who sent something. */

/** These may pass: a token that isn't known yet, a server that is set up, one that is busy. */
const PASSING = [401, 403, 404, 408, 425, 429];

/** Whether what was sent will never be taken, however often it is sent. */
export function refusesForGood(status: number): boolean {
  return status >= 400 && status < 500 && !PASSING.includes(status);
}
