/** The machine's time zone. */

/** Its IANA name; UTC where it has none, or one that nobody knows the rules of. */
export function systemZone(): string {
  const { timeZone = 'UTC' }: { timeZone?: string } = Intl.DateTimeFormat().resolvedOptions();
  try {
    return Intl.DateTimeFormat('en', { timeZone }).resolvedOptions().timeZone;
  } catch {
    return 'UTC';
  }
}
