/** JSON from outside, taken apart step by step: whatever isn't as expected is undefined. */

export type JsonRecord = Readonly<Record<string, unknown>>;

export function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function recordOf(value: unknown): JsonRecord | undefined {
  const isRecord = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isRecord ? (value as JsonRecord) : undefined;
}

/** An own value: `constructor` and its kind are none. */
export function own(value: unknown, key: string): unknown {
  const record = recordOf(value);
  return record !== undefined && Object.hasOwn(record, key) ? record[key] : undefined;
}

export function textAt(value: unknown, key: string): string | undefined {
  const found = own(value, key);
  return typeof found === 'string' ? found : undefined;
}

/** A finite number. */
export function numberAt(value: unknown, key: string): number | undefined {
  const found = own(value, key);
  return typeof found === 'number' && Number.isFinite(found) ? found : undefined;
}

/** Each entry of a list as `parse` takes it, or undefined where one of them is odd. */
export function listAt<T>(
  value: unknown,
  key: string,
  parse: (entry: unknown) => T | undefined,
): readonly T[] | undefined {
  const found = own(value, key);
  if (!Array.isArray(found)) return undefined;
  const parsed = found.map(parse);
  return parsed.every((each) => each !== undefined) ? (parsed as T[]) : undefined;
}
