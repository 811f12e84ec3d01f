/** What `[alert]` sends: JSON, by POST and on the standard input of a program. */

export const ALERT_VERSION = 1;

export interface AlertMessage {
  readonly v: typeof ALERT_VERSION;
  readonly vm: string;
  /** Grows by one with each alert of this guest: a second one of the same number is a repetition. */
  readonly n: number;
  /** RFC 3339, UTC: when it happened. */
  readonly time: string;
  /** `unconfirmed`, `all tried`, `provider disagrees`, `probe failing` … */
  readonly about: string;
  /** One line. */
  readonly text: string;
}
