/** What the sink counts from its start on. */
const PROTOCOLS = ['plain', 'syslog', 'relp'] as const;
export type Protocol = (typeof PROTOCOLS)[number];

export class Counts {
  /** Records received. */
  readonly records: Record<Protocol, number> = { plain: 0, syslog: 0, relp: 0 };
  /** As they came, framing included. */
  readonly bytes: Record<Protocol, number> = { plain: 0, syslog: 0, relp: 0 };
  /** Records that had been stored before, and were not stored again. */
  again = 0;
  /** Records that were stored with a mark. */
  marked = 0;
  /** Records whose sender was told that they are safe. */
  acknowledged = 0;
}
