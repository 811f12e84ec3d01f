/**
 * What the design names and this version doesn't do yet. Accepting a key that does nothing would
 * deceive a tenant, so each is refused with a sentence of its own. Whoever builds one deletes it here.
 */

const KEYS: Readonly<Record<string, readonly string[]>> = {
  provider: ['requests', 'events'],
};

/** Values that a key's type would otherwise call wrong. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  'array order': ['ranked'],
  'site order': ['ranked'],
  'migrator kind': ['provider'],
};

export const NOT_YET = "isn't in this version yet";

export function isLaterKey(kind: string, key: string): boolean {
  return Object.hasOwn(KEYS, kind) && KEYS[kind]?.includes(key) === true;
}

export function isLaterValue(kind: string, key: string, value: string): boolean {
  const title = `${kind} ${key}`;
  return Object.hasOwn(VALUES, title) && VALUES[title]?.includes(value) === true;
}
