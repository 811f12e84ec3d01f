/**
 * Why a cloud didn't do what it was asked for. The message is one line for people; whoever makes one
 * out of what a server said has hidden the secrets first (secrets.ts).
 */

/**
 * `refused`: asking again soon won't help. `busy`: it wasn't done, and may work in a moment.
 * `unanswered`: nobody can say whether it was done.
 */
export type FailureKind = 'refused' | 'busy' | 'unanswered';

export class CloudFailure extends Error {
  override readonly name = 'CloudFailure';
  readonly kind: FailureKind;
  /** What the cloud itself calls it, where it gave it a name. */
  readonly code: string | undefined;

  constructor(message: string, kind: FailureKind, code?: string) {
    super(message);
    this.kind = kind;
    this.code = code;
  }
}
