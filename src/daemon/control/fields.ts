/**
 * Reads the fields of a control message strictly: a field of a wrong type, or one that nobody
 * knows, is an error for the caller, never guessed.
 */

export class FieldError extends Error {}

type Body = Readonly<Record<string, unknown>>;

const TEXT_MAX = 1000;

export function only(body: Body, known: readonly string[]): void {
  const unknown = Object.keys(body).find((name) => !known.includes(name));
  if (unknown !== undefined) throw new FieldError(`unknown field ${unknown.slice(0, 40)}`);
}

export function text(body: Body, name: string): string {
  const value = optionalText(body, name);
  if (value === undefined) throw new FieldError(`${name} is missing`);
  return value;
}

export function optionalText(body: Body, name: string): string | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'string' || value === '' || value.length > TEXT_MAX) {
    throw new FieldError(`${name} must be a text of 1 to ${TEXT_MAX} characters`);
  }
  return value;
}

export function optionalFlag(body: Body, name: string): boolean {
  const value = body[name] ?? false;
  if (typeof value !== 'boolean') throw new FieldError(`${name} must be true or false`);
  return value;
}

/** A span in milliseconds, above zero. */
export function optionalSpan(body: Body, name: string): number | undefined {
  const value = body[name];
  if (value === undefined) return undefined;
  if (!Number.isSafeInteger(value) || (value as number) <= 0) {
    throw new FieldError(`${name} must be a number of milliseconds above 0`);
  }
  return value as number;
}

export function oneOf<T extends string>(body: Body, name: string, choices: readonly T[]): T {
  const value = body[name];
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new FieldError(`${name} must be one of ${choices.join(', ')}`);
  return found;
}
