/**
 * Small checks of which the shapes of messages and documents are put together: what has come over a
 * socket or out of a file is what its type says only once one of these has let it through. They know
 * no message, and never throw.
 */

export type Check = (value: unknown) => boolean;
export type Fields = Readonly<Record<string, Check>>;
export type JsonObject = Readonly<Record<string, unknown>>;

/** Undefined where it isn't JSON. */
export function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const flag: Check = (value) => typeof value === 'boolean';

/** Finite. */
export const number: Check = (value) => Number.isFinite(value);

/** A whole number from 0. */
export const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;

/** Of `most` characters; it may be empty. */
export function text(most: number): Check {
  return (value) => typeof value === 'string' && value.length <= most;
}

/** A text that isn't empty. */
export function filled(most: number): Check {
  return (value) => value !== '' && text(most)(value);
}

export function matching(pattern: RegExp): Check {
  return (value) => typeof value === 'string' && pattern.test(value);
}

export function oneOf(...words: readonly unknown[]): Check {
  return (value) => words.includes(value);
}

/** What may be left out. */
export function maybe(check: Check): Check {
  return (value) => value === undefined || check(value);
}

export function listOf(check: Check, most: number): Check {
  return (value) => Array.isArray(value) && value.length <= most && value.every(check);
}

/** An object of so many names at most, each as the pattern has it. */
export function entriesOf(name: RegExp, check: Check, most: number): Check {
  return (value) => {
    if (!isObject(value)) return false;
    const all = Object.entries(value);
    return all.length <= most && all.every(([key, each]) => name.test(key) && check(each));
  };
}

/** Every field of its kind, and none that isn't known. */
export function object(fields: Fields): Check {
  const fits = openObject(fields);
  return (value) =>
    fits(value) && Object.keys(value as object).every((name) => Object.hasOwn(fields, name));
}

/** Every field of its kind; others are nobody's business. */
export function openObject(fields: Fields): Check {
  return (value) => {
    if (!isObject(value)) return false;
    return Object.entries(fields).every(([name, check]) => check(own(value, name)));
  };
}

/** What stands there of the type's name; `constructor` and its kind are none. */
export function shapeOf(
  shapes: Readonly<Record<string, Fields>>,
  type: unknown,
): Fields | undefined {
  return typeof type === 'string' ? own(shapes, type) : undefined;
}

/** What every object has was sent by nobody. */
function own<T>(object: Readonly<Record<string, T>>, name: string): T | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}
