/** A job's key: its claim's id, a dash, and its own. Written and read here alone. */

export function jobKey(claim: string, job: string): string {
  return `${claim}-${job}`;
}

/** The claim's id has no dash. */
export function claimOfKey(key: string): string {
  return key.split('-', 1)[0] ?? key;
}
