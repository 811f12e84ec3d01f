/** What a guest may be called, wherever a name comes from outside: a host's name, fit for a file's too. */

const NAME_MAX = 64;
const NAME = /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/;

/** Letters, digits, `.`, `_` and `-`, 64 at most, with no leading dot. */
export function isGuestName(text: string): boolean {
  return NAME.test(text);
}

/** The name that a line begins with, `nii3: …`; undefined where it names nobody. */
export function guestNameBefore(text: string): string | undefined {
  const end = text.indexOf(': ');
  const name = end > 0 && end <= NAME_MAX ? text.slice(0, end) : '';
  return isGuestName(name) ? name : undefined;
}
